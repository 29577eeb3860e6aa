#include "causal/estimation/effect/aipw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "causal/estimation/effect/balance.hpp"
#include "causal/run/error.hpp"
#include "effect/two_arms.hpp"

namespace causal::estimation {
namespace {

void refuse_overlap(Estimand estimand, const char* function) {
  if (estimand != Estimand::Overlap) return;
  throw InvalidArgument(function, "estimand", "overlap", "be ate, att or atc (ipw and plr take overlap)");
}

/// Terms whose weighted sum, divided by the weighted sum of `population`, is the effect.
struct Terms {
  Eigen::ArrayXd score;
  Eigen::ArrayXd population;
  Eigen::ArrayXd weight1, weight0;  // What residuals are multiplied by.
};

Terms terms_of(const TwoArms& arms, const Nuisances& nuisances, Estimand estimand) {
  const Eigen::ArrayXd e1 = nuisances.propensity_treated.array();
  const Eigen::ArrayXd e0 = nuisances.propensity_control.array();
  const Eigen::ArrayXd mu1 = nuisances.outcome_treated.array();
  const Eigen::ArrayXd mu0 = nuisances.outcome_control.array();
  Terms terms;
  switch (estimand) {
    case Estimand::Att:
      terms.population = arms.A;
      terms.weight1 = arms.A * arms.seen;
      terms.weight0 = arms.C * arms.seen * e1 / e0;
      break;
    case Estimand::Atc:
      terms.population = arms.C;
      terms.weight1 = arms.A * arms.seen * e0 / e1;
      terms.weight0 = arms.C * arms.seen;
      break;
    default:
      terms.population = Eigen::ArrayXd::Ones(e1.size());
      terms.weight1 = arms.A * arms.seen / e1;
      terms.weight0 = arms.C * arms.seen / e0;
  }
  terms.score = terms.population * (mu1 - mu0) + terms.weight1 * (arms.y - mu1) - terms.weight0 * (arms.y - mu0);
  return terms;
}

/// Both levels of one pair: the terms of the mean outcome at either.
Eigen::ArrayXd mean_terms(const Eigen::ArrayXd& in_arm, const TwoArms& arms, const Eigen::VectorXd& propensity,
                          const Eigen::VectorXd& outcome) {
  return outcome.array() + in_arm * arms.seen / propensity.array() * (arms.y - outcome.array());
}

/// The mean at the treated (or control) level of `pair`.
Estimate mean_at(const EffectData& pair, const Nuisances& nuisances, bool treated, double level) {
  const std::string& name = pair.arm_levels[static_cast<std::size_t>(treated ? pair.treated : pair.control)];
  if (const auto reason = overlap_failure(pair, nuisances)) {
    return degenerate_estimate("potential_means", name, pair.n(), *reason);
  }
  const TwoArms arms = two_arms(pair, nuisances.observed);
  const Eigen::ArrayXd terms = treated
                                   ? mean_terms(arms.A, arms, nuisances.propensity_treated, nuisances.outcome_treated)
                                   : mean_terms(arms.C, arms, nuisances.propensity_control, nuisances.outcome_control);
  const double value = (arms.w * terms).mean();
  Estimate estimate = weighted_estimate("potential_means", Estimand::Ate, value, (arms.w * (terms - value)).matrix(),
                                        level, pair, nuisances);
  estimate.estimand = name;
  return estimate;
}

bool has_rows(const EffectData& data, int arm) {
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (data.arms[static_cast<std::size_t>(i)] == arm && !std::isnan(data.outcome(i)) &&
        (data.weights.size() == 0 || data.weights(i) > 0)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Estimate aipw(const EffectData& data, const Nuisances& nuisances, const AipwOptions& options) {
  validate(options, "aipw");
  refuse_overlap(options.estimand, "aipw");
  require_two_arms(data, "aipw");
  check_nuisances(data, nuisances, {}, "aipw");
  if (const auto reason = overlap_failure(data, nuisances, options.estimand)) {
    return degenerate_estimate("aipw", std::string(enum_name(options.estimand)), data.n(), *reason);
  }
  const TwoArms arms = two_arms(data, nuisances.observed);
  const Terms terms = terms_of(arms, nuisances, options.estimand);
  const double size = (arms.w * terms.population).mean();
  const double value = (arms.w * terms.score).mean() / size;
  Estimate estimate = weighted_estimate("aipw", options.estimand, value,
                                        (arms.w * (terms.score - value * terms.population) / size).matrix(),
                                        options.level, data, nuisances);
  if (estimate.status == Status::Ok) {
    describe_weights(estimate.diagnostics, data, (arms.w * (terms.weight1 + terms.weight0)).matrix());
  }
  return estimate;
}

Estimate aipw(const EffectData& data, const AipwOptions& options) {
  validate(options, "aipw");
  refuse_overlap(options.estimand, "aipw");
  require_two_arms(data, "aipw");
  return over_repeats(options.nuisances.repeats, [&](std::uint32_t repetition) {
    return aipw(data,
                fit_nuisances(data, options.nuisances, options.run, parts_for(options.estimand, true), repetition),
                options);
  });
}

std::vector<Estimate> potential_means(const EffectData& data, const AipwOptions& options) {
  validate(options, "potential_means");
  require_two_arms(data, "potential_means");
  if (data.known_propensity.size() != 0 && data.arm_levels.size() > 2) {
    throw InvalidArgument("potential_means: a known propensity of one level does not give those of the others", {},
                          "Leave it out, or compare two levels with aipw.");
  }
  const int levels = static_cast<int>(data.arm_levels.size());
  std::vector<int> present;
  for (int arm = 0; arm < levels; ++arm) {
    if (has_rows(data, arm)) present.push_back(arm);
  }
  std::vector<Estimate> means(static_cast<std::size_t>(levels));
  for (int arm = 0; arm < levels; ++arm) {
    means[static_cast<std::size_t>(arm)] = degenerate_estimate(
        "potential_means", data.arm_levels[static_cast<std::size_t>(arm)], data.n(), "no row at this level");
  }
  // Pairs of levels share their fits; the last of an odd number goes with the one before.
  for (std::size_t k = 0; k < present.size(); k += 2) {
    EffectData pair = data;
    const std::size_t other = k + 1 < present.size() ? k + 1 : k - 1;
    // A known propensity is that of data.treated, so this level stays the treated one.
    pair.treated = present[k] == data.control ? present[other] : present[k];
    pair.control = present[k] == data.control ? present[k] : present[other];
    const auto fill = [&](bool treated) {
      const int arm = treated ? pair.treated : pair.control;
      means[static_cast<std::size_t>(arm)] = over_repeats(options.nuisances.repeats, [&](std::uint32_t repetition) {
        return mean_at(pair, fit_nuisances(pair, options.nuisances, options.run, {}, repetition), treated,
                       options.level);
      });
    };
    fill(present[k] == pair.treated);
    if (other > k) fill(present[other] == pair.treated);
  }
  return means;
}

}  // namespace causal::estimation
