#include <fmt/format.h>

#include <algorithm>

#include "causal/estimation/effect/dml.hpp"
#include "causal/run/error.hpp"
#include "effect/dml_fits.hpp"
#include "effect/linear_score.hpp"

// The interactive models: nothing is assumed of how Y depends on treatment and covariates together.

namespace causal::estimation {
namespace {

/// mu1 - mu0 + Z (Y - mu1) / e - (1 - Z) (Y - mu0) / (1 - e).
Eigen::VectorXd aipw_scores(const Eigen::VectorXd& z, const Eigen::VectorXd& e, const Eigen::VectorXd& y,
                            const Eigen::VectorXd& mean1, const Eigen::VectorXd& mean0) {
  const Eigen::ArrayXd treated = z.array() * (y - mean1).array() / e.array();
  const Eigen::ArrayXd control = (1 - z.array()) * (y - mean0).array() / (1 - e.array());
  return (mean1 - mean0).array() + treated - control;
}

LinearScore irm_score(const EffectData& data, const IrmOptions& options, std::uint32_t repetition) {
  const bool att = options.estimand == Estimand::Att;
  const Nuisances fits =
      fit_nuisances(data, options.nuisances, options.run, parts_for(options.estimand, true), repetition);
  const Eigen::ArrayXd treated = data.arm_indicator(data.treated);
  const Eigen::ArrayXd control = data.arm_indicator(data.control);
  const Eigen::ArrayXd& y = data.outcome.array();
  const Eigen::ArrayXd to_treated = y - fits.outcome_treated.array();
  const Eigen::ArrayXd to_control = y - fits.outcome_control.array();
  LinearScore score;
  if (att) {
    const double share = data.row_weights().dot(treated.matrix()) / static_cast<double>(data.n());
    const Eigen::ArrayXd odds = fits.propensity_treated.array() / fits.propensity_control.array();
    score.psi_a = -treated / share;
    score.psi_b = (treated - control * odds) * to_control / share;
  } else {
    score.psi_a = Eigen::VectorXd::Constant(data.n(), -1);
    score.psi_b = (fits.outcome_treated - fits.outcome_control).array() +
                  treated * to_treated / fits.propensity_treated.array() -
                  control * to_control / fits.propensity_control.array();
  }
  score.figures = {{"treatment_loss", fits.propensity_loss},
                   {"outcome_loss", fits.outcome_loss},
                   {"clipped_rows", static_cast<double>(fits.clipped_rows)}};
  score.warnings = fits.warnings;
  return score;
}

/// Rows with z = value.
std::vector<char> rows_with(const Eigen::VectorXd& z, double value) {
  std::vector<char> rows(static_cast<std::size_t>(z.size()));
  std::transform(z.begin(), z.end(), rows.begin(), [value](double at) { return at == value ? 1 : 0; });
  return rows;
}

/// E[D | Z = value, X]; the constant itself where D is constant in that arm.
Eigen::VectorXd treatment_chance(const Eigen::VectorXd& d, const Eigen::VectorXd& z, double value, DmlFits& fits) {
  const std::vector<char> rows = rows_with(z, value);
  double low = 1;
  double high = 0;
  for (Eigen::Index i = 0; i < d.size(); ++i) {
    if (rows[static_cast<std::size_t>(i)] == 0) continue;
    low = std::min(low, d(i));
    high = std::max(high, d(i));
  }
  if (low == high) return Eigen::VectorXd::Constant(d.size(), low);
  return fits.predict(fmt::format("treatment_given_{}", value), d, DmlStream::Treatment,
                      static_cast<std::uint32_t>(value), rows);
}

LinearScore iivm_score(const EffectData& data, const DmlOptions& options, std::uint32_t repetition) {
  const Eigen::VectorXd z = data.instruments.values.col(0);
  const Eigen::VectorXd d = data.arm_indicator(data.treated);
  std::vector<int> strata(static_cast<std::size_t>(data.n()));
  std::transform(z.begin(), z.end(), strata.begin(), [](double value) { return static_cast<int>(value); });
  DmlFits fits(data, strata, options.nuisances, options.run, repetition);
  const Eigen::VectorXd e = data.known_propensity.size() != 0 ? data.known_propensity
                                                              : fits.propensity("instrument", z, DmlStream::Instrument);
  const Eigen::VectorXd y0 = fits.predict("outcome_given_0", data.outcome, DmlStream::Outcome, 0, rows_with(z, 0));
  const Eigen::VectorXd y1 = fits.predict("outcome_given_1", data.outcome, DmlStream::Outcome, 1, rows_with(z, 1));
  const Eigen::VectorXd d0 = treatment_chance(d, z, 0, fits);
  const Eigen::VectorXd d1 = treatment_chance(d, z, 1, fits);
  LinearScore score{.psi_a = -aipw_scores(z, e, d, d1, d0), .psi_b = aipw_scores(z, e, data.outcome, y1, y0)};
  const Eigen::VectorXd weights = data.row_weights();
  const double compliers = -weights.dot(score.psi_a) / weights.sum();
  const Eigen::VectorXd centred = weights.cwiseProduct((-score.psi_a.array() - compliers).matrix());
  const double t = compliers / influence_std_error(centred, data.clusters);
  score.figures = fits.figures();
  score.figures.push_back({"complier_share", compliers});
  score.figures.push_back({"first_stage_robust_f", t * t});
  score.warnings = fits.warnings();
  if (!(t * t >= 10)) {
    score.warnings.emplace_back("weak instrument: the first-stage F is below 10, so the interval may be far off");
  }
  return score;
}

void require_binary_instrument(const EffectData& data) {
  if (data.instruments.count() != 1) {
    throw DataError(fmt::format("iivm takes one instrument, not {}", data.instruments.count()), {},
                    "With several instruments take pliv or iv.");
  }
  const Eigen::VectorXd z = data.instruments.values.col(0);
  const std::string& name = data.instruments.names.front();
  if (!is_indicator(z)) {
    throw DataError(fmt::format("iivm takes an instrument with the values 0 and 1, which '{}' does not have", name), {},
                    "For other instruments take pliv or iv.");
  }
  if (z.minCoeff() == z.maxCoeff()) {
    throw DataError(fmt::format("instrument '{}' has the same value, {}, in every row", name, z(0)));
  }
}

}  // namespace

Estimate irm(const EffectData& data, const IrmOptions& options) {
  validate(options, "irm");
  if (options.estimand != Estimand::Ate && options.estimand != Estimand::Att) {
    throw InvalidArgument("irm", "estimand", std::string(enum_name(options.estimand)), "be ate or att");
  }
  require_two_arms(data, "irm");
  require_outcomes(data, "irm");
  return solve_linear_score(
      "irm", std::string(enum_name(options.estimand)), data, options.level, options.nuisances.repeats,
      [&](std::uint32_t repetition) { return irm_score(data, options, repetition); },
      "the scores of the treated have no finite mean");
}

Estimate iivm(const EffectData& data, const DmlOptions& options) {
  validate(options, "iivm");
  require_two_arms(data, "iivm");
  require_outcomes(data, "iivm");
  if (data.arm_levels.size() != 2) {
    throw DataError(
        fmt::format("iivm takes a treatment of two levels; '{}' has {}", data.treatment_name, data.arm_levels.size()),
        {}, "Keep the rows of the two levels that are to be compared.");
  }
  require_binary_instrument(data);
  return solve_linear_score(
      "iivm", "late", data, options.level, options.nuisances.repeats,
      [&](std::uint32_t repetition) { return iivm_score(data, options, repetition); },
      fmt::format("instrument '{}' does not move treatment '{}'", data.instruments.names.front(), data.treatment_name));
}

}  // namespace causal::estimation
