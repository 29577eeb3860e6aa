#pragma once
// Kernels between rows, put together from blocks of columns: a Gaussian on quantities, a delta on the levels of a
// column.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "greedy_cholesky.hpp"
#include "test_columns.hpp"

namespace causal::discovery::detail {

/// weight exp(-|a - b|^2 / (2 width^2)) on the rows of `numeric`.
struct GaussianPart {
  Eigen::MatrixXd numeric = {};
  double width = 1;
  double weight = 1;
};

/// The sum of its parts, whose weights add up to 1, or, when it has none, 1 for equal levels else 0.
struct KernelBlock {
  std::vector<GaussianPart> gaussians = {};
  LevelColumn levels = {};
};

enum class KernelRule {
  Product,  ///< Of the blocks.
  /// (prod(1 + k_b) - 1) / (2^B - 1): every block alone, every pair of blocks, and so on. Functions that add what the
  /// blocks do cost less than their interactions.
  SumsAndProducts
};

/// A kernel with k(i, i) = 1.
class BlockKernel {
 public:
  BlockKernel(std::vector<KernelBlock> blocks, KernelRule rule, std::int64_t rows);

  /// Appends the blocks of one node: a Gaussian with `width` (0: the median distance) on its numeric columns and a
  /// delta on each of its nominal ones.
  static void add_blocks(TestColumns columns, double width, std::vector<KernelBlock>& blocks);

  /// K(:, j).
  void column(Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) const;

  /// greedy_cholesky of K, starting from the row nearest the means, so that the factor's F F' does not depend on the
  /// order of the rows. Residual diagonal at most `tolerance`, or max_rank columns.
  [[nodiscard]] GreedyFactor factor(double tolerance, int max_rank) const;

 private:
  [[nodiscard]] Eigen::Index central_row() const;

  std::vector<KernelBlock> blocks_;
  KernelRule rule_;
  std::int64_t rows_;
};

}  // namespace causal::discovery::detail
