#pragma once
// Where the result goes and in which format.

#include <string>
#include <string_view>

#include "command_line.hpp"

namespace causal::cli {

/// Whether the path means standard output.
[[nodiscard]] bool is_stdout(const std::string& path);

/// Refuses to write a file that is also read, or twice. Empty paths, "-" and what is no regular file are passed over.
/// Errors: InvalidArgument naming the file.
void refuse_same_files(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

/// Writes `text` to the file (complete or not at all) or to standard output.
/// Errors: ClosedPipe, IoError; InvalidArgument for a file that exists when `force` is false.
void write_output(const std::string& path, std::string_view text, bool force);

struct OutputFlags {
  std::string path = "-";
  std::string format;  ///< As typed; empty: by extension, then by whether stdout is a terminal.
  bool json = false;
  bool force = false;

  /// Declares -o, -f, --force and --json. `formats` are the values of -f.
  void add_to(CommandLine& line, const std::vector<std::string>& formats);
  [[nodiscard]] bool to_stdout() const { return is_stdout(path); }
  /// The format given, or else json for pipes and `on_terminal` for terminals.
  [[nodiscard]] std::string format_or(std::string_view on_terminal) const;
  /// Errors as write_output, before any work is done.
  void check() const;
  void write(std::string_view text) const { write_output(path, text, force); }
};

}  // namespace causal::cli
