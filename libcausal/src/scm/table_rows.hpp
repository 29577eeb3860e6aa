#pragma once
// Rows of conditional tables: one per assignment of the parents, the first parent most significant.

#include <cstddef>
#include <span>

namespace causal::detail {

/// Errors: InvalidArgument for a cardinality below 1.
[[nodiscard]] std::size_t row_count(std::span<const int> cardinalities);
/// Errors: InvalidArgument for a value that is no code of its parent.
[[nodiscard]] std::size_t row_of(std::span<const double> parents, std::span<const int> cardinalities);

}  // namespace causal::detail
