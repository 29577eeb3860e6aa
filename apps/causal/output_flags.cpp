#include "output_flags.hpp"

#include <filesystem>
#include <set>
#include <system_error>

#include "causal/io/file.hpp"
#include "terminal.hpp"

namespace causal::cli {

bool is_stdout(const std::string& path) { return path == "-" || path == "/dev/stdout"; }

void refuse_same_files(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  const auto place = [](const std::string& path) -> fs::path {
    std::error_code error;
    if (path.empty() || path == "-" || (fs::exists(path, error) && !fs::is_regular_file(path, error))) return {};
    const fs::path resolved = fs::weakly_canonical(path, error);
    return error ? fs::path(path) : resolved;
  };
  std::set<fs::path> read;
  for (const std::string& path : inputs) read.insert(place(path));
  std::set<fs::path> written;
  for (const std::string& path : outputs) {
    const fs::path target = place(path);
    if (target.empty()) continue;
    if (read.count(target) > 0) {
      throw InvalidArgument("the output would overwrite the input", path, "Write to another file.");
    }
    if (!written.insert(target).second) {
      throw InvalidArgument("two outputs go to the same file", path, "Give each its own file.");
    }
  }
}

void write_output(const std::string& path, std::string_view text, bool force) {
  if (is_stdout(path)) {
    write_stdout(text);
    return;
  }
  io::AtomicWriter writer(path, force);
  writer.stream().write(text.data(), static_cast<std::streamsize>(text.size()));
  writer.commit();
}

void OutputFlags::add_to(CommandLine& line, const std::vector<std::string>& formats) {
  line.heading("Output");
  line.option({.flags = "-o,--output", .value = "FILE", .doc = "write here instead of standard output"}, path);
  line.option({.flags = "-f,--format",
               .value = "NAME",
               .doc = "format of the result; the extension of -o decides when absent",
               .choices = formats},
              format);
  line.toggle({.flags = "--json",
               .value = "",
               .doc = "same as -f json; errors become JSON on stderr too",
               .aliases = "--json-graph"},
              json);
  line.toggle({.flags = "--force", .value = "", .doc = "overwrite files that exist"}, force);
}

std::string OutputFlags::format_or(std::string_view on_terminal) const {
  if (json) return "json";
  if (!format.empty()) return format;
  return std::string(to_stdout() && stdout_is_terminal() ? on_terminal : "json");
}

void OutputFlags::check() const {
  if (!to_stdout()) io::check_writable(path, force);
}

}  // namespace causal::cli
