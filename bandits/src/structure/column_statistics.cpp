#include "causal/bandits/structure/column_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "causal/run/error.hpp"
#include "small_matrix.hpp"
#include "state_io.hpp"

namespace causal::bandits {

void ColumnStatistics::add(std::span<const double> x, double y) {
  const Eigen::Map<const Eigen::VectorXd> row(x.data(), static_cast<Eigen::Index>(x.size()));
  gram_.noalias() += row * row.transpose();
  cross_ += y * row;
  squares_ += y * y;
  ++count_;
}

ColumnStatistics ColumnStatistics::without(const ColumnStatistics& part) const {
  if (part.n() != n() || part.count_ > count_) {
    throw InvalidArgument("ColumnStatistics::without", "part", std::to_string(part.count_) + " rows",
                          "be some of the rows of the same nodes");
  }
  ColumnStatistics rest(n());
  rest.gram_ = gram_ - part.gram_;
  rest.cross_ = cross_ - part.cross_;
  rest.squares_ = squares_ - part.squares_;
  rest.count_ = count_ - part.count_;
  return rest;
}

void ColumnStatistics::reset() {
  gram_.setZero();
  cross_.setZero();
  squares_ = 0;
  count_ = 0;
}

void ColumnStatistics::save(std::ostream& out) const {
  write_matrix(out, gram_);
  write_matrix(out, cross_);
  write_value(out, squares_);
  write_value(out, count_);
}

void ColumnStatistics::load(std::istream& in) {
  read_matrix(in, gram_);
  read_matrix(in, cross_);
  read_value(in, squares_);
  read_value(in, count_);
}

ArmStatistics::ArmStatistics(std::array<Eigen::VectorXd, 2> offsets) : offsets_(std::move(offsets)) {
  if (offsets_[0].size() == 0 || offsets_[0].size() != offsets_[1].size() || !offsets_[0].allFinite() ||
      !offsets_[1].allFinite()) {
    throw InvalidArgument("ArmStatistics: offsets must be finite, as many for bit 1 as for bit 0, and at least one");
  }
  columns_.assign(static_cast<std::size_t>(2 * n()), ColumnStatistics(n()));
}

void ArmStatistics::add(const Action& action, std::span<const double> row, std::span<const char> wanted) {
  require_action("ArmStatistics::add", action, n());
  if (row.size() != action.size()) {
    throw InvalidArgument("ArmStatistics::add", "row", std::to_string(row.size()) + " cells", "have one a node");
  }
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (std::isfinite(row[j])) continue;
    throw InvalidArgument("ArmStatistics::add", "value of node " + std::to_string(j), std::to_string(row[j]),
                          "be finite");
  }
  for (int j = 0; j < n(); ++j) {
    if (!wanted.empty() && wanted[static_cast<std::size_t>(j)] == 0) continue;
    const int bit = action[static_cast<std::size_t>(j)];
    columns_[static_cast<std::size_t>(2 * j + bit)].add(row, row[static_cast<std::size_t>(j)] - offsets(bit)(j));
  }
}

void ArmStatistics::save(std::ostream& out) const {
  for (const ColumnStatistics& column : columns_) column.save(out);
}

void ArmStatistics::load(std::istream& in) {
  for (ColumnStatistics& column : columns_) column.load(in);
}

ColumnFit fit_column(const ColumnStatistics& statistics, std::vector<int> parents, const ColumnFitOptions& options) {
  validate(options, "fit_column");
  const auto k = static_cast<Eigen::Index>(parents.size());
  ColumnFit fit;
  fit.rows = statistics.count();
  Eigen::MatrixXd gram(k, k);
  Eigen::VectorXd cross(k);
  for (Eigen::Index a = 0; a < k; ++a) {
    const int p = parents[static_cast<std::size_t>(a)];
    if (p < 0 || p >= statistics.n()) throw InvalidArgument("fit_column", "parent", std::to_string(p), "be a node");
    cross(a) = statistics.cross()(p);
    for (Eigen::Index b = 0; b < k; ++b) gram(a, b) = statistics.gram()(p, parents[static_cast<std::size_t>(b)]);
  }
  fit.parents = std::move(parents);

  const bool has_prior = std::isfinite(options.prior_sd);
  double variance = options.noise_sd * options.noise_sd;
  const auto solve = [&](double noise_variance) {
    Eigen::MatrixXd factor = gram;
    for (Eigen::Index a = 0; has_prior && a < k; ++a) {
      factor(a, a) += noise_variance / (options.prior_sd * options.prior_sd);
    }
    if (!cholesky_in_place(factor, 1e-11)) {
      fit.ridged = true;
      const double mean_square = gram.trace() / static_cast<double>(k);
      factor = gram;
      factor.diagonal().array() += mean_square > 0 ? 1e-8 * mean_square : 1.0;
      CAUSAL_ASSERT(cholesky_in_place(factor));
    }
    fit.weights = cross;
    solve_lower(factor, fit.weights);
    solve_lower_transposed(factor, fit.weights);
    fit.covariance = inverse_from_cholesky(factor) * noise_variance;
    fit.residual_squares = std::max(
        0.0, statistics.squares() - 2 * fit.weights.dot(cross) + fit.weights.dot(Eigen::VectorXd(gram * fit.weights)));
  };
  if (variance == 0) {
    // The prior needs the variance it is to be weighed against: first without it, unless that is impossible.
    const std::int64_t dof = fit.rows - static_cast<std::int64_t>(k);
    solve(has_prior ? 1e-6 : 1.0);
    variance = dof > 0 ? fit.residual_squares / static_cast<double>(dof) : 0.0;
    if (!(variance > 0)) {
      fit.status = Status::Degenerate;
      variance = 1;
    }
  }
  fit.ridged = false;
  solve(variance);
  fit.noise_variance = variance;
  if (k > 0) fit.largest_eigenvalue = eigenvalue_range(fit.covariance).second;
  return fit;
}

ArmEstimates fit_arms(const ArmStatistics& statistics, const std::array<Eigen::MatrixXi, 2>& graphs, int reward,
                      const ColumnFitOptions& options) {
  const int n = statistics.n();
  std::array<Eigen::MatrixXd, 2> weights{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)};
  ArmEstimates estimates;
  for (const int bit : {0, 1}) {
    const Eigen::MatrixXi& graph = graphs[static_cast<std::size_t>(bit)];
    if (graph.rows() != n || graph.cols() != n || graph.diagonal().any()) {
      throw InvalidArgument("fit_arms: each graph must be n x n without loops");
    }
    for (int j = 0; j < n; ++j) {
      std::vector<int> parents;
      for (int i = 0; i < n; ++i) {
        if (graph(i, j) != 0) parents.push_back(i);
      }
      ColumnFit fit = fit_column(statistics.column(bit, j), std::move(parents), options);
      for (std::size_t k = 0; k < fit.parents.size(); ++k) {
        weights[static_cast<std::size_t>(bit)](fit.parents[k], j) = fit.weights(static_cast<Eigen::Index>(k));
      }
      estimates.columns[static_cast<std::size_t>(bit)].push_back(std::move(fit));
    }
  }
  estimates.arms = LinearArms(std::move(weights), {statistics.offsets(0), statistics.offsets(1)}, reward);
  return estimates;
}

}  // namespace causal::bandits
