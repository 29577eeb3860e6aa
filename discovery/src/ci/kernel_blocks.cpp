#include "kernel_blocks.hpp"

#include <cmath>

namespace causal::discovery::detail {

BlockKernel::BlockKernel(std::vector<KernelBlock> blocks, KernelRule rule, std::int64_t rows)
    : blocks_(std::move(blocks)), rule_(rule), rows_(rows) {}

void BlockKernel::add_blocks(TestColumns columns, double width, std::vector<KernelBlock>& blocks) {
  if (columns.numeric.cols() > 0) {
    const double used = width > 0 ? width : median_distance(columns.numeric);
    blocks.push_back({.gaussians = {{std::move(columns.numeric), used, 1}}});
  }
  for (LevelColumn& levels : columns.nominal) blocks.push_back({.levels = std::move(levels)});
}

void BlockKernel::column(Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) const {
  const bool sums = rule_ == KernelRule::SumsAndProducts;
  const double share = sums ? 1 : 0;
  out.setOnes();
  Eigen::ArrayXd block(rows_);
  Eigen::ArrayXd square(rows_);
  for (const KernelBlock& part : blocks_) {
    if (!part.gaussians.empty()) {
      block.setZero();
      for (const GaussianPart& gaussian : part.gaussians) {
        square.setZero();
        for (Eigen::Index c = 0; c < gaussian.numeric.cols(); ++c) {
          square += (gaussian.numeric.col(c).array() - gaussian.numeric(j, c)).square();
        }
        block += gaussian.weight * (square * (-0.5 / (gaussian.width * gaussian.width))).exp();
      }
    } else {
      const std::int32_t own = part.levels.code[static_cast<std::size_t>(j)];
      for (std::int64_t i = 0; i < rows_; ++i) {
        block(i) = part.levels.code[static_cast<std::size_t>(i)] == own ? 1.0 : 0.0;
      }
    }
    out.array() *= block + share;
  }
  if (sums) out.array() = (out.array() - 1) / (std::exp2(static_cast<double>(blocks_.size())) - 1);
}

GreedyFactor BlockKernel::factor(double tolerance, int max_rank) const {
  // All residuals are 1 at first and the lowest row is taken: the central row changes places with row 0.
  const Eigen::Index central = central_row();
  GreedyFactor factor = greedy_cholesky(
      rows_,
      [&](Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) {
        column(j == 0 ? central : (j == central ? 0 : j), out);
        std::swap(out(0), out(central));
      },
      tolerance, max_rank);
  factor.F.row(0).swap(factor.F.row(central));
  return factor;
}

Eigen::Index BlockKernel::central_row() const {
  Eigen::VectorXd distance = Eigen::VectorXd::Zero(rows_);
  for (const KernelBlock& part : blocks_) {
    for (const GaussianPart& gaussian : part.gaussians) distance += gaussian.numeric.rowwise().squaredNorm();
    if (part.gaussians.empty()) {
      for (std::int64_t i = 0; i < rows_; ++i) distance(i) += part.levels.code[static_cast<std::size_t>(i)];
    }
  }
  Eigen::Index row = 0;
  if (rows_ > 0) distance.minCoeff(&row);
  return row;
}

}  // namespace causal::discovery::detail
