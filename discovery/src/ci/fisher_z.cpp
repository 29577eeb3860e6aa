#include "causal/discovery/ci/fisher_z.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "causal/math/normal.hpp"
#include "gaussian_sweep.hpp"

namespace causal::discovery {
namespace {

// Bounds the relative rounding of a computed mean: what remains of a constant column when its mean is subtracted.
constexpr double kMeanRounding = 1e-14;
// Below it the reciprocal scales of two columns overflow when multiplied.
constexpr double kSmallestScatter = 1e-290;

CiResult degenerate_result() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {.statistic = 0, .p_value = nan, .effect = 0, .dof = 0, .status = Status::Degenerate};
}

CiResult result_of(double r, std::int64_t n, int level) {
  const double dof = static_cast<double>(n - level - 3);
  const double z = std::sqrt(dof) * std::atanh(std::clamp(r, -1.0, 1.0));
  return {.statistic = z, .p_value = two_sided_normal_p(z), .effect = r, .dof = dof, .status = Status::Ok};
}

// Partial correlation of the last two variables of a correlation matrix given the others, by LDL^T in place; NaN when
// a pivot or a residual variance is at most `tolerance`.
double last_pair_partial_correlation(Eigen::MatrixXd& C, double tolerance) {
  const Eigen::Index size = C.rows();
  for (Eigen::Index k = 0; k + 2 < size; ++k) {
    const double pivot = C(k, k);
    if (!(pivot > tolerance)) return std::numeric_limits<double>::quiet_NaN();
    for (Eigen::Index j = k + 1; j < size; ++j) {
      const double factor = C(k, j) / pivot;
      for (Eigen::Index i = j; i < size; ++i) C(j, i) -= factor * C(k, i);
    }
  }
  const double vx = C(size - 2, size - 2);
  const double vy = C(size - 1, size - 1);
  if (!(vx > tolerance) || !(vy > tolerance)) return std::numeric_limits<double>::quiet_NaN();
  return C(size - 2, size - 1) / std::sqrt(vx * vy);
}

// Largest r^2 that is not significant: the test statistic is monotone in r^2, so a level needs one threshold.
double threshold_r2(double alpha, std::int64_t n, int level) {
  const double z = -normal_quantile(alpha / 2);
  const double root = std::tanh(z / std::sqrt(static_cast<double>(n - level - 3)));
  // Below 1, which stands for "no test" in the sweep.
  return std::min(root * root, 1 - 0x1p-53);
}

double signed_root(double tagged_square) {
  const double r = std::sqrt(tagged_square);
  return (std::bit_cast<std::uint64_t>(tagged_square) & 1U) != 0 ? -r : r;
}

Moments moments_for_fisher_z(const Dataset& data, const RunOptions& run) {
  const std::vector<int> variables = data.variable_indices();
  for (const int j : variables) {
    const Column& column = data.column(j);
    if (column.type == VariableType::Discrete && column.levels.size() > 2) {
      throw DataError("fisher_z needs numeric columns; '" + column.name + "' is discrete with " +
                          std::to_string(column.levels.size()) + " levels",
                      {}, "Exclude the column, declare it continuous, or use a test for discrete data.");
    }
  }
  if (static_cast<int>(variables.size()) == data.cols()) return compute_moments(data, run);
  return compute_moments(data.select_columns(variables), run);
}

}  // namespace

FisherZ::FisherZ(Moments moments)
    : n_(moments.n), names_(std::move(moments.names)), correlation_(std::move(moments.scatter)) {
  for (Eigen::Index j = 0; j < correlation_.cols(); ++j) {
    const std::string& name = names_[static_cast<std::size_t>(j)];
    if (!std::isfinite(correlation_(j, j))) throw DataError("the variance of '" + name + "' is not finite");
    const double size = std::abs(moments.mean[j]);
    if (correlation_(j, j) < kSmallestScatter && size < 1e-130 && (correlation_(j, j) > 0 || size > 0)) {
      throw DataError("the values of '" + name + "' are too small: their squares underflow", {},
                      "Rescale the column, or exclude it if it is constant.");
    }
    const double rounding = kMeanRounding * size;
    if (!(correlation_(j, j) > static_cast<double>(n_) * rounding * rounding)) {
      throw DataError("column '" + name + "' is constant", {}, "Exclude it: a constant is independent of everything.");
    }
  }
  scale_to_correlation(correlation_);
}

FisherZ::FisherZ(const Dataset& data, const RunOptions& run) : FisherZ(moments_for_fisher_z(data, run)) {}

int FisherZ::max_cond_size() const { return static_cast<int>(std::min<std::int64_t>(variables() - 2, n_ - 4)); }

CiResult FisherZ::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  const int level = static_cast<int>(S.size());
  if (n_ - level - 3 < 1) return degenerate_result();
  std::vector<NodeId> order(S.begin(), S.end());
  order.push_back(std::min(x, y));
  order.push_back(std::max(x, y));
  const auto size = static_cast<Eigen::Index>(order.size());
  Eigen::MatrixXd C(size, size);
  for (Eigen::Index j = 0; j < size; ++j) {
    for (Eigen::Index i = 0; i < size; ++i) {
      C(i, j) = correlation_(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
    }
  }
  const double r = last_pair_partial_correlation(C, 1e-10 * std::max(level, 1));
  return std::isnan(r) ? degenerate_result() : result_of(r, n_, level);
}

void FisherZ::first_separators(NodeId x, std::span<const NodeId> ys, std::span<const NodeId> A, int level, double alpha,
                               const StopSignal& stop, SeparatorSearch& out) const {
  out.reset(ys.size());
  if (n_ - level - 3 < 1) return;
  const double threshold = threshold_r2(alpha, n_, level);
  const auto note = [&](std::size_t i, double tagged_square) {
    out.effect[i] = signed_root(tagged_square);
    out.max_p_value[i] = result_of(out.effect[i], n_, level).p_value;
  };
  if (level == 0) {
    const double* column = correlation_.col(x).data();
    out.tests = static_cast<std::int64_t>(ys.size());
    for (std::size_t i = 0; i < ys.size(); ++i) {
      const double r = column[ys[i]];
      if (r * r <= threshold) {
        out.found.push_back(static_cast<int>(i));
      } else {
        out.effect[i] = r;
        out.max_p_value[i] = result_of(r, n_, 0).p_value;
      }
    }
    return;
  }

  thread_local GaussianSweep sweep;
  const GaussianSweep::Outcome& outcome = sweep.run(correlation_, x, ys, A, level, threshold, stop);
  out.tests = outcome.tests;
  out.degenerate = outcome.degenerate;
  out.degenerate_nodes = outcome.degenerate_nodes;
  std::sort(out.degenerate_nodes.begin(), out.degenerate_nodes.end());
  out.degenerate_nodes.erase(std::unique(out.degenerate_nodes.begin(), out.degenerate_nodes.end()),
                             out.degenerate_nodes.end());

  // Discoveries come in the order of sets; the contract wants the order of candidates.
  std::vector<std::size_t> order(outcome.found.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return outcome.found[a] < outcome.found[b]; });
  const auto size = static_cast<std::size_t>(level);
  for (const std::size_t i : order) {
    out.found.push_back(outcome.found[i]);
    const auto first = outcome.sets.begin() + static_cast<std::ptrdiff_t>(i * size);
    out.sets.insert(out.sets.end(), first, first + level);
    out.p_values.push_back(result_of(signed_root(outcome.found_r2[i]), n_, level).p_value);
  }
  std::vector<bool> separated(ys.size());
  for (const int i : out.found) separated[static_cast<std::size_t>(i)] = true;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (!separated[i] && outcome.smallest_r2[i] < 1) note(i, outcome.smallest_r2[i]);
  }
}

FisherZTestwise::FisherZTestwise(const Dataset& data) {
  const Dataset variables = data.select_columns(data.variable_indices());
  names_ = variables.names();
  values_ = variables.values();
  for (int j = 0; j < variables.cols(); ++j) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::int64_t i = 0; i < variables.rows(); ++i) {
      const double cell = values_(i, j);
      if (std::isnan(cell)) continue;
      low = std::min(low, cell);
      high = std::max(high, cell);
    }
    if (!(low < high))
      throw DataError("column '" + names_[static_cast<std::size_t>(j)] + "' has no two distinct values");
  }
}

CiResult FisherZTestwise::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  std::vector<NodeId> order(S.begin(), S.end());
  order.push_back(std::min(x, y));
  order.push_back(std::max(x, y));
  const auto size = static_cast<Eigen::Index>(order.size());
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < values_.rows(); ++i) {
    const bool complete = std::none_of(order.begin(), order.end(), [&](NodeId v) { return std::isnan(values_(i, v)); });
    if (complete) rows.push_back(i);
  }
  const auto n = static_cast<std::int64_t>(rows.size());
  const int level = static_cast<int>(S.size());
  if (n - level - 3 < 1) return degenerate_result();
  Eigen::MatrixXd X(static_cast<Eigen::Index>(n), size);
  for (Eigen::Index j = 0; j < size; ++j) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      X(static_cast<Eigen::Index>(i), j) = values_(rows[i], order[static_cast<std::size_t>(j)]);
    const double mean = X.col(j).mean();
    X.col(j).array() -= mean;
    const double norm = X.col(j).norm();
    if (!(norm > kMeanRounding * std::abs(mean) * std::sqrt(static_cast<double>(n)))) return degenerate_result();
    X.col(j) /= norm;
  }
  Eigen::MatrixXd C = X.transpose() * X;
  const double r = last_pair_partial_correlation(C, 1e-10 * std::max(level, 1));
  return std::isnan(r) ? degenerate_result() : result_of(r, n, level);
}

}  // namespace causal::discovery
