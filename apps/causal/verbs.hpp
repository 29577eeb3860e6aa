#pragma once
// Commands that are families of verbs: causal debias fit, causal bandit compare.

#include <span>
#include <string_view>

#include "commands.hpp"

namespace causal::cli {

/// Runs the verb that the first word names, with the words after it. Without a word, or with -h, --help or help, shows
/// the verbs and then `more`: examples and where to read on. `command`: "debias".
/// Errors: InvalidArgument for an unknown verb, with the nearest one; those of the verb.
[[nodiscard]] ExitCode run_verb(std::string_view command, std::span<const Command> verbs, std::string_view more,
                                const Arguments& arguments);

}  // namespace causal::cli
