#pragma once
// Low-rank factors of kernel matrices that are never formed.

#include <Eigen/Core>
#include <cstdint>
#include <functional>

namespace causal::discovery::detail {

/// F F' approximates K from below: K - F F' is positive semidefinite with the trace `residual_trace`.
struct GreedyFactor {
  Eigen::MatrixXd F;          ///< n x r.
  double residual_trace = 0;  ///< Of K - F F'.
  bool complete = false;      ///< Every diagonal entry of K - F F' is at most the tolerance.
};

/// Pivoted incomplete Cholesky factorisation of an n x n positive semidefinite matrix K with k(i, i) = 1.
///
/// column(j, out): writes K(:, j) into out (n values). Stops when every residual diagonal entry is at most `tolerance`
/// or after max_rank columns. The pivot is the row with the largest residual, ties to the lowest row.
/// Cost r columns of K and O(n r^2); memory n r.
/// Source: Fine and Scheinberg, "Efficient SVM training using low-rank kernel representations", JMLR 2001.
[[nodiscard]] GreedyFactor greedy_cholesky(
    std::int64_t n, const std::function<void(Eigen::Index, Eigen::Ref<Eigen::VectorXd>)>& column, double tolerance,
    int max_rank);

}  // namespace causal::discovery::detail
