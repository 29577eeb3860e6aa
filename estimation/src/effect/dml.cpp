#include "causal/estimation/effect/dml.hpp"

#include <fmt/format.h>

#include <Eigen/LU>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "effect/dml_fits.hpp"
#include "effect/dose.hpp"
#include "effect/linear_score.hpp"

// The partially linear models: theta is the slope between what is left of Y, D and Z beside X.

namespace causal::estimation {
namespace {

double weighted_variance(const Eigen::VectorXd& x, const Eigen::VectorXd& weights) {
  const double n = weights.sum();
  const double mean = weights.dot(x) / n;
  return weights.dot((x.array() - mean).square().matrix()) / n;
}

Eigen::VectorXd treatment_mean(const EffectData& data, const Eigen::VectorXd& dose, DmlFits& fits) {
  if (data.known_propensity.size() != 0 && has_two_levels(data)) return data.known_propensity;
  return fits.predict("treatment", dose, DmlStream::Treatment);
}

LinearScore plr_score(const EffectData& data, const Eigen::VectorXd& dose, const PlrOptions& options,
                      std::uint32_t repetition) {
  DmlFits fits(data, data.arms, options.nuisances, options.run, repetition);
  const Eigen::VectorXd weights = data.row_weights();
  const Eigen::VectorXd v = dose - treatment_mean(data, dose, fits);
  const Eigen::VectorXd u = data.outcome - fits.predict("outcome", data.outcome, DmlStream::Outcome);
  LinearScore score{.psi_a = -v.cwiseAbs2(), .psi_b = u.cwiseProduct(v), .scale = weighted_variance(dose, weights)};
  const double squares = weights.dot(v.cwiseAbs2());
  if (options.score == PlrScore::IvType && squares > 0) {
    // g needs a first value of theta: the one by partialling out.
    const double first = weights.dot(score.psi_b) / squares;
    const Eigen::VectorXd untreated = data.outcome - first * dose;
    const Eigen::VectorXd g = fits.predict("untreated_outcome", untreated, DmlStream::Outcome, 1);
    score.psi_a = -v.cwiseProduct(dose);
    score.psi_b = v.cwiseProduct(data.outcome - g);
  }
  score.figures = fits.figures();
  score.figures.push_back({"treatment_share_unexplained", squares / (weights.sum() * score.scale)});
  score.warnings = fits.warnings();
  return score;
}

/// The best linear combination of what is left of the instruments, and how strong it is.
Eigen::VectorXd combined_instrument(const EffectData& data, const Eigen::MatrixXd& left_of_z,
                                    const Eigen::VectorXd& left_of_d, LinearScore& score) {
  const LeastSquaresFit first = least_squares(left_of_z, left_of_d, data.weights);
  const std::vector<int>& kept = first.columns.kept;
  const CovarianceKind kind = data.clusters.empty() ? CovarianceKind::Hc1 : CovarianceKind::Cluster;
  const Eigen::MatrixXd covariance = coefficient_covariance(first, kind, left_of_z, data.weights, data.clusters);
  const Eigen::VectorXd pi = first.coefficients(kept);
  const Eigen::MatrixXd kept_covariance = covariance(kept, kept);
  const double f = pi.dot(kept_covariance.partialPivLu().solve(pi)) / static_cast<double>(kept.size());
  score.figures.push_back({"first_stage_robust_f", f});
  score.figures.push_back({"instruments_used", static_cast<double>(kept.size())});
  if (!first.columns.aliased.empty()) {
    score.warnings.push_back(
        fmt::format("{} instruments were left out as linear functions of others", first.columns.aliased.size()));
  }
  if (!(f >= 10)) {
    score.warnings.emplace_back(
        "weak instruments: the first-stage F is below 10, so the interval may be far off; "
        "anderson_rubin gives one that is not");
  }
  return left_of_z * first.coefficients;
}

LinearScore pliv_score(const EffectData& data, const Eigen::VectorXd& dose, const DmlOptions& options,
                       std::uint32_t repetition) {
  DmlFits fits(data, data.arms, options.nuisances, options.run, repetition);
  const Eigen::VectorXd weights = data.row_weights();
  const Eigen::VectorXd left_of_y = data.outcome - fits.predict("outcome", data.outcome, DmlStream::Outcome);
  const Eigen::VectorXd left_of_d = dose - fits.predict("treatment", dose, DmlStream::Treatment);
  Eigen::MatrixXd left_of_z(data.n(), data.instruments.count());
  for (int j = 0; j < data.instruments.count(); ++j) {
    const Eigen::VectorXd z = data.instruments.values.col(j);
    left_of_z.col(j) =
        z - fits.predict(fmt::format("instrument_{}", data.instruments.names[static_cast<std::size_t>(j)]), z,
                         DmlStream::Instrument, static_cast<std::uint32_t>(j));
  }
  LinearScore score;
  score.figures = fits.figures();
  score.warnings = fits.warnings();
  const double d_variance = weighted_variance(dose, weights);
  // What rounding leaves of an instrument that is a function of the covariates is no instrument.
  for (Eigen::Index j = 0; j < left_of_z.cols(); ++j) {
    const double whole = weighted_variance(data.instruments.values.col(j), weights);
    if (!(weights.dot(left_of_z.col(j).cwiseAbs2()) > 1e-18 * weights.sum() * whole)) left_of_z.col(j).setZero();
  }
  if (left_of_z.isZero(0)) {
    score.psi_a = score.psi_b = Eigen::VectorXd::Zero(data.n());
    return score;
  }
  const Eigen::VectorXd instrument = combined_instrument(data, left_of_z, left_of_d, score);
  score.psi_a = -left_of_d.cwiseProduct(instrument);
  score.psi_b = left_of_y.cwiseProduct(instrument);
  score.scale = d_variance;
  return score;
}

}  // namespace

Estimate plr(const EffectData& data, const PlrOptions& options) {
  validate(options, "plr");
  require_outcomes(data, "plr");
  const Eigen::VectorXd dose = dose_values(data, "plr");
  return solve_linear_score(
      "plr", "slope", data, options.level, options.nuisances.repeats,
      [&](std::uint32_t repetition) { return plr_score(data, dose, options, repetition); },
      fmt::format("treatment '{}' is a function of the covariates: no variation is left", data.treatment_name));
}

Estimate pliv(const EffectData& data, const DmlOptions& options) {
  validate(options, "pliv");
  require_outcomes(data, "pliv");
  if (data.instruments.count() == 0) throw DataError("pliv needs at least one instrument");
  const Eigen::VectorXd dose = dose_values(data, "pliv");
  return solve_linear_score(
      "pliv", "slope", data, options.level, options.nuisances.repeats,
      [&](std::uint32_t repetition) { return pliv_score(data, dose, options, repetition); },
      fmt::format("beside the covariates the instruments do not move treatment '{}'", data.treatment_name));
}

}  // namespace causal::estimation
