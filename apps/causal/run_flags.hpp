#pragma once
// Flags about how to run rather than what to compute: seed, threads, limits, verbosity, config files.

#include <string>

#include "causal/run/options.hpp"
#include "command_line.hpp"
#include "progress_line.hpp"
#include "terminal.hpp"

namespace causal::cli {

struct RunFlags {
  RunOptions options;
  std::string memory_limit;  ///< As typed: "8GiB"; empty: the memory of the machine.
  bool quiet = false;
  int verbosity = 0;
  When progress = When::Auto;
  When color = When::Auto;
  std::string config;
  std::string save_config;
  bool dry_run = false;
  bool no_timing = false;

  /// Declares the flags under the shared heading "Running".
  void add_to(CommandLine& line);
  /// What follows from the flags, to be called after parsing: memory limit in bytes, config file saved.
  void settle(const CommandLine& line);
  [[nodiscard]] ProgressLine::Style progress_style() const;
  [[nodiscard]] bool colored() const { return use_color(color); }
  /// A line on stderr, unless quiet.
  void say(const std::string& text) const;
  /// A warning on stderr, unless quiet.
  void warn(const std::string& text) const;
};

/// "512MiB", "8G", "1000000" as bytes. Errors: InvalidArgument naming `flag`.
[[nodiscard]] std::int64_t bytes_from(const std::string& flag, const std::string& text);
/// 1610612736 as "1.5 GiB".
[[nodiscard]] std::string bytes_text(double bytes);

}  // namespace causal::cli
