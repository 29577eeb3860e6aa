#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/run/error.hpp"
#include "invariance/deconfound_parts.hpp"

namespace causal::estimation {
namespace {

Eigen::MatrixXd beside(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, Eigen::Index n) {
  Eigen::MatrixXd both(n, a.cols() + b.cols());
  if (a.cols() > 0) both.leftCols(a.cols()) = a;
  both.rightCols(b.cols()) = b;
  return both;
}

Eigen::MatrixXd centred(Eigen::MatrixXd columns) {
  const Eigen::RowVectorXd means = columns.colwise().mean();
  columns.rowwise() -= means;
  return columns;
}

/// Standard errors of d_i' b for the rows d_i and coefficients b with that covariance, and a variance of its own a row.
Eigen::VectorXd row_errors(const Eigen::MatrixXd& rows, const Eigen::MatrixXd& covariance,
                           const Eigen::VectorXd& own_variance) {
  Eigen::VectorXd variance = (rows * covariance).cwiseProduct(rows).rowwise().sum();
  if (own_variance.size() > 0) variance += own_variance;
  return variance.cwiseMax(0).cwiseSqrt();
}

/// Means by group.
struct GroupMeans {
  Eigen::VectorXd size;    // G
  Eigen::MatrixXd values;  // G x columns

  GroupMeans(const Eigen::MatrixXd& columns, const std::vector<int>& groups) {
    const Eigen::Index count = 1 + *std::max_element(groups.begin(), groups.end());
    size = Eigen::VectorXd::Zero(count);
    values = Eigen::MatrixXd::Zero(count, columns.cols());
    for (Eigen::Index i = 0; i < columns.rows(); ++i) {
      const int g = groups[static_cast<std::size_t>(i)];
      size(g) += 1;
      values.row(g) += columns.row(i);
    }
    for (Eigen::Index g = 0; g < count; ++g) {
      if (size(g) > 0) values.row(g) /= size(g);
    }
  }

  [[nodiscard]] Eigen::MatrixXd by_row(const std::vector<int>& groups) const { return values(groups, Eigen::all); }
};

/// Levels of small groups pulled towards the mean level, by how much of their spread is noise. Returns the factor of
/// each group, 1 where nothing was done.
Eigen::VectorXd shrink_levels(const Eigen::VectorXd& size, double variance, const DeconfoundOptions& options,
                              Eigen::VectorXd& levels, Deconfounded& result) {
  Eigen::VectorXd factor = Eigen::VectorXd::Ones(levels.size());
  double mean = 0, count = 0, noise = 0;
  for (Eigen::Index g = 0; g < levels.size(); ++g) {
    if (size(g) == 0) continue;
    mean += levels(g);
    noise += variance / size(g);
    count += 1;
  }
  mean /= count;
  double spread = 0;
  for (Eigen::Index g = 0; g < levels.size(); ++g) {
    if (size(g) > 0) spread += (levels(g) - mean) * (levels(g) - mean);
  }
  // Method of moments: the levels differ by what is real and by the noise in their means.
  const double real = count > 1 ? std::max(0.0, spread / (count - 1) - noise / count) : 0.0;
  double shrunk = 0;
  for (Eigen::Index g = 0; g < levels.size(); ++g) {
    if (size(g) == 0 || size(g) >= options.shrink_below) continue;
    factor(g) = real > 0 ? real / (real + variance / size(g)) : 0.0;
    levels(g) = mean + factor(g) * (levels(g) - mean);
    shrunk += 1;
  }
  result.diagnostics.add("level_variance", real);
  result.diagnostics.add("shrunk_groups", shrunk);
  if (shrunk > 0) {
    result.warnings.push_back(
        fmt::format("the levels of {} groups with fewer than {} rows were shrunk", shrunk, options.shrink_below));
  }
  return factor;
}

void count_groups(const Eigen::VectorXd& size, Deconfounded& result) {
  const auto groups = (size.array() > 0).count();
  const auto singles = (size.array() == 1).count();
  result.diagnostics.add("groups", static_cast<double>(groups));
  result.diagnostics.add("singleton_groups", static_cast<double>(singles));
  if (singles > 0) {
    result.warnings.push_back(fmt::format(
        "{} groups have one row: it says nothing of the slopes, and its adjusted reward is the fitted one", singles));
  }
}

}  // namespace

void deconfound_ols(const DeconfoundData& data, const DeconfoundOptions& options, Deconfounded& result) {
  const Eigen::Index q = data.confounders.count();
  const Eigen::VectorXd reward = data.reward.array() - data.reward.mean();
  const JointFit joint =
      fit_jointly(data, options, centred(beside(data.confounders.values, data.features.values, data.n())), reward, 1);
  if (!take_coefficients(data, options, joint, data.n(), result)) return;
  const Eigen::MatrixXd confounders = joint.columns.leftCols(q);
  apply_adjustment(data, confounders * joint.fit.coefficients.head(q), result);
  result.adjustment_error = row_errors(confounders, joint.covariance.topLeftCorner(q, q), {});
}

// With b and c the slopes of features and confounders, the level of group g is mean_g(r) - mean_g(x)'b - mean_g(c)'c.
// Less its mean over rows, level plus confounders is
//   (mean_g(r) - mean(r)) - (mean_g(x) - mean(x))'b + (c_i - mean_g(c))'c,
// whose error is that of the group's mean of e and, independent of it within groups, that of the slopes.
void deconfound_fixed_effects(const DeconfoundData& data, const DeconfoundOptions& options, Deconfounded& result) {
  const Eigen::Index q = data.confounders.count();
  const Eigen::Index p = data.features.count();
  const auto n = static_cast<double>(data.n());
  const Eigen::MatrixXd columns = beside(data.confounders.values, data.features.values, data.n());
  const GroupMeans means(columns, data.groups);
  const GroupMeans reward_means(data.reward, data.groups);
  count_groups(means.size, result);
  const auto groups = static_cast<double>((means.size.array() > 0).count());
  Eigen::MatrixXd within = columns - means.by_row(data.groups);
  // What rounding leaves of a column without variation inside groups is no variation.
  for (Eigen::Index j = 0; j < within.cols(); ++j) {
    const double length = (columns.col(j).array() - columns.col(j).mean()).matrix().norm();
    if (within.col(j).norm() <= 1e-9 * length) within.col(j).setZero();
  }
  const Eigen::VectorXd reward = data.reward - reward_means.by_row(data.groups).col(0);
  const JointFit joint = fit_jointly(data, options, within, reward, groups);
  const auto singles = static_cast<std::int64_t>((means.size.array() == 1).count());
  if (!take_coefficients(data, options, joint, data.n() - singles, result)) return;

  const Eigen::VectorXd& slopes = joint.fit.coefficients;
  Eigen::VectorXd levels = reward_means.values.col(0) - means.values * slopes;
  Eigen::VectorXd factor = Eigen::VectorXd::Ones(levels.size());
  if (options.shrink_groups) factor = shrink_levels(means.size, joint.variance, options, levels, result);
  Eigen::VectorXd confounded = levels(data.groups);
  if (q > 0) confounded += data.confounders.values * slopes.head(q);
  apply_adjustment(data, confounded, result);

  Eigen::MatrixXd directions(data.n(), q + p);
  directions.leftCols(q) = within.leftCols(q);
  const Eigen::RowVectorXd overall = data.features.values.colwise().mean();
  directions.rightCols(p) = -(means.by_row(data.groups).rightCols(p).rowwise() - overall);
  Eigen::VectorXd own(data.n());
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const int g = data.groups[static_cast<std::size_t>(i)];
    own(i) = std::max(0.0, joint.variance * (factor(g) / means.size(g) - 1 / n));
  }
  result.adjustment_error = row_errors(directions, joint.covariance, own);
}

void deconfound_dml(const DeconfoundData& data, const DeconfoundOptions& options, const Learner& learner,
                    Deconfounded& result) {
  const Eigen::Index p = data.features.count();
  const auto n = static_cast<double>(data.n());
  const Folds folds = make_folds(data.n(), options.folds, {}, {}, options.run.seed);
  const auto predicted = [&](const Eigen::VectorXd& y, std::uint32_t stream) {
    CrossFitted fitted = cross_fit(learner, data.confounders.values, y, Eigen::VectorXd(), {}, folds,
                                   {.seed = options.run.seed, .stream = stream, .threads = options.run.threads});
    for (const std::string& warning : fitted.warnings) {
      if (std::find(result.warnings.begin(), result.warnings.end(), warning) == result.warnings.end()) {
        result.warnings.push_back(warning);
      }
    }
    return fitted.prediction;
  };
  const Eigen::VectorXd reward_given = predicted(data.reward, 0);
  Eigen::MatrixXd features_given(data.n(), p);
  for (Eigen::Index j = 0; j < p; ++j) {
    features_given.col(j) = predicted(data.features.values.col(j), static_cast<std::uint32_t>(j + 1));
  }
  const Eigen::VectorXd u = data.reward - reward_given;
  const Eigen::MatrixXd v = data.features.values - features_given;
  const auto r2 = [](const Eigen::VectorXd& y, const Eigen::VectorXd& residual) {
    return 1 - residual.squaredNorm() / (y.array() - y.mean()).matrix().squaredNorm();
  };
  result.diagnostics.add("r2_reward", r2(data.reward, u));
  for (Eigen::Index j = 0; j < p; ++j) {
    result.diagnostics.add("r2_" + data.features.names[static_cast<std::size_t>(j)],
                           r2(data.features.values.col(j), v.col(j)));
  }

  bool flat = false;
  for (Eigen::Index j = 0; j < p; ++j) {
    flat = flat || v.col(j).norm() <= 1e-9 * centred(data.features.values).col(j).norm();
  }
  flat = flat || !independent_columns(v).aliased.empty();
  const LeastSquaresFit fit = flat ? LeastSquaresFit{} : least_squares(v, u);
  for (Eigen::Index j = 0; j < p; ++j) {
    const std::string& name = data.features.names[static_cast<std::size_t>(j)];
    if (flat) {
      result.coefficients.push_back(degenerate_estimate(
          "deconfound_dml", name, data.n(), "the confounders leave the features no variation of their own"));
      continue;
    }
    const Eigen::VectorXd direction = v * fit.bread.col(j);
    result.coefficients.push_back(from_influence("deconfound_dml", name, fit.coefficients(j),
                                                 n * direction.cwiseProduct(fit.residuals), options.level));
  }
  if (flat) {
    result.status = Status::Degenerate;
    result.warnings.push_back(result.coefficients.front().warnings.front());
    return;
  }
  apply_adjustment(data, reward_given - features_given * fit.coefficients, result);
  Eigen::MatrixXd influence(data.n(), p);
  for (Eigen::Index j = 0; j < p; ++j) {
    influence.col(j) = result.coefficients[static_cast<std::size_t>(j)].influence;
  }
  const Eigen::MatrixXd covariance = influence.transpose() * influence / (n * n);
  result.adjustment_error = row_errors(centred(features_given), covariance, {});
}

}  // namespace causal::estimation
