#pragma once
// The part of `causal check` that every run does first.

#include <string>
#include <vector>

#include "input_flags.hpp"

namespace causal::cli {

/// Errors: DataError with the first finding that makes an analysis impossible: too few rows or variables, a variable
/// that is constant or all missing. Returns the other findings as sentences. Cost: three passes over the cells.
[[nodiscard]] std::vector<std::string> refuse_bad_data(const Input& input, const RunOptions& run);

}  // namespace causal::cli
