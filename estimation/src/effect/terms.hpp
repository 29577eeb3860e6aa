#pragma once
// Terms of a regression: columns, powers and products of them.

#include <span>
#include <string>
#include <string_view>

#include "causal/estimation/effect/effect_data.hpp"

namespace causal::estimation {

/// Values of a column as numbers: those of the cells, or of the level texts when all are numbers.
/// Errors: DataError for text levels and for missing cells unless `allow_missing`.
[[nodiscard]] Eigen::VectorXd numeric_column(const Dataset& data, int column, std::string_view part,
                                             bool allow_missing = false);

/// The columns of each term side by side. `part` says in errors what they are for: "covariate".
/// Errors: InvalidArgument for an unknown column or a repeated term; DataError for missing cells.
[[nodiscard]] NamedColumns columns_of_terms(const Dataset& data, std::span<const std::string> terms,
                                            std::string_view part);

/// Errors: DataError naming column, count and first row when a cell is missing.
void refuse_missing(const Dataset& data, int column, std::string_view part);

}  // namespace causal::estimation
