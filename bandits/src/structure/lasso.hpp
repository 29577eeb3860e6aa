#pragma once
// The Lasso of one mechanism on some candidate parents, from its sums.

#include <Eigen/Core>
#include <vector>

#include "causal/bandits/structure/column_statistics.hpp"

namespace causal::bandits {

/// The b that minimises sum (y - x^T b)^2 / (2 rows) + penalty |b|_1 over the candidates (distinct nodes), without
/// intercept, by cyclic coordinate descent from 0. Entry k belongs to candidates[k]; 0 everywhere without rows, and for
/// a candidate that was 0 in all rows. Stops when no coordinate moves its fitted values by more than 1e-9 of the root
/// mean square of y, or after 2000 sweeps. O(k^2) a sweep for k candidates.
[[nodiscard]] Eigen::VectorXd lasso(const ColumnStatistics& statistics, const std::vector<int>& candidates,
                                    double penalty);

}  // namespace causal::bandits
