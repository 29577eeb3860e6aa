#pragma once
// The documented exit codes of the command, and which exception or status ends in which.

#include <exception>

#include "causal/run/error.hpp"
#include "causal/run/status.hpp"

namespace causal::cli {

/// Never renumbered: scripts rely on them.
enum class ExitCode {
  Ok = 0,
  Bug = 1,            ///< Our own bug.
  Usage = 2,          ///< Unknown flag or column, value out of range, existing output without --force.
  BadInput = 3,       ///< Data, graph or knowledge that cannot be used.
  NoAnswer = 4,       ///< The theory says there is none.
  Numerical = 5,      ///< The numbers give no answer.
  Budget = 6,         ///< Time or memory limit; the partial result is written unless the run was refused beforehand.
  Io = 7,             ///< Unreadable, unwritable, disk full.
  Interrupted = 130,  ///< Ctrl-C; the partial result is written.
  ClosedPipe = 141    ///< The reader of stdout went away; quiet.
};

/// The reader of standard output went away.
class ClosedPipe : public std::exception {};

[[nodiscard]] ExitCode exit_code_for(const std::exception& error);
[[nodiscard]] ExitCode exit_code_for(Status status);

}  // namespace causal::cli
