#pragma once
// Standard output and standard error as the command uses them: data on one, everything else on the other.

#include <array>
#include <string_view>
#include <utility>

#include "causal/run/options.hpp"

namespace causal::cli {

/// When to use colour or to show progress.
enum class When { Auto, Always, Never };

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::When> {
  static constexpr std::array<std::pair<cli::When, std::string_view>, 3> names{
      {{cli::When::Auto, "auto"}, {cli::When::Always, "always"}, {cli::When::Never, "never"}}};
};

namespace causal::cli {

[[nodiscard]] bool stdout_is_terminal();
[[nodiscard]] bool stderr_is_terminal();
/// Columns of the terminal on stderr or stdout; 100 when neither is one.
[[nodiscard]] int terminal_width();
/// Whether stderr gets colour: a terminal without NO_COLOR, unless told otherwise.
[[nodiscard]] bool use_color(When when);

/// Writes all of `text`. Errors: ClosedPipe when the reader is gone, IoError (disk full and the like).
void write_stdout(std::string_view text);
/// Writes all of `text` and ignores failure: there is nobody left to tell.
void write_stderr(std::string_view text);

}  // namespace causal::cli
