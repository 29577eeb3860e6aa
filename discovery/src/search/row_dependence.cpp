#include "row_dependence.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "../ci/kernel_columns.hpp"
#include "causal/math/product.hpp"

namespace causal::discovery::detail {
namespace {

constexpr std::size_t kFewestRows = 30;
constexpr double kParentWidth = 1;       // standardised: smooth enough not to fit the noise away
constexpr double kSurrogateWidth = 0.1;  // standardised time: follows drifts, not single rows
constexpr double kRidge = 1;

}  // namespace

std::optional<double> residual_autocorrelation(const NodeTable& nodes, NodeId v, const NodeSet& parents,
                                               NodeId surrogate, int threads) {
  std::vector<NodeId> all(parents.begin(), parents.end());
  all.insert(all.end(), {surrogate, v});
  const std::vector<std::int64_t> rows = nodes.complete_rows(all);
  if (rows.size() < kFewestRows) return std::nullopt;
  std::vector<Node> parts;
  for (const NodeId node : all) parts.push_back(nodes.node(node));
  const NodeTable part = NodeTable(std::move(parts)).select_rows(rows);
  const StandardisedNode target = standardised(part.node(part.size() - 1));
  if (target.numeric.cols() == 0) return std::nullopt;

  // A sum of two kernels: one over the parents, one over the surrogate.
  Eigen::MatrixXd F = Eigen::MatrixXd::Ones(part.rows(), 1);
  const auto append = [&](const KernelColumns& kernel) {
    const Eigen::MatrixXd more = kernel.factor(1e-4, 100, threads).F;
    F.conservativeResize(Eigen::NoChange, F.cols() + more.cols());
    F.rightCols(more.cols()) = more;
  };
  if (!parents.empty()) {
    KernelColumns over_parents(part.rows(), KernelShape::Gaussian);
    const double scale = 1 / (kParentWidth * std::sqrt(static_cast<double>(parents.size())));
    for (NodeId k = 0; k < static_cast<NodeId>(parents.size()); ++k)
      over_parents.add(standardised(part.node(k)), scale);
    append(over_parents);
  }
  KernelColumns over_surrogate(part.rows(), KernelShape::Gaussian);
  over_surrogate.add(standardised(part.node(part.size() - 2)), 1 / kSurrogateWidth);
  append(over_surrogate);

  Eigen::MatrixXd normal = cross_product(F, F, threads);
  normal.diagonal().array() += kRidge;
  const Eigen::MatrixXd residuals = target.numeric - F * normal.llt().solve(F.transpose() * target.numeric);
  double largest = 0;
  for (Eigen::Index j = 0; j < residuals.cols(); ++j) {
    const Eigen::VectorXd r = residuals.col(j).array() - residuals.col(j).mean();
    const Eigen::Index n = r.size() - 1;
    const double squares = r.squaredNorm();
    if (squares > 0) largest = std::max(largest, std::abs(r.head(n).dot(r.tail(n))) / squares);
  }
  return largest;
}

}  // namespace causal::discovery::detail
