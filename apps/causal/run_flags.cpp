#include "run_flags.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <limits>

#include "config_file.hpp"
#include "error_text.hpp"
#include "output_flags.hpp"

namespace causal::cli {
namespace {

std::int64_t machine_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(pages) * page;
}

}  // namespace

void RunFlags::add_to(CommandLine& line) {
  line.heading("Running", true);
  line.option({.flags = "--seed", .value = "N", .doc = "key of all random numbers", .default_text = "0"}, options.seed);
  line.option({.flags = "--threads",
               .value = "N",
               .doc = "worker threads; 0 means one per core; results do not depend on it",
               .default_text = "0",
               .aliases = "--thread"},
              options.threads, closed_interval(0, 1024));
  line.option(
      {.flags = "--time-limit-s", .value = "X", .doc = "stop after this many seconds with the partial result, exit 6"},
      options.time_limit_s, {0, std::numeric_limits<double>::infinity(), true, false});
  line.option({.flags = "--memory-limit",
               .value = "SIZE",
               .doc = "refuse a run that would need more (8GiB, 500M)",
               .default_text = "the machine's memory"},
              memory_limit);
  line.toggle({.flags = "-q,--quiet", .value = "", .doc = "nothing on stderr but errors"}, quiet);
  line.counter({.flags = "-v,--verbose", .value = "", .doc = "say more on stderr; -vv still more"}, verbosity);
  line.option({.flags = "--progress", .value = "WHEN", .doc = "show progress on stderr", .default_text = "auto"},
              progress);
  line.option({.flags = "--color", .value = "WHEN", .doc = "colour on stderr", .default_text = "auto"}, color);
  line.option({.flags = "--config", .value = "F.toml", .doc = "take flags from a file; flags typed here win"}, config);
  line.option({.flags = "--save-config", .value = "F.toml", .doc = "write the flags given here to a file"},
              save_config);
  line.toggle({.flags = "--dry-run", .value = "", .doc = "print what would be done and stop"}, dry_run);
  line.toggle({.flags = "--no-timing", .value = "", .doc = "leave out the block that differs between runs"}, no_timing);
}

void RunFlags::settle(const CommandLine& line) {
  options.memory_limit_bytes = memory_limit.empty() ? machine_memory() : bytes_from("--memory-limit", memory_limit);
  if (!save_config.empty())
    write_output(save_config, config_text(line.name(), line.given_values()), line.given("--force"));
}

ProgressLine::Style RunFlags::progress_style() const {
  if (quiet || progress == When::Never) return ProgressLine::Style::Off;
  if (stderr_is_terminal()) return ProgressLine::Style::Terminal;
  return progress == When::Always ? ProgressLine::Style::Plain : ProgressLine::Style::PlainSlow;
}

void RunFlags::say(const std::string& text) const {
  if (!quiet) write_stderr(text.ends_with('\n') ? text : text + "\n");
}

void RunFlags::warn(const std::string& text) const {
  if (!quiet) print_warning(text, colored());
}

std::int64_t bytes_from(const std::string& flag, const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && (std::isdigit(static_cast<unsigned char>(text[digits])) || text[digits] == '.')) {
    ++digits;
  }
  const std::string unit = text.substr(digits);
  constexpr std::array<std::pair<std::string_view, double>, 10> kUnits{{{"", 1.0},
                                                                        {"B", 1.0},
                                                                        {"K", 1024.0},
                                                                        {"KiB", 1024.0},
                                                                        {"M", 1048576.0},
                                                                        {"MiB", 1048576.0},
                                                                        {"G", 1073741824.0},
                                                                        {"GiB", 1073741824.0},
                                                                        {"T", 1099511627776.0},
                                                                        {"TiB", 1099511627776.0}}};
  for (const auto& [name, factor] : kUnits) {
    if (unit == name && digits > 0) {
      const double bytes = number_from(flag, text.substr(0, digits), at_least(0)) * factor;
      return bytes < 9e18 ? static_cast<std::int64_t>(bytes) : std::numeric_limits<std::int64_t>::max();
    }
  }
  throw InvalidArgument(fmt::format("{} = {} must be a size like 8GiB or 500M", flag, text), "the command line");
}

std::string bytes_text(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.3g} {}", bytes, kUnits[unit]);
}

}  // namespace causal::cli
