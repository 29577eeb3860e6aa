#pragma once
// Augmented inverse probability weighting: outcome regression and weighting, each mending the other's faults.

#include <Eigen/Core>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

struct AipwOptions {
  Estimand estimand = Estimand::Ate;  ///< Not Overlap.
  double level = 0.95;
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"estimand", "population of the effect: ate, att or atc"}, self.estimand);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// The effect of the treated against the control level, doubly robust: consistent when the propensities or the outcome
/// means are right, and with cross-fitting normal at rate sqrt(n) when both are fitted by flexible learners whose
/// errors multiply to less than 1 / sqrt(n).
///
/// The interval is that of the efficient influence function and asks for both nuisances to be consistent. Missing
/// outcomes are weighted for, as missing at random given covariates and arm. Assumes no unmeasured confounding and
/// overlap. Returns Degenerate without overlap. Errors: those of fit_nuisances; InvalidArgument for Estimand::Overlap.
/// Cost: that of the learners, times folds and repeats.
/// Source: Robins, Rotnitzky and Zhao (1994); Chernozhukov et al. (2018), section 5.
[[nodiscard]] Estimate aipw(const EffectData& data, const AipwOptions& options = {});

/// The same from nuisances that you bring along: predictions should be out of fold, or of simple parametric models.
/// Nuisance options are not used. Errors: InvalidArgument as check_nuisances.
[[nodiscard]] Estimate aipw(const EffectData& data, const Nuisances& nuisances, const AipwOptions& options = {});

/// The mean outcome were all rows at that level, for every level of the treatment in order of codes, with influence
/// values over the same rows: contrasts and ratios of any two by `difference` and `ratio`. The estimand's name is the
/// level's text; the estimand of the options is not used. A level without rows gets a Degenerate estimate.
/// A known propensity is allowed for two levels only (InvalidArgument otherwise). Cost: k
/// propensity and two outcome fits for each of k levels.
[[nodiscard]] std::vector<Estimate> potential_means(const EffectData& data, const AipwOptions& options = {});

}  // namespace causal::estimation
