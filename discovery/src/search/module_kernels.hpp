#pragma once
// Kernels between rows on the columns of nodes, and their low-rank factors.

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "causal/discovery/ci/node_table.hpp"

namespace causal::discovery::detail {

/// The columns of some nodes with the product kernel on them: Gaussian on quantities, equality on codes.
struct KernelColumns {
  Eigen::MatrixXd numeric;  ///< q x n, row by row contiguous; divided by the width.
  Eigen::MatrixXd nominal;  ///< k x n.

  [[nodiscard]] Eigen::Index rows() const { return numeric.cols(); }
  [[nodiscard]] bool constant() const;
  /// k(row, from ... from + out.size()) into `out`.
  void kernel(Eigen::Index row, Eigen::Index from, Eigen::Ref<Eigen::VectorXd> out) const;
  /// The same against a row of other columns.
  void kernel(const KernelColumns& other, Eigen::Index row, Eigen::Index from, Eigen::Ref<Eigen::VectorXd> out) const;
  /// n x n, both triangles.
  [[nodiscard]] Eigen::MatrixXd gram() const;
  [[nodiscard]] KernelColumns select(std::span<const Eigen::Index> which) const;
};

/// Columns of `nodes`, quantities standardised over all rows of the table (n - 1; constant columns become 0) and then
/// divided by `width`, at `rows` in this order. No cell may be missing.
[[nodiscard]] KernelColumns kernel_columns(const NodeTable& table, std::span<const NodeId> nodes, double width,
                                           std::span<const Eigen::Index> rows);

/// Mean 0 and variance 1 (n - 1); zeros when all values are equal.
[[nodiscard]] Eigen::VectorXd standardised(const Eigen::Ref<const Eigen::VectorXd>& column);

/// A kernel matrix as features^T features, from a pivoted Cholesky factorisation.
struct KernelFactor {
  Eigen::MatrixXd features;          ///< r x n.
  std::vector<Eigen::Index> pivots;  ///< r rows; features.col(pivots) is upper triangular.
};

/// Stops when no diagonal entry is off by more than `tolerance`, or at `max_rank` features. Cost n r^2.
[[nodiscard]] KernelFactor pivoted_factor(const KernelColumns& columns, double tolerance, Eigen::Index max_rank);

/// The factor to rounding, or nothing when the rank is not small enough against n to be worth it.
[[nodiscard]] std::optional<KernelFactor> exact_factor(const KernelColumns& columns);

}  // namespace causal::discovery::detail
