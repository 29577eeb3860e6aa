#pragma once
// The regressions behind an effect: propensities, outcome means by arm, chances that an outcome is observed.

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// How nuisances are fitted; part of the options of every estimator that needs them.
struct NuisanceOptions {
  LearnerKind outcome_learner = LearnerKind::Linear;
  LearnerKind propensity_learner = LearnerKind::Linear;
  int folds = 5;       ///< 1: no cross-fitting, for simple parametric learners only.
  int repeats = 1;     ///< Independent partitions into folds; estimates are combined by the median.
  double clip = 0.01;  ///< Propensities that are divided by are raised to it; the rows are counted.
  LearnerOptions learners = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"outcome_learner", "regression of the outcome"}, self.outcome_learner);
    visitor(Field{"propensity_learner", "regression of the treatment"}, self.propensity_learner);
    visitor(Field{"folds", "folds of cross-fitting; 1 for none", closed_interval(1, 1000)}, self.folds);
    visitor(Field{"repeats", "partitions into folds, combined by the median", closed_interval(1, 1000)}, self.repeats);
    visitor(Field{"clip", "propensities that are divided by are raised to this", {0, 0.5, false, true}}, self.clip);
    LearnerOptions::visit(self.learners, visitor);
  }
};

/// Which of them are wanted, and which propensities will be divided by: those are kept at or above `clip`.
struct NuisanceParts {
  bool propensity = true;
  bool outcome = true;
  bool divides_by_treated = true;
  bool divides_by_control = true;
};

/// What weights for that population divide by: both propensities for the ATE, that of the control level for the ATT (a
/// control row counts e1 / e0), that of the treated level for the ATC, neither for overlap weights.
[[nodiscard]] NuisanceParts parts_for(Estimand estimand, bool outcome);

/// One value a row, for the two levels that are compared. What was not asked for is empty.
struct Nuisances {
  Eigen::VectorXd propensity_treated;  ///< P(A = treated | X), clipped.
  Eigen::VectorXd propensity_control;  ///< P(A = control | X), clipped; with two levels 1 minus the other.
  Eigen::VectorXd outcome_treated;     ///< E[Y | A = treated, X].
  Eigen::VectorXd outcome_control;     ///< E[Y | A = control, X].
  Eigen::VectorXd observed;            ///< P(Y observed | A, X), clipped; empty when every outcome is.
  std::int64_t clipped_rows = 0;       ///< Rows with a propensity, or chance of being observed, that was moved.
  double propensity_loss = 0;          ///< Out-of-fold log loss of the treated level; 0 when it is known.
  double outcome_loss = 0;             ///< Out-of-fold loss of the outcome, both arms together.
  std::vector<std::string> warnings;
};

/// Fits them by cross-fitting, rows stratified by arm (or whole clusters held out together), weighted by the row
/// weights. A known propensity is taken as it is. With more than two levels the probabilities of all levels are fitted
/// one against the rest and scaled to sum to one. `repetition` numbers the partition.
/// Errors: DataError for a continuous treatment, an arm with fewer rows than folds; those of the learners.
[[nodiscard]] Nuisances fit_nuisances(const EffectData& data, const NuisanceOptions& options, const RunOptions& run,
                                      NuisanceParts parts = {}, std::uint32_t repetition = 0);

/// The same with learners of your own (function_learner makes one of a function); the learner kinds of the options are
/// then not looked at.
[[nodiscard]] Nuisances fit_nuisances(const EffectData& data, const Learner& outcome, const Learner& propensity,
                                      const NuisanceOptions& options, const RunOptions& run, NuisanceParts parts = {},
                                      std::uint32_t repetition = 0);

/// Is what someone brings along complete: n finite values in each part that is asked for, probabilities in [0, 1],
/// `observed` when outcomes are missing? Errors: InvalidArgument naming the part and what is wrong with it.
void check_nuisances(const EffectData& data, const Nuisances& nuisances, NuisanceParts parts,
                     std::string_view function);

/// The folds that fit_nuisances uses: for fits of other quantities beside them.
[[nodiscard]] Folds nuisance_folds(const EffectData& data, int count, std::uint64_t seed, std::uint32_t repetition);

/// Moves probabilities into [clip, 1 - clip]; returns how many moved.
std::int64_t clip_probabilities(Eigen::VectorXd& probabilities, double clip);

}  // namespace causal::estimation
