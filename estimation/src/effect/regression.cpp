#include "causal/estimation/effect/regression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "causal/estimation/effect/balance.hpp"
#include "effect/outcome_design.hpp"

namespace causal::estimation {
namespace {

/// 1 - residual over total sum of squares.
double r_squared(const EffectData& data, const LeastSquaresFit& fit) {
  const Eigen::VectorXd w = data.row_weights();
  const double mean = w.dot(data.outcome) / w.sum();
  const double total = w.dot((data.outcome.array() - mean).square().matrix());
  return total > 0 ? 1 - w.dot(fit.residuals.cwiseAbs2()) / total : 0;
}

void describe(Estimate& estimate, const EffectData& data, const LeastSquaresFit& fit, const OutcomeDesign& design) {
  estimate.diagnostics.add("r_squared", r_squared(data, fit));
  estimate.diagnostics.add("coefficients", static_cast<double>(fit.columns.kept.size()));
  estimate.diagnostics.add("aliased_columns", static_cast<double>(fit.columns.aliased.size()));
  std::string warning = aliased_warning(fit.columns, design.names());
  if (!warning.empty()) estimate.warnings.push_back(std::move(warning));
  if (!data.arms.empty()) estimate.diagnostics.balance = covariate_balance(data, data.row_weights());
}

}  // namespace

Estimate regression(const EffectData& data, const RegressionOptions& options) {
  validate(options, "regression");
  require_outcomes(data, "regression");
  const Eigen::VectorXd population =
      population_of(data, options.estimand, "regression").cwiseProduct(data.row_weights());
  const OutcomeDesign design(data, options.modifiers, {options.control_value, options.treated_value}, "regression");
  const std::string estimand(enum_name(options.estimand));
  const Eigen::MatrixXd X = design.observed();
  const LeastSquaresFit fit = least_squares(X, data.outcome, data.weights);
  const std::vector<int>& aliased = fit.columns.aliased;
  if (std::find(aliased.begin(), aliased.end(), design.compared_column()) != aliased.end()) {
    return degenerate_estimate(
        "regression", estimand, data.n(),
        fmt::format("treatment '{}' is a linear function of the covariates", data.treatment_name));
  }
  const Eigen::VectorXd a =
      (design.were_all(true) - design.were_all(false)).transpose() * population / population.sum();
  if (const auto column = undetermined_column(X, data.weights, fit.columns, fit.bread, a, design.names())) {
    return degenerate_estimate("regression", estimand, data.n(),
                               fmt::format("the data do not determine the coefficient of '{}'", *column));
  }
  if (!(fit.dof > 0)) {
    return degenerate_estimate("regression", estimand, data.n(), "the regression has as many coefficients as rows");
  }
  const bool clustered = !data.clusters.empty();
  const CovarianceKind kind = clustered ? CovarianceKind::Cluster : options.covariance;
  const Eigen::MatrixXd covariance = coefficient_covariance(fit, kind, X, data.weights, data.clusters);
  Estimate estimate;
  estimate.method = "regression";
  estimate.estimand = estimand;
  estimate.value = a.dot(fit.coefficients);
  estimate.std_error = std::sqrt(a.dot(covariance * a));
  estimate.level = options.level;
  estimate.dof = clustered ? *std::max_element(data.clusters.begin(), data.clusters.end()) : fit.dof;
  estimate.n = estimate.n_used = data.n();
  estimate.influence = static_cast<double>(data.n()) *
                       (X * (fit.bread * a)).cwiseProduct(fit.residuals).cwiseProduct(data.row_weights());
  set_interval(estimate);
  describe(estimate, data, fit, design);
  if (clustered && options.covariance == CovarianceKind::Classic) {
    estimate.warnings.emplace_back("the data have clusters: standard errors are by cluster, not classic");
  }
  return estimate;
}

}  // namespace causal::estimation
