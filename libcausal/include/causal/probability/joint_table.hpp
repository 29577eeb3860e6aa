#pragma once
// Joint distributions of discrete columns, counted from rows or listed as probabilities.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/probability/discrete_variable.hpp"
#include "causal/probability/factor.hpp"

namespace causal {

/// A joint distribution; variable i of `joint` is `variables[i]`.
struct JointTable {
  std::vector<DiscreteVariable> variables;
  Factor joint;            ///< Scope 0, 1, ..., sums to one.
  std::int64_t rows = 0;   ///< Rows it was counted from; 0 when probabilities were listed.
  std::int64_t zeros = 0;  ///< Cells of probability zero: combinations not seen or not listed.
  std::vector<std::string> warnings;
};

/// Relative frequencies of all variables (columns without a role) of `data`.
/// Errors: DataError naming a column that is not discrete or binary, one with missing cells, no row, or more than
/// 2^26 cells (0.5 GiB).
[[nodiscard]] JointTable joint_from_rows(const Dataset& data);

/// One row per combination with its probability in the column named `probability`. Combinations that are not listed
/// have probability zero. Probabilities that miss a sum of 1 by at most 1e-6 are renormalised with a warning.
/// Errors: as joint_from_rows; DataError naming the row (1 is the first after the header) of a repeated combination, of
/// a missing or negative probability; DataError with the sum when it is not 1.
[[nodiscard]] JointTable joint_from_probabilities(const Dataset& data, const std::string& probability);

}  // namespace causal
