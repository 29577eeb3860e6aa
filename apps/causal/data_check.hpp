#pragma once
// The part of `causal check` that every run does first.

#include <optional>
#include <string>
#include <vector>

#include "input_flags.hpp"

namespace causal::cli {

/// Errors: DataError with the first finding that makes an analysis impossible: too few rows or variables, a variable
/// that is constant or all missing. Returns the other findings as sentences. Cost: three passes over the cells.
[[nodiscard]] std::vector<std::string> refuse_bad_data(const Input& input, const RunOptions& run);

/// A warning when a column of row weights is given: no test of this build weighs rows.
[[nodiscard]] std::optional<std::string> unused_weights(const Input& input);

}  // namespace causal::cli
