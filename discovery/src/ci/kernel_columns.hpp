#pragma once
// Product kernels over the columns of nodes.

#include <Eigen/Core>
#include <vector>

#include "causal/discovery/ci/kci.hpp"
#include "causal/discovery/ci/node_table.hpp"
#include "pivoted_cholesky.hpp"

namespace causal::discovery::detail {

/// The columns of a node that vary, numeric ones with mean 0 and standard deviation 1 (divisor n - 1).
struct StandardisedNode {
  Eigen::MatrixXd numeric;  ///< n x q.
  Eigen::MatrixXd nominal;  ///< n x m codes.
  bool surrogate = false;

  [[nodiscard]] bool is_constant() const { return numeric.cols() + nominal.cols() == 0; }
};

/// No cell may be missing. A column whose spread is below 1e-12 of its size counts as constant and is left out.
[[nodiscard]] StandardisedNode standardised(const Node& node);

/// Rows compared by several columns at once: a kernel of the numeric columns times one that is 1 where all nominal
/// columns agree and 0 elsewhere.
class KernelColumns {
 public:
  KernelColumns(Eigen::Index n, KernelShape shape) : n_(n), shape_(shape) {}

  /// Adds columns, numeric ones multiplied by `scale`.
  void add(const StandardisedNode& node, double scale);
  /// The matrix of the kernel as a factor; see pivoted_cholesky. The tolerance is relative to the largest diagonal
  /// entry.
  [[nodiscard]] KernelFactor factor(double tolerance, Eigen::Index max_rank, int threads) const;
  [[nodiscard]] const std::vector<Eigen::VectorXd>& numeric() const { return numeric_; }

 private:
  [[nodiscard]] double value(double compared) const;
  void entries(std::span<const Eigen::Index> rows, Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) const;

  Eigen::Index n_;
  KernelShape shape_;
  std::vector<Eigen::VectorXd> numeric_;
  std::vector<Eigen::VectorXd> nominal_;
};

/// Median of the non-zero distances between at most 1000 rows, evenly spaced, of the columns; 0 when all rows agree.
[[nodiscard]] double median_distance(const std::vector<Eigen::VectorXd>& columns);

}  // namespace causal::discovery::detail
