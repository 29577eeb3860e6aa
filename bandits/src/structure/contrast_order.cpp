#include "contrast_order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "causal/bandits/structure/subgraph_learner.hpp"
#include "causal/math/fisher_f.hpp"
#include "causal/math/student_t.hpp"
#include "small_matrix.hpp"

namespace causal::bandits {
namespace {

// The information of more rows takes quadratic time and only decides between directions the screen leaves open.
constexpr std::size_t kInformationRows = 200;

struct Moments {
  double n = 0, mean = 0, variance = 0;
};

Moments moments(const std::vector<double>& x) {
  Moments m{static_cast<double>(x.size()), 0, 0};
  for (const double value : x) m.mean += value / m.n;
  for (const double value : x) m.variance += (value - m.mean) * (value - m.mean) / (m.n - 1);
  return m;
}

double welch_p(const Moments& a, const Moments& b) {
  const double va = a.variance / a.n, vb = b.variance / b.n;
  if (!(va + vb > 0)) return 1;
  const double dof = (va + vb) * (va + vb) / (va * va / (a.n - 1) + vb * vb / (b.n - 1));
  return two_sided_student_t_p((a.mean - b.mean) / std::sqrt(va + vb), dof);
}

void to_deviations(std::vector<double>& x) {
  std::vector<double> sorted = x;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  const double median = sorted.size() % 2 != 0 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  for (double& value : x) value = std::abs(value - median);
}

// Analysis of variance of two groups of absolute deviations.
double brown_forsythe_p(const Moments& a, const Moments& b) {
  const double n = a.n + b.n;
  const double within = ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / (n - 2);
  if (!(within > 0)) return 1;
  const double between = a.n * b.n / n * (a.mean - b.mean) * (a.mean - b.mean);
  return fisher_f_upper_p(between / within, 1, n - 2);
}

// Scores of all parents of one mechanism, lower for more credible ones; empty when there are too few rows.
std::vector<double> parent_scores(const ContrastRows& rows, const ContrastOptions& options, int node, int bit) {
  std::vector<Eigen::Index> used;
  for (std::size_t t = 0; t < rows.actions.size(); ++t) {
    if (rows.actions[t][static_cast<std::size_t>(node)] == bit) used.push_back(static_cast<Eigen::Index>(t));
  }
  const Eigen::Index p = rows.values.cols(), n = static_cast<Eigen::Index>(used.size());
  if (n <= std::max<Eigen::Index>(p, options.neighbours + 1)) return {};
  Eigen::MatrixXd x(n, p);
  for (Eigen::Index t = 0; t < n; ++t) x.row(t) = rows.values.row(used[static_cast<std::size_t>(t)]);
  const Eigen::VectorXd y = x.col(node).array() - rows.offsets[static_cast<std::size_t>(bit)](node);
  x.col(node).setZero();
  Eigen::MatrixXd gram = x.transpose() * x;
  gram(node, node) = 1;  // its weight is 0
  if (!cholesky_in_place(gram, 1e-11)) return {};
  Eigen::VectorXd weights = x.transpose() * y;
  solve_lower(gram, weights);
  solve_lower_transposed(gram, weights);
  const Eigen::VectorXd residual = y - x * weights;
  const std::size_t seen = std::min(static_cast<std::size_t>(n), kInformationRows);
  std::vector<double> scores(static_cast<std::size_t>(p), 0.0);
  for (Eigen::Index i = 0; i < p; ++i) {
    if (i == node) continue;
    const std::span<const double> parent(x.col(i).data(), seen), rest(residual.data(), seen);
    const double size = std::max(std::abs(weights(i)), 1e-12);
    scores[static_cast<std::size_t>(i)] =
        ksg_mutual_information(rest, parent, options.neighbours) - options.size_weight * std::log(size);
  }
  return scores;
}

}  // namespace

int contrast_p_values(const ContrastRows& rows, Eigen::MatrixXd& p) {
  const Eigen::Index nodes = rows.values.cols();
  p = Eigen::MatrixXd::Ones(nodes, nodes);
  int constant = 0;
  for (Eigen::Index i = 0; i < nodes; ++i) {
    std::array<std::vector<double>, 2> groups;
    std::size_t on = 0;
    for (const Action& action : rows.actions) on += action[static_cast<std::size_t>(i)];
    if (on < 2 || rows.actions.size() - on < 2) {
      ++constant;
      continue;
    }
    for (Eigen::Index j = 0; j < nodes; ++j) {
      if (i == j) continue;
      for (std::vector<double>& group : groups) group.clear();
      for (std::size_t t = 0; t < rows.actions.size(); ++t) {
        groups[rows.actions[t][static_cast<std::size_t>(i)]].push_back(rows.values(static_cast<Eigen::Index>(t), j));
      }
      const double means = welch_p(moments(groups[0]), moments(groups[1]));
      for (std::vector<double>& group : groups) to_deviations(group);
      const double spreads = brown_forsythe_p(moments(groups[0]), moments(groups[1]));
      p(i, j) = std::min(1.0, 2 * std::min(means, spreads));
    }
  }
  return constant;
}

Eigen::MatrixXd direction_credit(const ContrastRows& rows, const ContrastOptions& options) {
  const Eigen::Index nodes = rows.values.cols();
  Eigen::MatrixXd score = Eigen::MatrixXd::Zero(nodes, nodes);
  for (int j = 0; j < static_cast<int>(nodes); ++j) {
    for (const int bit : {0, 1}) {
      const std::vector<double> scores = parent_scores(rows, options, j, bit);
      for (std::size_t i = 0; i < scores.size(); ++i) score(static_cast<Eigen::Index>(i), j) += scores[i];
    }
  }
  return (score.transpose() - score).cwiseMax(0);
}

}  // namespace causal::bandits
