#pragma once
// Errors and warnings as people (three lines) and programs (one JSON object) read them, on stderr.

#include <exception>
#include <string>

#include "commands.hpp"

namespace causal::cli {

/// What, where, what to do: one line each, empty parts left out.
[[nodiscard]] std::string error_lines(const std::exception& error, bool color);
/// {"error":{"message":…,"where":…,"hint":…,"exit_code":…}} and a newline.
[[nodiscard]] std::string error_json(const std::exception& error);
/// Whether the words ask for JSON; readable before they are parsed, so that parse errors are JSON too.
[[nodiscard]] bool wants_json(const Arguments& arguments);

/// Reports `error` on stderr and returns its exit code; quiet for a closed pipe.
ExitCode report_error(const std::exception& error, const Arguments& arguments);

/// Prints "warning: …".
void print_warning(const std::string& text, bool color);

/// `advice`, followed by "Did you mean '...'?" when a candidate is near.
[[nodiscard]] std::string with_suggestion(std::string advice, std::string_view wanted,
                                          std::span<const std::string> candidates);

}  // namespace causal::cli
