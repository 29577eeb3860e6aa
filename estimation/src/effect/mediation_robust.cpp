#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "causal/estimation/effect/mediation.hpp"
#include "causal/run/error.hpp"
#include "effect/linear_score.hpp"
#include "effect/natural_effects.hpp"

// With e = P(A = a | X), k = P(A = a | M, X), mu = E[Y | A = a, M, X] and eta = E[mu | A = b, X], for worlds a != b:
//   E Y(a, M(b)) = mean of  1{A = a} / (1 - e) * (1 - k) / k * (Y - mu) + 1{A = b} / (1 - e) * (mu - eta) + eta,
// as the ratio of densities f(M | b, X) / f(M | a, X) is (1 - k) / k * e / (1 - e) by Bayes' rule.

namespace causal::estimation {
namespace {

constexpr std::uint32_t kStream = 160;
constexpr std::uint32_t kStreamsPerRepetition = 192;

Eigen::MatrixXd side_by_side(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return both;
}

/// E[mu(M, X) | A = other, X] per row of each fold: mu is fitted on rows of the arm and averaged over rows of the other
/// arm, both outside the fold. The rows that are averaged took no part in the fit of mu.
struct NestedMeans {
  Eigen::VectorXd mu;
  Eigen::VectorXd eta;
};

struct Setting {
  const EffectData& data;
  const NuisanceOptions& options;
  const RunOptions& run;
  Folds folds;
  std::uint32_t base_stream;
  Eigen::MatrixXd with_mediators;  ///< Covariates and mediators.
};

std::vector<int> rows_where(const Setting& setting, int fold, bool held_out, const Eigen::VectorXd* indicator) {
  std::vector<int> rows;
  for (Eigen::Index i = 0; i < setting.data.n(); ++i) {
    const bool in_fold = setting.folds.of[static_cast<std::size_t>(i)] == fold;
    const bool taken = setting.folds.count == 1 || in_fold == held_out;
    if (taken && (indicator == nullptr || (*indicator)(i) == 1)) rows.push_back(static_cast<int>(i));
  }
  return rows;
}

Eigen::VectorXd weights_of(const EffectData& data, const std::vector<int>& rows) {
  return data.weights.size() == 0 ? Eigen::VectorXd() : Eigen::VectorXd(data.weights(rows));
}

NestedMeans nested_means(const Setting& setting, const Eigen::VectorXd& arm, std::uint32_t slot,
                         std::vector<std::string>& warnings) {
  const EffectData& data = setting.data;
  const Eigen::VectorXd other = 1 - arm.array();
  const std::unique_ptr<Learner> learner = make_learner(setting.options.outcome_learner, setting.options.learners);
  NestedMeans means{Eigen::VectorXd(data.n()), Eigen::VectorXd(data.n())};
  for (int fold = 0; fold < setting.folds.count; ++fold) {
    FitContext context{.target = data.outcome_is_binary ? Target::Probability : Target::Mean,
                       .seed = setting.run.seed,
                       .stream = (setting.base_stream + slot) * 1024u + static_cast<std::uint32_t>(fold),
                       .threads = setting.run.threads};
    const std::vector<int> train = rows_where(setting, fold, false, &arm);
    const std::vector<int> averaged = rows_where(setting, fold, false, &other);
    const std::vector<int> held_out = rows_where(setting, fold, true, nullptr);
    if (train.empty() || averaged.empty()) throw DataError(fmt::format("fold {} leaves an arm without rows", fold + 1));
    const std::unique_ptr<Predictor> mu =
        learner->fit(Eigen::MatrixXd(setting.with_mediators(train, Eigen::all)), Eigen::VectorXd(data.outcome(train)),
                     weights_of(data, train), context);
    const Eigen::VectorXd predicted = mu->predict(Eigen::MatrixXd(setting.with_mediators(averaged, Eigen::all)));
    context.target = Target::Mean;
    context.stream += 512;
    const std::unique_ptr<Predictor> eta = learner->fit(Eigen::MatrixXd(data.covariates.values(averaged, Eigen::all)),
                                                        predicted, weights_of(data, averaged), context);
    means.mu(held_out) = mu->predict(Eigen::MatrixXd(setting.with_mediators(held_out, Eigen::all)));
    means.eta(held_out) = eta->predict(Eigen::MatrixXd(data.covariates.values(held_out, Eigen::all)));
    for (const std::string& warning : mu->warnings()) warnings.push_back("outcome: " + warning);
    for (const std::string& warning : eta->warnings()) warnings.push_back("nested mean: " + warning);
  }
  return means;
}

Eigen::VectorXd propensity(const Setting& setting, const Eigen::MatrixXd& X, const Eigen::VectorXd& arm,
                           std::uint32_t slot, std::int64_t& clipped, std::vector<std::string>& warnings) {
  const std::unique_ptr<Learner> learner = make_learner(setting.options.propensity_learner, setting.options.learners);
  const FitContext context{.target = Target::Probability,
                           .seed = setting.run.seed,
                           .stream = setting.base_stream + slot,
                           .threads = setting.run.threads};
  CrossFitted fitted = cross_fit(*learner, X, arm, setting.data.weights, {}, setting.folds, context);
  for (const std::string& warning : fitted.warnings) warnings.push_back("propensity: " + warning);
  clipped += clip_probabilities(fitted.prediction, setting.options.clip);
  return fitted.prediction;
}

/// Uncentred scores of the four worlds for one partition.
struct Scores {
  std::array<Eigen::VectorXd, kWorlds> of;
  std::int64_t clipped = 0;
  std::vector<std::string> warnings;
};

Eigen::VectorXd crossed(const Eigen::VectorXd& y, const Eigen::VectorXd& arm, const Eigen::VectorXd& e,
                        const Eigen::VectorXd& k, const NestedMeans& means) {
  const Eigen::ArrayXd other = 1 - arm.array();
  const Eigen::ArrayXd in_other = 1 - e.array();
  return arm.array() / in_other * (1 - k.array()) / k.array() * (y - means.mu).array() +
         other / in_other * (means.mu - means.eta).array() + means.eta.array();
}

Eigen::VectorXd plain(const Eigen::VectorXd& y, const Eigen::VectorXd& arm, const Eigen::VectorXd& e,
                      const Eigen::VectorXd& mean) {
  return mean.array() + arm.array() / e.array() * (y - mean).array();
}

Scores scores_of(const EffectData& data, const RobustMediationOptions& options, std::uint32_t repetition) {
  const NuisanceOptions& nuisances = options.nuisances;
  const Setting setting{data,
                        nuisances,
                        options.run,
                        nuisance_folds(data, nuisances.folds, options.run.seed, repetition),
                        repetition * kStreamsPerRepetition + kStream,
                        side_by_side(data.covariates.values, data.mediators.values)};
  Scores scores;
  const Eigen::VectorXd treated = data.arm_indicator(data.treated);
  const Eigen::VectorXd control = 1 - treated.array();
  const Eigen::VectorXd e = data.known_propensity.size() != 0 ? data.known_propensity
                                                              : propensity(setting, data.covariates.values, treated, 0,
                                                                           scores.clipped, scores.warnings);
  const Eigen::VectorXd k = propensity(setting, setting.with_mediators, treated, 1, scores.clipped, scores.warnings);
  const Eigen::VectorXd not_e = 1 - e.array();
  const Eigen::VectorXd not_k = 1 - k.array();
  const NestedMeans from_treated = nested_means(setting, treated, 2, scores.warnings);
  const NestedMeans from_control = nested_means(setting, control, 3, scores.warnings);
  Nuisances outcomes = fit_nuisances(data, nuisances, options.run, {.propensity = false}, repetition);
  scores.of[kControl] = plain(data.outcome, control, not_e, outcomes.outcome_control);
  scores.of[kTreated] = plain(data.outcome, treated, e, outcomes.outcome_treated);
  scores.of[kTreatedUnmoved] = crossed(data.outcome, treated, e, k, from_treated);
  scores.of[kControlMoved] = crossed(data.outcome, control, not_e, not_k, from_control);
  scores.warnings.insert(scores.warnings.end(), outcomes.warnings.begin(), outcomes.warnings.end());
  if (scores.clipped > 0) {
    scores.warnings.push_back(fmt::format(
        "{} propensities lie outside [{}, {}] and were moved there: the mediators tell the arms apart too well",
        scores.clipped, nuisances.clip, 1 - nuisances.clip));
  }
  return scores;
}

}  // namespace

MediationResult robust_mediation(const EffectData& data, const RobustMediationOptions& options) {
  validate(options, "robust_mediation");
  require_two_arms(data, "robust_mediation");
  require_outcomes(data, "robust_mediation");
  if (data.mediators.count() == 0) throw DataError("robust_mediation needs at least one mediator");
  if (data.arm_levels.size() != 2) {
    throw DataError(fmt::format("robust_mediation takes a treatment of two levels; '{}' has {}", data.treatment_name,
                                data.arm_levels.size()),
                    {}, "Keep the rows of the two levels that are to be compared.");
  }
  const int repeats = options.nuisances.repeats;
  const Eigen::VectorXd weights = data.row_weights();
  std::array<std::vector<double>, kWorlds> values;
  std::array<Eigen::VectorXd, kWorlds> influence;
  for (Eigen::VectorXd& psi : influence) psi = Eigen::VectorXd::Zero(data.n());
  std::vector<std::string> warnings;
  std::int64_t clipped = 0;
  for (int m = 0; m < repeats; ++m) {
    const Scores scores = scores_of(data, options, static_cast<std::uint32_t>(m));
    for (std::size_t w = 0; w < kWorlds; ++w) {
      const double value = weights.dot(scores.of[w]) / weights.sum();
      values[w].push_back(value);
      influence[w] += weights.cwiseProduct((scores.of[w].array() - value).matrix()) / repeats;
    }
    clipped += scores.clipped;
    for (const std::string& warning : scores.warnings) {
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(warning);
    }
  }
  // The median of each mean, so that effects still add up.
  std::array<double, kWorlds> medians{};
  for (std::size_t w = 0; w < kWorlds; ++w) medians[w] = median_of_repeats(values[w]);
  MediationResult result = natural_effects("robust_mediation", medians, influence, options.level, data.clusters);
  for (const WorldContrast& effect : kNaturalEffects) {
    Estimate& estimate = result.*effect.member;
    std::vector<double> spreads;
    for (std::size_t m = 0; m < values[0].size(); ++m) {
      const double apart = values[effect.to][m] - values[effect.from][m] - estimate.value;
      spreads.push_back(estimate.std_error * estimate.std_error + apart * apart);
    }
    estimate.std_error = std::sqrt(median_of_repeats(spreads));
    set_interval(estimate);
  }
  for_each_effect(result, [&](Estimate& estimate) {
    estimate.diagnostics.add("clipped_propensities", static_cast<double>(clipped) / repeats);
    estimate.warnings.insert(estimate.warnings.end(), warnings.begin(), warnings.end());
  });
  return result;
}

}  // namespace causal::estimation
