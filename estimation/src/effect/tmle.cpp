#include "causal/estimation/effect/tmle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/effect/balance.hpp"
#include "causal/estimation/nuisance/glm.hpp"
#include "effect/two_arms.hpp"

namespace causal::estimation {
namespace {

/// The interval that the observed outcomes span.
struct Scale {
  double low = 0;
  double width = 1;
};

Scale scale_of(const EffectData& data, const TwoArms& arms) {
  if (data.outcome_is_binary) return {};
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (!(arms.seen(i) > 0)) continue;
    low = std::min(low, arms.y(i));
    high = std::max(high, arms.y(i));
  }
  return {low, high - low};
}

/// Log odds of the scaled means within their bounds; `moved` counts the rows that were not.
Eigen::ArrayXd bounded_logit(const Eigen::VectorXd& mean, const Scale& scale, double bound, std::int64_t& moved) {
  Eigen::VectorXd q = (mean.array() - scale.low) / scale.width;
  moved += clip_probabilities(q, bound);
  return (q.array() / (1 - q.array())).log();
}

/// The updated means on the scale of the outcome.
struct Targeted {
  Eigen::ArrayXd treated, control;
  std::int64_t bounded = 0;
  bool converged = true;
};

Targeted target(const EffectData& data, const TwoArms& arms, const Nuisances& nuisances, const Scale& scale,
                double bound) {
  Targeted result;
  const Eigen::ArrayXd logit1 = bounded_logit(nuisances.outcome_treated, scale, bound, result.bounded);
  const Eigen::ArrayXd logit0 = bounded_logit(nuisances.outcome_control, scale, bound, result.bounded);
  Eigen::MatrixXd clever(data.n(), 2);
  clever.col(0) = arms.A / nuisances.propensity_treated.array();
  clever.col(1) = arms.C / nuisances.propensity_control.array();
  const Eigen::VectorXd offset = arms.A * logit1 + arms.C * logit0;
  const Eigen::VectorXd weights = arms.w * arms.seen * (arms.A + arms.C);
  const Eigen::ArrayXd scaled = (arms.seen > 0).select((arms.y - scale.low) / scale.width, 0.5);
  const GlmFit fit =
      fit_glm(clever, scaled.max(0.0).min(1.0).matrix(), {.family = GlmFamily::Logistic}, weights, offset);
  result.converged = fit.status == Status::Ok;
  const Eigen::VectorXd eta1 = logit1 + fit.coefficients(0) / nuisances.propensity_treated.array();
  const Eigen::VectorXd eta0 = logit0 + fit.coefficients(1) / nuisances.propensity_control.array();
  result.treated = scale.low + scale.width * glm_mean(GlmFamily::Logistic, eta1).array();
  result.control = scale.low + scale.width * glm_mean(GlmFamily::Logistic, eta0).array();
  return result;
}

void warn_of_update(Estimate& estimate, const Targeted& targeted, double mean_score) {
  const double sd = estimate.influence.norm() / std::sqrt(static_cast<double>(estimate.n));
  const auto n = static_cast<double>(estimate.n);
  estimate.diagnostics.add("bounded_means", static_cast<double>(targeted.bounded));
  estimate.diagnostics.add("mean_score", mean_score);
  if (targeted.bounded > 0) {
    estimate.warnings.push_back(fmt::format(
        "{} predicted outcome means at or beyond the range of the outcome were moved inside it", targeted.bounded));
  }
  if (!targeted.converged || !(std::abs(mean_score) <= sd / (std::sqrt(n) * std::log(n)))) {
    estimate.warnings.emplace_back("the update of the outcome means does not solve its equation: take aipw");
  }
}

}  // namespace

Estimate tmle(const EffectData& data, const Nuisances& nuisances, const TmleOptions& options) {
  validate(options, "tmle");
  require_two_arms(data, "tmle");
  check_nuisances(data, nuisances, {}, "tmle");
  if (const auto reason = overlap_failure(data, nuisances))
    return degenerate_estimate("tmle", "ate", data.n(), *reason);
  const TwoArms arms = two_arms(data, nuisances.observed);
  const Scale scale = scale_of(data, arms);
  if (!(scale.width > 0)) {
    return degenerate_estimate("tmle", "ate", data.n(),
                               fmt::format("outcome '{}' has the same value in every row", data.outcome_name));
  }
  const Targeted targeted = target(data, arms, nuisances, scale, options.bound);
  const Eigen::ArrayXd weight1 = arms.A * arms.seen / nuisances.propensity_treated.array();
  const Eigen::ArrayXd weight0 = arms.C * arms.seen / nuisances.propensity_control.array();
  const Eigen::ArrayXd contrast = targeted.treated - targeted.control;
  const double value = (arms.w * contrast).mean();
  Eigen::ArrayXd influence =
      arms.w * (contrast - value + weight1 * (arms.y - targeted.treated) - weight0 * (arms.y - targeted.control));
  const double mean_score = influence.mean();
  influence -= mean_score;
  Estimate estimate =
      weighted_estimate("tmle", Estimand::Ate, value, influence.matrix(), options.level, data, nuisances);
  if (estimate.status != Status::Ok) return estimate;
  warn_of_update(estimate, targeted, mean_score);
  describe_weights(estimate.diagnostics, data, (arms.w * (weight1 + weight0)).matrix());
  return estimate;
}

Estimate tmle(const EffectData& data, const TmleOptions& options) {
  validate(options, "tmle");
  require_two_arms(data, "tmle");
  return over_repeats(options.nuisances.repeats, [&](std::uint32_t repetition) {
    return tmle(data, fit_nuisances(data, options.nuisances, options.run, {}, repetition), options);
  });
}

}  // namespace causal::estimation
