#pragma once
// A kernel matrix as a thin factor, without ever holding the matrix.

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>

namespace causal::discovery::detail {

/// F F^T approximates a kernel matrix K from below: K - F F^T is positive semidefinite.
struct KernelFactor {
  Eigen::MatrixXd F;          ///< n x rank.
  double residual_trace = 0;  ///< tr(K - F F^T): bounds every eigenvalue and entry of what is missing.
  bool complete = false;      ///< Every residual diagonal entry is at most the tolerance.
};

/// Entries of a kernel matrix: writes K(rows, j) into `out`; no rows stand for all n.
using KernelEntries =
    std::function<void(std::span<const Eigen::Index> rows, Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out)>;

/// Pivoted incomplete Cholesky decomposition, in blocks of pivots so that the work is in matrix products.
///
/// diagonal: K_ii, n values >= 0. Stops when every residual diagonal entry is at most `tolerance`, or at `max_rank`
/// columns. Up to 24 pivots are taken at once: by largest residual among some candidates, whose residuals are at least
/// half of the largest and which are spread evenly over the rows. The rank passes that of the greedy rule by little.
/// Cost O(n rank^2) flops and n rank kernel entries. Source: Fine and Scheinberg, JMLR 2 (2001); the blocks are ours.
[[nodiscard]] KernelFactor pivoted_cholesky(const Eigen::Ref<const Eigen::VectorXd>& diagonal,
                                            const KernelEntries& entries, double tolerance, Eigen::Index max_rank,
                                            int threads);

}  // namespace causal::discovery::detail
