#include "kernel_columns.hpp"

#include <algorithm>
#include <cmath>

namespace causal::discovery::detail {

StandardisedNode standardised(const Node& node) {
  StandardisedNode out;
  out.surrogate = node.surrogate;
  const auto keep = [](Eigen::MatrixXd& to, const Eigen::VectorXd& column) {
    to.conservativeResize(column.size(), to.cols() + 1);
    to.col(to.cols() - 1) = column;
  };
  for (Eigen::Index j = 0; j < node.numeric.cols(); ++j) {
    // Scaled first, so that squares of huge or tiny values neither overflow nor vanish.
    const double size = node.numeric.col(j).cwiseAbs().maxCoeff();
    if (!(size > 0)) continue;
    Eigen::VectorXd column = node.numeric.col(j) / size;
    column.array() -= column.mean();
    const double sd =
        std::sqrt(column.squaredNorm() / static_cast<double>(std::max<Eigen::Index>(1, column.size() - 1)));
    if (sd > 1e-12) keep(out.numeric, column / sd);
  }
  for (Eigen::Index j = 0; j < node.nominal.cols(); ++j) {
    const Eigen::VectorXd column = node.nominal.col(j);
    if (column.minCoeff() < column.maxCoeff()) keep(out.nominal, column);
  }
  return out;
}

void KernelColumns::add(const StandardisedNode& node, double scale) {
  for (Eigen::Index j = 0; j < node.numeric.cols(); ++j) numeric_.push_back(scale * node.numeric.col(j));
  for (Eigen::Index j = 0; j < node.nominal.cols(); ++j) nominal_.push_back(node.nominal.col(j));
}

// The kernel from the squared distance (Gaussian) or the inner product (the others).
double KernelColumns::value(double compared) const {
  switch (shape_) {
    case KernelShape::Gaussian:
      return std::exp(-0.5 * compared);
    case KernelShape::Linear:
      return compared;
    case KernelShape::Polynomial:
      return (1 + compared) * (1 + compared);
  }
  return 0;
}

void KernelColumns::entries(std::span<const Eigen::Index> rows, Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) const {
  const auto row = [&](Eigen::Index i) { return rows.empty() ? i : rows[static_cast<std::size_t>(i)]; };
  out.setZero();
  for (const Eigen::VectorXd& a : numeric_) {
    const double at = a(j);
    if (shape_ != KernelShape::Gaussian) {
      for (Eigen::Index i = 0; i < out.size(); ++i) out(i) += a(row(i)) * at;
    } else if (rows.empty()) {
      out += (a.array() - at).square().matrix();
    } else {
      for (Eigen::Index i = 0; i < out.size(); ++i) out(i) += (a(row(i)) - at) * (a(row(i)) - at);
    }
  }
  if (numeric_.empty()) {
    out.setOnes();
  } else {
    for (Eigen::Index i = 0; i < out.size(); ++i) out(i) = value(out(i));
  }
  for (const Eigen::VectorXd& a : nominal_) {
    for (Eigen::Index i = 0; i < out.size(); ++i) {
      if (a(row(i)) != a(j)) out(i) = 0;
    }
  }
}

KernelFactor KernelColumns::factor(double tolerance, Eigen::Index max_rank, int threads) const {
  Eigen::VectorXd diagonal = Eigen::VectorXd::Ones(n_);
  if (!numeric_.empty() && shape_ != KernelShape::Gaussian) {
    diagonal.setZero();
    for (const Eigen::VectorXd& a : numeric_) diagonal += a.cwiseAbs2();
    for (Eigen::Index i = 0; i < n_; ++i) diagonal(i) = value(diagonal(i));
  }
  const double absolute = tolerance * diagonal.maxCoeff();
  return pivoted_cholesky(
      diagonal,
      [this](std::span<const Eigen::Index> rows, Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) {
        entries(rows, j, out);
      },
      absolute, max_rank, threads);
}

double median_distance(const std::vector<Eigen::VectorXd>& columns) {
  if (columns.empty()) return 0;
  const Eigen::Index n = columns.front().size();
  const Eigen::Index rows = std::min<Eigen::Index>(n, 1000);
  std::vector<double> squared;
  squared.reserve(static_cast<std::size_t>(rows * (rows - 1) / 2));
  for (Eigen::Index a = 0; a < rows; ++a) {
    for (Eigen::Index b = a + 1; b < rows; ++b) {
      double sum = 0;
      for (const Eigen::VectorXd& column : columns) {
        const double gap = column(a * n / rows) - column(b * n / rows);
        sum += gap * gap;
      }
      if (sum > 0) squared.push_back(sum);
    }
  }
  if (squared.empty()) return 0;
  const auto middle = squared.begin() + static_cast<std::ptrdiff_t>(squared.size() / 2);
  std::nth_element(squared.begin(), middle, squared.end());
  const double upper = std::sqrt(*middle);
  if (squared.size() % 2 == 1) return upper;
  return (upper + std::sqrt(*std::max_element(squared.begin(), middle))) / 2;
}

}  // namespace causal::discovery::detail
