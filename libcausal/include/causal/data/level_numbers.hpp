#pragma once
// Numbers behind the texts of levels: a year or a dose read as discrete is still a number.

#include <Eigen/Core>
#include <optional>
#include <string>
#include <string_view>

#include "causal/data/dataset.hpp"

namespace causal {

/// The finite number that the whole text is, or nothing. O(length).
[[nodiscard]] std::optional<double> level_number(std::string_view text);

/// The cells of a column as numbers.
struct NumericCells {
  Eigen::VectorXd values;  ///< n: the cells, or the numbers their levels' texts are; NaN where missing.
  /// The first level that is no number, if there is one; `values` are then the codes.
  std::optional<std::string> text_level = {};
};

/// column: 0..p-1. Cost O(n + levels).
[[nodiscard]] NumericCells numeric_cells(const Dataset& data, int column);

}  // namespace causal
