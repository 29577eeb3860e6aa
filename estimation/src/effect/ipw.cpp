#include "causal/estimation/effect/ipw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "causal/estimation/effect/balance.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "effect/select_rows.hpp"
#include "effect/two_arms.hpp"

namespace causal::estimation {
namespace {

/// What rows of each arm are multiplied by, how that moves with the log odds of the propensity (two levels), and whom
/// the effect is of.
struct Tilt {
  Eigen::ArrayXd treated, control;              // h / e1, h / e0.
  Eigen::ArrayXd treated_slope, control_slope;  // Derivatives in the log odds.
  Eigen::ArrayXd population, population_slope;  // Sums of it are the size of the population.
};

Tilt tilt_of(const TwoArms& arms, const Nuisances& nuisances, Estimand estimand) {
  const Eigen::ArrayXd e1 = nuisances.propensity_treated.array();
  const Eigen::ArrayXd e0 = nuisances.propensity_control.array();
  const Eigen::ArrayXd one = Eigen::ArrayXd::Ones(e1.size());
  const Eigen::ArrayXd zero = Eigen::ArrayXd::Zero(e1.size());
  switch (estimand) {
    case Estimand::Ate:
      return {1 / e1, 1 / e0, -e0 / e1, e1 / e0, one, zero};
    case Estimand::Att:
      return {one, e1 / e0, zero, e1 / e0, arms.A, zero};
    case Estimand::Atc:
      return {e0 / e1, one, -e0 / e1, zero, arms.C, zero};
    case Estimand::Overlap:
      return {e0 / (e1 + e0), e1 / (e1 + e0), -e1 * e0, e1 * e0, e1 * e0 / (e1 + e0), e1 * e0 * (e0 - e1)};
  }
  CAUSAL_ASSERT(false);
  return {};
}

/// Value, influence values with the propensity as known, and how each row's term moves with its log odds.
struct Weighted {
  double value = 0;
  Eigen::ArrayXd influence;
  Eigen::ArrayXd slope;
  Eigen::ArrayXd terms;  // The part of the influence values that is divided by the chance of an observed outcome.
};

Weighted hajek(const TwoArms& arms, const Tilt& tilt) {
  const Eigen::ArrayXd base1 = arms.w * arms.A * arms.seen;
  const Eigen::ArrayXd base0 = arms.w * arms.C * arms.seen;
  const double sum1 = (base1 * tilt.treated).sum();
  const double sum0 = (base0 * tilt.control).sum();
  const double mean1 = (base1 * tilt.treated * arms.y).sum() / sum1;
  const double mean0 = (base0 * tilt.control * arms.y).sum() / sum0;
  const auto n = static_cast<double>(arms.y.size());
  const Eigen::ArrayXd part1 = base1 * (arms.y - mean1) * (n / sum1);
  const Eigen::ArrayXd part0 = base0 * (arms.y - mean0) * (n / sum0);
  const Eigen::ArrayXd terms = part1 * tilt.treated - part0 * tilt.control;
  return {mean1 - mean0, terms, part1 * tilt.treated_slope - part0 * tilt.control_slope, terms};
}

Weighted horvitz_thompson(const TwoArms& arms, const Tilt& tilt) {
  const Eigen::ArrayXd base1 = arms.w * arms.A * arms.seen * arms.y;
  const Eigen::ArrayXd base0 = arms.w * arms.C * arms.seen * arms.y;
  const double size = (arms.w * tilt.population).mean();
  const Eigen::ArrayXd terms = base1 * tilt.treated - base0 * tilt.control;
  const double value = terms.mean() / size;
  return {value, (terms - value * arms.w * tilt.population) / size,
          (base1 * tilt.treated_slope - base0 * tilt.control_slope - value * arms.w * tilt.population_slope) / size,
          terms / size};
}

Weighted weigh(const TwoArms& arms, const Tilt& tilt, IpwNormalization normalization) {
  return normalization == IpwNormalization::HorvitzThompson ? horvitz_thompson(arms, tilt) : hajek(arms, tilt);
}

/// A logistic regression that stands behind the weights.
struct LogisticFit {
  Eigen::MatrixXd design;
  Eigen::ArrayXd residual;     // w (outcome - probability).
  Eigen::ArrayXd information;  // w p (1 - p).
  Eigen::ArrayXd slope;        // How the estimate's terms move with its log odds.
};

/// 1 where a probability moves with its log odds, 0 where it was moved to an end of [low, high].
Eigen::ArrayXd free_rows(const Eigen::ArrayXd& p, double low, double high) {
  return (p > low && p < high).select(Eigen::ArrayXd::Ones(p.size()), 0.0);
}

std::vector<LogisticFit> logistic_fits(const EffectData& data, const Nuisances& nuisances, const IpwOptions& options,
                                       const TwoArms& arms, const Weighted& weighted) {
  std::vector<LogisticFit> fits;
  if (options.nuisances.folds != 1 || options.nuisances.propensity_learner != LearnerKind::Linear) return fits;
  const double clip = options.nuisances.clip;
  if (data.known_propensity.size() == 0 && data.arm_levels.size() == 2) {
    const Eigen::ArrayXd e = nuisances.propensity_treated.array();
    const NuisanceParts parts = parts_for(options.estimand, false);
    const Eigen::ArrayXd is_free =
        free_rows(e, parts.divides_by_treated ? clip : 0, parts.divides_by_control ? 1 - clip : 1);
    fits.push_back({with_intercept(data.covariates.values), arms.w * (arms.A - e), arms.w * e * (1 - e),
                    weighted.slope * is_free});
  }
  if (data.missing_outcomes > 0) {
    const Eigen::ArrayXd chance = nuisances.observed.array();
    const Eigen::ArrayXd was_seen = (arms.seen > 0).select(Eigen::ArrayXd::Ones(chance.size()), 0.0);
    // Weights are divided by the chance p, and d(1 / p) in its log odds is -(1 - p) / p.
    fits.push_back({with_intercept(observation_design(data)), arms.w * (was_seen - chance),
                    arms.w * chance * (1 - chance), -(1 - chance) * weighted.terms * free_rows(chance, clip, 1)});
  }
  return fits;
}

/// For the ATE: the residual of the influence values on the scores.
Eigen::ArrayXd projected(const Eigen::ArrayXd& influence, const std::vector<LogisticFit>& fits) {
  Eigen::Index columns = 0;
  for (const LogisticFit& fit : fits) columns += fit.design.cols();
  Eigen::MatrixXd scores(influence.size(), columns);
  Eigen::Index next = 0;
  for (const LogisticFit& fit : fits) {
    scores.middleCols(next, fit.design.cols()) = fit.residual.matrix().asDiagonal() * fit.design;
    next += fit.design.cols();
  }
  return least_squares(scores, influence.matrix()).residuals.array();
}

/// For the others: theta moves with the coefficients by D = mean of slope x, and these by their own influence values.
Eigen::ArrayXd with_coefficients(Eigen::ArrayXd influence, const std::vector<LogisticFit>& fits) {
  const auto n = static_cast<double>(influence.size());
  for (const LogisticFit& fit : fits) {
    const Eigen::VectorXd direction = fit.design.transpose() * fit.slope.matrix() / n;
    // Weighted least squares with weights p (1 - p) has the inverse information as its bread.
    const LeastSquaresFit information =
        least_squares(fit.design, Eigen::VectorXd::Zero(influence.size()), fit.information.matrix());
    const Eigen::VectorXd a = information.bread * direction * n;
    influence += fit.residual * (fit.design * a).array();
  }
  return influence;
}

Eigen::VectorXd reported_weights(const TwoArms& arms, const Tilt& tilt, IpwNormalization normalization) {
  Eigen::ArrayXd treated = arms.w * arms.A * arms.seen * tilt.treated;
  Eigen::ArrayXd control = arms.w * arms.C * arms.seen * tilt.control;
  if (normalization == IpwNormalization::Stabilized) {
    treated *= (arms.w * arms.A).mean();
    control *= (arms.w * arms.C).mean();
  }
  return treated + control;
}

enum class Propensity { Fitted, Given };

Estimate weigh_rows(const EffectData& data, const Nuisances& nuisances, const IpwOptions& options, Propensity origin) {
  const std::string estimand(enum_name(options.estimand));
  if (const auto reason = overlap_failure(data, nuisances, options.estimand)) {
    return degenerate_estimate("ipw", estimand, data.n(), *reason);
  }
  const TwoArms arms = two_arms(data, nuisances.observed);
  const Tilt tilt = tilt_of(arms, nuisances, options.estimand);
  const Weighted weighted = weigh(arms, tilt, options.normalization);
  Eigen::ArrayXd influence = weighted.influence;
  if (origin == Propensity::Fitted) {
    const std::vector<LogisticFit> fits = logistic_fits(data, nuisances, options, arms, weighted);
    if (!fits.empty() && influence.allFinite()) {
      influence = options.estimand == Estimand::Ate ? projected(influence, fits) : with_coefficients(influence, fits);
      influence -= influence.mean();  // Not 0 only where probabilities were clipped: their scores then do not cancel.
    }
  }
  Estimate estimate =
      weighted_estimate("ipw", options.estimand, weighted.value, influence.matrix(), options.level, data, nuisances);
  if (estimate.status == Status::Ok) {
    describe_weights(estimate.diagnostics, data, reported_weights(arms, tilt, options.normalization));
  }
  return estimate;
}

/// The rows whose propensities lie within the limits.
std::vector<int> rows_within(const Nuisances& nuisances, double trim) {
  std::vector<int> rows;
  for (Eigen::Index i = 0; i < nuisances.propensity_treated.size(); ++i) {
    const double e1 = nuisances.propensity_treated(i);
    const double e0 = nuisances.propensity_control(i);
    if (std::min(e1, e0) >= trim && std::max(e1, e0) <= 1 - trim) rows.push_back(static_cast<int>(i));
  }
  return rows;
}

Estimate weigh_trimmed(const EffectData& data, const Nuisances& nuisances, const IpwOptions& options) {
  const std::vector<int> rows = rows_within(nuisances, options.trim);
  const auto left_out = data.n() - std::ssize(rows);
  if (rows.empty()) {
    return degenerate_estimate("ipw", std::string(enum_name(options.estimand)), data.n(),
                               fmt::format("no row has a propensity in [{}, {}]", options.trim, 1 - options.trim));
  }
  Estimate estimate = weigh_rows(select_rows(data, rows), select_rows(nuisances, rows), options, Propensity::Given);
  estimate.n = data.n();
  estimate.diagnostics.add("trimmed_rows", static_cast<double>(left_out));
  if (left_out > 0) {
    estimate.warnings.push_back(fmt::format(
        "{} of {} rows with a propensity outside [{}, {}] were left out: the effect is of the {} others, and its "
        "standard error takes the propensities as known",
        left_out, data.n(), options.trim, 1 - options.trim, rows.size()));
  }
  return estimate;
}

}  // namespace

Eigen::VectorXd ipw_weights(const EffectData& data, const Nuisances& nuisances, const IpwOptions& options) {
  validate(options, "ipw_weights");
  require_two_arms(data, "ipw_weights");
  check_nuisances(data, nuisances, {.propensity = true, .outcome = false}, "ipw_weights");
  const TwoArms arms = two_arms(data, nuisances.observed);
  return reported_weights(arms, tilt_of(arms, nuisances, options.estimand), options.normalization);
}

Estimate ipw(const EffectData& data, const Nuisances& nuisances, const IpwOptions& options) {
  validate(options, "ipw");
  require_two_arms(data, "ipw");
  check_nuisances(data, nuisances, {.propensity = true, .outcome = false}, "ipw");
  return options.trim > 0 ? weigh_trimmed(data, nuisances, options)
                          : weigh_rows(data, nuisances, options, Propensity::Given);
}

Estimate ipw(const EffectData& data, const IpwOptions& options) {
  validate(options, "ipw");
  require_two_arms(data, "ipw");
  if (options.trim > 0 && options.nuisances.repeats > 1) {
    throw InvalidArgument("ipw", "repeats", fmt::format("{}", options.nuisances.repeats),
                          "be 1 with trim: every partition would leave out other rows");
  }
  return over_repeats(options.nuisances.folds == 1 ? 1 : options.nuisances.repeats, [&](std::uint32_t repetition) {
    const Nuisances nuisances =
        fit_nuisances(data, options.nuisances, options.run, parts_for(options.estimand, false), repetition);
    return options.trim > 0 ? weigh_trimmed(data, nuisances, options)
                            : weigh_rows(data, nuisances, options, Propensity::Fitted);
  });
}

}  // namespace causal::estimation
