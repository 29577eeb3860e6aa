#include "causal/estimation/effect/iv.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"
#include "effect/dose.hpp"
#include "effect/partialled_out.hpp"

namespace causal::estimation {
namespace {

FirstStage first_stage_of(const PartialledOut& problem, CovarianceKind kind, std::span<const int> clusters) {
  FirstStage stage;
  const Eigen::MatrixXd& Q = problem.instruments;
  const Eigen::VectorXd d = problem.D.col(0);
  const Eigen::VectorXd pi = Q.transpose() * d;
  const Eigen::VectorXd left = d - Q * pi;
  const auto q = static_cast<double>(Q.cols());
  stage.instruments = static_cast<int>(Q.cols());
  stage.dof = problem.rows - problem.exogenous - q;
  const double variance = left.squaredNorm() / stage.dof;
  stage.f = pi.squaredNorm() / (q * variance);
  Eigen::MatrixXd covariance = variance * Eigen::MatrixXd::Identity(Q.cols(), Q.cols());
  if (kind != CovarianceKind::Classic) {
    covariance = score_products(left.asDiagonal() * Q, kind, clusters, problem.rows, stage.dof);
  }
  stage.robust_f = pi.dot(covariance.partialPivLu().solve(pi)) / q;
  stage.effective_f = pi.squaredNorm() / covariance.trace();
  return stage;
}

bool has_two_values(const Eigen::Ref<const Eigen::VectorXd>& z) {
  const double low = z.minCoeff();
  const double high = z.maxCoeff();
  return low < high && std::all_of(z.begin(), z.end(), [&](double value) { return value == low || value == high; });
}

std::string estimand_of(const EffectData& data) {
  const bool late = has_two_levels(data) && data.instruments.count() == 1 && data.covariates.count() == 0 &&
                    has_two_values(data.instruments.values.col(0));
  return late ? "late" : "slope";
}

void add_first_stage(const FirstStage& stage, Estimate& estimate) {
  estimate.diagnostics.add("first_stage_f", stage.f);
  estimate.diagnostics.add("first_stage_robust_f", stage.robust_f);
  estimate.diagnostics.add("effective_f", stage.effective_f);
  estimate.diagnostics.add("instruments_used", stage.instruments);
  // Perfect compliance: the instrument is the treatment, and F has no error to divide by.
  if (!(stage.f >= 10) && !std::isnan(stage.f)) {
    estimate.warnings.push_back(
        fmt::format("weak instruments: the first-stage F is {:.3g}, below 10, so value and interval may be far off; "
                    "take the Anderson-Rubin set",
                    stage.f));
  }
}

void add_fit(const EffectData& data, const InstrumentalFit& fit, const IvOptions& options, Estimate& estimate) {
  if (options.estimator == IvEstimator::Liml) estimate.diagnostics.add("kappa", fit.kappa);
  if (fit.overidentification_dof > 0) {
    estimate.diagnostics.add("overidentification", fit.overidentification);
    estimate.diagnostics.add("overidentification_dof", fit.overidentification_dof);
    estimate.diagnostics.add("overidentification_p",
                             chi_square_upper_p(std::max(0.0, fit.overidentification), fit.overidentification_dof));
  }
  for (const int j : fit.aliased_instruments) {
    estimate.warnings.push_back(fmt::format("instrument '{}' was left out: it is a linear function of others",
                                            data.instruments.names[static_cast<std::size_t>(j)]));
  }
}

Estimate iv_by_regression(const EffectData& data, const Eigen::VectorXd& dose, CovarianceKind kind,
                          const IvOptions& options) {
  const InstrumentalFit fit =
      instrumental_regression(data.outcome, dose, with_intercept(data.covariates.values), data.instruments.values,
                              options.estimator, kind, data.weights, data.clusters);
  if (fit.status != Status::Ok) {
    return degenerate_estimate(
        "iv", estimand_of(data), data.n(),
        fmt::format("beside the covariates the instruments do not move treatment '{}'", data.treatment_name));
  }
  Estimate estimate =
      from_influence("iv", estimand_of(data), fit.endogenous(0), fit.influence.col(0), options.level, data.clusters);
  estimate.std_error = std::sqrt(fit.covariance(0, 0));
  estimate.dof = fit.dof;
  if (!data.clusters.empty()) {
    estimate.dof = *std::max_element(data.clusters.begin(), data.clusters.end());
  }
  set_interval(estimate);
  add_fit(data, fit, options, estimate);
  return estimate;
}

void require_wald_data(const EffectData& data) {
  if (data.covariates.count() > 0 || data.instruments.count() != 1) {
    throw DataError(fmt::format("the Wald ratio takes one instrument and no covariates, not {} and {}",
                                data.instruments.count(), data.covariates.count()),
                    {}, "Take two_stage, or iivm for flexible adjustment.");
  }
  if (!has_two_values(data.instruments.values.col(0))) {
    throw DataError(fmt::format("the Wald ratio takes an instrument with two values, which '{}' has not",
                                data.instruments.names.front()));
  }
}

/// Difference between the means of y where z is 1 and 0, and its influence values.
Estimate mean_difference(const Eigen::VectorXd& y, const Eigen::VectorXd& z, const Eigen::VectorXd& weights,
                         double level) {
  const Eigen::VectorXd in = weights.cwiseProduct(z);
  const Eigen::VectorXd out = weights - in;
  const double n = static_cast<double>(y.size());
  const double mean1 = in.dot(y) / in.sum();
  const double mean0 = out.dot(y) / out.sum();
  const Eigen::ArrayXd influence =
      in.array() * (y.array() - mean1) * (n / in.sum()) - out.array() * (y.array() - mean0) * (n / out.sum());
  return from_influence("iv", "late", mean1 - mean0, influence, level);
}

Estimate wald(const EffectData& data, const Eigen::VectorXd& dose, const IvOptions& options) {
  require_wald_data(data);
  const Eigen::VectorXd values = data.instruments.values.col(0);
  const double high = values.maxCoeff();
  const Eigen::VectorXd z = values.unaryExpr([high](double value) { return value == high ? 1.0 : 0.0; });
  const Eigen::VectorXd weights = data.row_weights();
  const Estimate on_outcome = mean_difference(data.outcome, z, weights, options.level);
  const Estimate on_treatment = mean_difference(dose, z, weights, options.level);
  if (!(std::abs(on_treatment.value) > 1e-12 * (dose.maxCoeff() - dose.minCoeff()))) {
    return degenerate_estimate("iv", estimand_of(data), data.n(),
                               fmt::format("instrument '{}' does not move treatment '{}'",
                                           data.instruments.names.front(), data.treatment_name));
  }
  Estimate estimate = ratio(on_outcome, on_treatment, data.clusters);
  estimate.estimand = estimand_of(data);
  estimate.diagnostics.add("effect_on_outcome", on_outcome.value);
  estimate.diagnostics.add("effect_on_treatment", on_treatment.value);
  return estimate;
}

}  // namespace

FirstStage first_stage(const EffectData& data, CovarianceKind covariance) {
  const CovarianceKind kind = instrumental_covariance(covariance, data.clusters, "first_stage");
  return first_stage_of(partial_out(data, dose_values(data, "first_stage")), kind, data.clusters);
}

Estimate iv(const EffectData& data, const IvOptions& options) {
  validate(options, "iv");
  require_outcomes(data, "iv");
  if (data.instruments.count() == 0) {
    throw DataError("iv needs at least one instrument", {}, "Without one take regression, aipw or plr.");
  }
  const CovarianceKind kind = instrumental_covariance(options.covariance, data.clusters, "iv");
  const Eigen::VectorXd dose = dose_values(data, "iv");
  Estimate estimate =
      options.estimator == IvEstimator::Wald ? wald(data, dose, options) : iv_by_regression(data, dose, kind, options);
  estimate.level = options.level;
  if (estimate.status == Status::Ok) add_first_stage(first_stage(data, kind), estimate);
  return estimate;
}

}  // namespace causal::estimation
