#include "causal/bandits/structure/contrast_learner.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/math/student_t.hpp"
#include "causal/run/error.hpp"
#include "contrast_order.hpp"
#include "least_loss_order.hpp"
#include "small_matrix.hpp"

namespace causal::bandits {
namespace {

void check(const ContrastRows& rows, const ContrastOptions& options, const std::optional<std::vector<int>>& order) {
  validate(options, "contrast_graphs");
  const Eigen::Index n = rows.values.rows(), p = rows.values.cols();
  if (n != static_cast<Eigen::Index>(rows.actions.size()) || n < 8) {
    throw InvalidArgument("contrast_graphs", "rows", std::to_string(n), "be at least 8, with an action each");
  }
  if (p < 1 || p > 63 || rows.offsets[0].size() != p || rows.offsets[1].size() != p) {
    throw InvalidArgument("contrast_graphs", "nodes", std::to_string(p),
                          "be 1 to 63, with an offset each for both bits");
  }
  for (const Action& action : rows.actions) require_action("contrast_graphs", action, static_cast<int>(p));
  for (Eigen::Index j = 0; j < p; ++j) {
    if (rows.values.col(j).allFinite() && std::isfinite(rows.offsets[0](j)) && std::isfinite(rows.offsets[1](j))) {
      continue;
    }
    throw InvalidArgument("contrast_graphs", "node", std::to_string(j), "have finite values and offsets");
  }
  if (!order) return;
  std::vector<int> sorted = *order;
  std::sort(sorted.begin(), sorted.end());
  bool all = sorted.size() == static_cast<std::size_t>(p);
  for (std::size_t k = 0; k < sorted.size() && all; ++k) all = sorted[k] == static_cast<int>(k);
  if (!all) throw InvalidArgument("contrast_graphs: the order must have every node once");
}

std::vector<int> screened_order(const ContrastRows& rows, const ContrastOptions& options, ContrastGraphs& result) {
  const Eigen::Index p = rows.values.cols();
  const double level = options.ancestor_level / static_cast<double>(std::max<Eigen::Index>(1, p * (p - 1)));
  Eigen::MatrixXd weight = Eigen::MatrixXd::Zero(p, p);
  double least = 1;
  for (Eigen::Index i = 0; i < p; ++i) {
    for (Eigen::Index j = 0; j < p; ++j) {
      if (i == j || result.ancestor_p(i, j) >= level) continue;
      weight(i, j) = -std::log(result.ancestor_p(i, j));
      least = result.flagged == 0 ? weight(i, j) : std::min(least, weight(i, j));
      ++result.flagged;
    }
  }
  Eigen::MatrixXd credit = direction_credit(rows, options);
  for (Eigen::Index i = 0; i < p; ++i) {
    for (Eigen::Index j = 0; j < p; ++j) {
      if (weight(i, j) + weight(j, i) > 0) credit(i, j) = 0;
    }
  }
  // All that is not flagged together weighs less than one flag.
  if (const double total = credit.sum(); total > 0) weight += credit * (least / (2 * total));
  return feedback_arc_order(weight);
}

struct Column {
  int node;
  int bit;
  std::vector<int> before;  // its predecessors
};

// Keeps or prunes the edges from all predecessors.
void prune(const ContrastRows& rows, const ContrastOptions& options, const Column& column, ContrastGraphs& result) {
  const auto k = static_cast<Eigen::Index>(column.before.size());
  Eigen::MatrixXi& graph = result.graphs[static_cast<std::size_t>(column.bit)];
  for (const int i : column.before) graph(i, column.node) = 1;
  result.tested += static_cast<int>(k);
  if (k == 0) return;
  std::vector<Eigen::Index> used;
  for (std::size_t t = 0; t < rows.actions.size(); ++t) {
    if (rows.actions[t][static_cast<std::size_t>(column.node)] == column.bit) {
      used.push_back(static_cast<Eigen::Index>(t));
    }
  }
  const auto n = static_cast<Eigen::Index>(used.size());
  Eigen::MatrixXd x(n, k);
  Eigen::VectorXd y(n);
  for (Eigen::Index t = 0; t < n; ++t) {
    const Eigen::Index row = used[static_cast<std::size_t>(t)];
    y(t) = rows.values(row, column.node) - rows.offsets[static_cast<std::size_t>(column.bit)](column.node);
    for (Eigen::Index a = 0; a < k; ++a) x(t, a) = rows.values(row, column.before[static_cast<std::size_t>(a)]);
  }
  Eigen::MatrixXd factor = x.transpose() * x;
  if (n <= k || !cholesky_in_place(factor, 1e-11)) {
    ++result.unfit;
    return;
  }
  Eigen::VectorXd weights = x.transpose() * y;
  solve_lower(factor, weights);
  solve_lower_transposed(factor, weights);
  const Eigen::MatrixXd inverse = inverse_from_cholesky(factor);
  const auto dof = static_cast<double>(n - k), count = static_cast<double>(n);
  const double variance = (y - x * weights).squaredNorm() / dof;
  const double edges = 2.0 * static_cast<double>(rows.values.cols() * k);
  const double quantile = student_t_quantile(1 - options.missing_level / (options.level_per_edge ? 1.0 : edges), dof);
  for (Eigen::Index a = 0; a < k; ++a) {
    const double se = std::sqrt(variance * inverse(a, a)), size = std::abs(weights(a));
    if (size + quantile * se >= options.least_weight) continue;
    // Leaving it out multiplies the residual squares by 1 + t^2 / dof.
    const double t = se > 0 ? size / se : 0.0;
    if (options.keep_by_bic && count * std::log1p(t * t / dof) > std::log(count)) continue;
    graph(column.before[static_cast<std::size_t>(a)], column.node) = 0;
    ++result.pruned;
  }
}

}  // namespace

ContrastGraphs contrast_graphs(const ContrastRows& rows, const ContrastOptions& options,
                               const std::optional<std::vector<int>>& order) {
  check(rows, options, order);
  const int p = static_cast<int>(rows.values.cols());
  ContrastGraphs result;
  result.graphs = {Eigen::MatrixXi::Zero(p, p), Eigen::MatrixXi::Zero(p, p)};
  int constant = 0;
  if (!order) constant = contrast_p_values(rows, result.ancestor_p);
  result.order = order ? *order : screened_order(rows, options, result);
  for (std::size_t q = 0; q < result.order.size(); ++q) {
    std::vector<int> before(result.order.begin(), result.order.begin() + static_cast<std::ptrdiff_t>(q));
    std::sort(before.begin(), before.end());
    for (const int bit : {0, 1}) prune(rows, options, {result.order[q], bit, before}, result);
  }
  if (constant > 0) {
    result.warnings.push_back(std::to_string(constant) +
                              " bits have fewer than two rows with one of their values: the screen cannot see them");
  }
  if (result.unfit > 0) {
    result.warnings.push_back(std::to_string(result.unfit) +
                              " mechanisms have no more rows than predecessors, or collinear ones: nothing was pruned");
  }
  if (!order && rows.offsets[0].isZero() && rows.offsets[1].isZero()) {
    result.warnings.emplace_back("all means of the noise are 0: regressions say little about directions");
  }
  return result;
}

}  // namespace causal::bandits
