#include "causal/estimation/effect/matching.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "causal/estimation/effect/balance.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "effect/kd_tree.hpp"
#include "effect/select_rows.hpp"
#include "effect/two_arms.hpp"

namespace causal::estimation {
namespace {

void check_call(const EffectData& data, const MatchingOptions& options) {
  validate(options, "matching");
  require_two_arms(data, "matching");
  require_outcomes(data, "matching");
  if (options.estimand == Estimand::Overlap) {
    throw InvalidArgument("matching", "estimand", "overlap", "be att, atc or ate (ipw takes overlap)");
  }
  if (options.estimand == Estimand::Ate && !options.replacement) {
    throw InvalidArgument("matching", "replacement", "false", "be true for the ate");
  }
  if (data.weights.size() != 0) {
    throw DataError("matching takes no row weights", {}, "Leave them out, or take ipw or aipw.");
  }
  if (options.distance == MatchingDistance::Mahalanobis && data.covariates.count() == 0) {
    throw DataError("matching by Mahalanobis distance needs a covariate");
  }
}

/// Rows of the two arms only.
EffectData both_arms(const EffectData& data) {
  if (data.arm_levels.size() == 2) return data;
  std::vector<int> rows;
  for (std::size_t i = 0; i < data.arms.size(); ++i) {
    if (data.arms[i] == data.treated || data.arms[i] == data.control) rows.push_back(static_cast<int>(i));
  }
  return select_rows(data, rows);
}

/// Points (d x n) whose Euclidean distance is the one asked for.
Eigen::MatrixXd whitened_covariates(const EffectData& data, std::vector<std::string>& warnings) {
  const IndependentColumns columns = independent_columns(with_intercept(data.covariates.values));
  std::vector<int> kept;
  for (const int column : columns.kept) {
    if (column > 0) kept.push_back(column - 1);
  }
  if (!columns.aliased.empty()) {
    std::string names;
    for (const int column : columns.aliased) {
      names += (names.empty() ? "'" : ", '") + data.covariates.names[static_cast<std::size_t>(column - 1)] + "'";
    }
    warnings.push_back(
        fmt::format("{} of {} covariates do not enter the distance, being linear functions of others: {}",
                    columns.aliased.size(), data.covariates.count(), names));
  }
  if (kept.empty()) return Eigen::MatrixXd::Zero(1, data.n());
  Eigen::MatrixXd X = data.covariates.values(Eigen::all, kept);
  const Eigen::RowVectorXd mean = X.colwise().mean();
  X.rowwise() -= mean;
  const Eigen::MatrixXd covariance = X.transpose() * X / static_cast<double>(data.n() - 1);
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  return factor.matrixL().solve(X.transpose());
}

Eigen::MatrixXd scaled_log_odds(const Nuisances& nuisances) {
  const Eigen::ArrayXd e =
      nuisances.propensity_treated.array() / (nuisances.propensity_treated + nuisances.propensity_control).array();
  const Eigen::ArrayXd log_odds = (e / (1 - e)).log();
  const Eigen::ArrayXd centred = log_odds - log_odds.mean();
  const double sd = std::sqrt(centred.square().sum() / static_cast<double>(e.size() - 1));
  return (sd > 0 ? Eigen::ArrayXd(centred / sd) : centred).matrix().transpose();
}

/// Who is matched with whom: for every row its matches with weights that sum to 1; empty when it is not matched.
struct Match {
  int row = 0;
  double weight = 0;
};
using Matches = std::vector<std::vector<Match>>;

KdTree tree_of(const Eigen::MatrixXd& points, const std::vector<int>& rows) {
  return {Eigen::MatrixXd(points(Eigen::all, rows)), rows};
}

/// The first matches - 1 count one place each; those that tie at the last distance share what places are left.
std::vector<Match> shared_places(const std::vector<Neighbour>& found, int matches) {
  std::vector<Match> result;
  if (found.empty()) return result;
  const double last = found.back().distance;
  std::size_t nearer = 0;
  while (nearer < found.size() && found[nearer].distance < last * (1 - 1e-9)) ++nearer;
  const auto places = std::min<double>(matches, static_cast<double>(found.size()));
  const double left = places - static_cast<double>(nearer);
  for (std::size_t k = 0; k < found.size(); ++k) {
    const double share = k < nearer ? 1 : left / static_cast<double>(found.size() - nearer);
    result.push_back({found[k].row, share / places});
  }
  return result;
}

void match_rows(const Eigen::MatrixXd& points, const std::vector<int>& rows, KdTree& others,
                const MatchingOptions& options, Matches& matches) {
  if (options.replacement) {
    parallel_for(
        std::ssize(rows), options.run.threads,
        [&](std::int64_t k) {
          const int row = rows[static_cast<std::size_t>(k)];
          matches[static_cast<std::size_t>(row)] =
              shared_places(others.nearest(points.col(row), options.matches, options.caliper), options.matches);
        },
        16);
    return;
  }
  for (const int row : rows) {
    std::vector<Neighbour> found = others.nearest(points.col(row), options.matches, options.caliper);
    if (std::ssize(found) > options.matches) found.resize(static_cast<std::size_t>(options.matches));
    for (const Neighbour& neighbour : found) {
      matches[static_cast<std::size_t>(row)].push_back({neighbour.row, 1 / static_cast<double>(found.size())});
      others.remove(neighbour.row);
    }
  }
}

/// Error variance of each row from its nearest neighbours in its own arm: J / (J + 1) (y - their mean)^2.
Eigen::VectorXd error_variances(const EffectData& data, const Eigen::MatrixXd& points, const std::vector<int>& rows,
                                const KdTree& own, const MatchingOptions& options, Eigen::VectorXd variances) {
  parallel_for(
      std::ssize(rows), options.run.threads,
      [&](std::int64_t k) {
        const int row = rows[static_cast<std::size_t>(k)];
        const std::vector<Neighbour> found =
            own.nearest(points.col(row), options.variance_neighbours, std::numeric_limits<double>::infinity(), row);
        double sum = 0;
        for (const Neighbour& neighbour : found) sum += data.outcome(neighbour.row);
        const auto count = static_cast<double>(found.size());
        const double gap = data.outcome(row) - sum / count;
        variances(row) = count / (count + 1) * gap * gap;
      },
      16);
  return variances;
}

/// Outcome means in an arm by least squares on the covariates, for all rows.
Eigen::VectorXd arm_means(const EffectData& data, const std::vector<int>& rows) {
  const Eigen::MatrixXd design = with_intercept(data.covariates.values);
  const LeastSquaresFit fit = least_squares(Eigen::MatrixXd(design(rows, Eigen::all)), data.outcome(rows));
  return design * fit.coefficients;
}

/// Everything about one run; arms[1] are the treated.
struct Run {
  const EffectData& data;
  const MatchingOptions& options;
  Eigen::MatrixXd points;
  std::vector<int> arms[2];
  Matches matches;

  [[nodiscard]] bool wants(int arm) const {
    return options.estimand == Estimand::Ate || (options.estimand == Estimand::Att) == (arm == 1);
  }
};

/// Contrasts (treated minus control) of the matched rows, and how often rows are used: K = sum of weights, K' = sum of
/// squared weights.
struct Contrasts {
  std::vector<int> rows;
  Eigen::VectorXd value;
  Eigen::VectorXd used, used_squared;
  std::int64_t unmatched = 0;
};

Contrasts contrasts_of(const Run& run) {
  const Eigen::Index n = run.data.n();
  Contrasts result{{}, Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n), 0};
  for (const int arm : {0, 1}) {
    if (!run.wants(arm)) continue;
    const Eigen::VectorXd correction = run.options.bias_correction ? arm_means(run.data, run.arms[1 - arm])
                                                                   : Eigen::VectorXd(Eigen::VectorXd::Zero(n));
    for (const int row : run.arms[arm]) {
      const std::vector<Match>& matches = run.matches[static_cast<std::size_t>(row)];
      if (matches.empty()) {
        ++result.unmatched;
        continue;
      }
      double other = correction(row);
      for (const Match& match : matches) {
        other += match.weight * (run.data.outcome(match.row) - correction(match.row));
        result.used(match.row) += match.weight;
        result.used_squared(match.row) += match.weight * match.weight;
      }
      result.value(row) = arm == 1 ? run.data.outcome(row) - other : other - run.data.outcome(row);
      result.rows.push_back(row);
    }
  }
  return result;
}

/// n^2 Var = sum over matched rows (contrast - tau)^2 + sum over all rows c_i sigma_i^2 with c = K^2 + 2 K - K' for
/// rows that are themselves matched and c = K^2 - K' for others. With weights 1 / M these are the formulas of the
/// paper.
double standard_error(const Contrasts& contrasts, const Eigen::VectorXd& variances, double tau) {
  std::vector<char> is_matched(static_cast<std::size_t>(variances.size()), 0);
  double sum = 0;
  for (const int row : contrasts.rows) {
    is_matched[static_cast<std::size_t>(row)] = 1;
    sum += (contrasts.value(row) - tau) * (contrasts.value(row) - tau);
  }
  for (Eigen::Index i = 0; i < variances.size(); ++i) {
    const double K = contrasts.used(i);
    const double cross = is_matched[static_cast<std::size_t>(i)] != 0 ? 2 * K : 0;
    sum += (K * K + cross - contrasts.used_squared(i)) * variances(i);
  }
  return std::sqrt(std::max(sum, 0.0)) / static_cast<double>(contrasts.rows.size());
}

void check_arm_sizes(const Run& run) {
  for (const int arm : {0, 1}) {
    const auto rows = std::ssize(run.arms[arm]);
    // A row's error variance needs a neighbour in its own arm.
    std::ptrdiff_t needed = std::max(2, run.options.variance_neighbours + 1);
    if (run.wants(1 - arm)) {
      const std::ptrdiff_t per_row = run.options.matches;
      needed = std::max(needed, run.options.replacement ? per_row : per_row * std::ssize(run.arms[1 - arm]));
    }
    if (rows >= needed) continue;
    throw DataError(
        fmt::format("matching needs {} rows with {} = {}; there are {}", needed, run.data.treatment_name,
                    run.data.arm_levels[static_cast<std::size_t>(arm == 1 ? run.data.treated : run.data.control)],
                    rows),
        {}, "Take fewer matches, or matching with replacement.");
  }
}

void describe(Estimate& estimate, const Run& run, const Contrasts& contrasts) {
  Eigen::VectorXd weights = contrasts.used;
  for (const int row : contrasts.rows) weights(row) += 1;
  describe_weights(estimate.diagnostics, run.data, weights);
  estimate.diagnostics.add("matched_rows", static_cast<double>(contrasts.rows.size()));
  estimate.diagnostics.add("unmatched_rows", static_cast<double>(contrasts.unmatched));
  estimate.diagnostics.add("most_used", contrasts.used.maxCoeff());
  if (contrasts.unmatched > 0) {
    estimate.warnings.push_back(
        fmt::format("{} of {} rows have no match and were left out: the effect is of the others", contrasts.unmatched,
                    contrasts.unmatched + std::ssize(contrasts.rows)));
  }
  if (!run.data.clusters.empty()) {
    estimate.warnings.emplace_back("the standard error of matching takes rows as independent: clusters are not used");
  }
}

}  // namespace

Estimate matching(const EffectData& given, const MatchingOptions& options) {
  check_call(given, options);
  const EffectData data = both_arms(given);
  const std::string estimand(enum_name(options.estimand));
  std::vector<std::string> warnings;
  Nuisances nuisances;
  Run run{data, options, {}, {}, Matches(static_cast<std::size_t>(data.n()))};
  if (options.distance == MatchingDistance::Propensity) {
    nuisances = fit_nuisances(data, options.nuisances, options.run, {.propensity = true, .outcome = false});
    if (const auto reason = overlap_failure(data, nuisances)) {
      return degenerate_estimate("matching", estimand, given.n(), *reason);
    }
    warnings = nuisances.warnings;
    run.points = scaled_log_odds(nuisances);
  } else {
    run.points = whitened_covariates(data, warnings);
  }
  for (int i = 0; i < static_cast<int>(data.n()); ++i) {
    run.arms[data.arms[static_cast<std::size_t>(i)] == data.treated ? 1 : 0].push_back(i);
  }
  check_arm_sizes(run);
  KdTree trees[2] = {tree_of(run.points, run.arms[0]), tree_of(run.points, run.arms[1])};
  Eigen::VectorXd variances = Eigen::VectorXd::Zero(data.n());
  for (const int arm : {0, 1}) {
    variances = error_variances(data, run.points, run.arms[arm], trees[arm], options, std::move(variances));
  }
  for (const int arm : {0, 1}) {
    if (run.wants(arm)) match_rows(run.points, run.arms[arm], trees[1 - arm], options, run.matches);
  }
  const Contrasts contrasts = contrasts_of(run);
  if (contrasts.rows.empty()) {
    return degenerate_estimate("matching", estimand, given.n(),
                               fmt::format("no row has a match within {} standard deviations", options.caliper));
  }
  Estimate estimate;
  estimate.method = "matching";
  estimate.estimand = estimand;
  estimate.value = contrasts.value.sum() / static_cast<double>(contrasts.rows.size());
  estimate.std_error = standard_error(contrasts, variances, estimate.value);
  estimate.level = options.level;
  estimate.n = given.n();
  estimate.n_used = (contrasts.used.array() > 0).count();
  for (const int row : contrasts.rows) estimate.n_used += contrasts.used(row) > 0 ? 0 : 1;
  estimate.warnings = std::move(warnings);
  set_interval(estimate);
  if (options.distance == MatchingDistance::Propensity) describe_nuisances(estimate.diagnostics, data, nuisances);
  describe(estimate, run, contrasts);
  return estimate;
}

}  // namespace causal::estimation
