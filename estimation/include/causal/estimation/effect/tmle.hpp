#pragma once
// Targeted maximum likelihood: outcome regression, moved until it solves the equation of the efficient estimator.

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

struct TmleOptions {
  double level = 0.95;
  double bound = 0.005;  ///< Outcome means, scaled to [0, 1], are moved into [bound, 1 - bound] before the update.
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    visitor(Field{"bound", "scaled outcome means are moved into [bound, 1 - bound]", open_interval(0, 0.5)},
            self.bound);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// The average effect of the treated against the control level. The outcome is scaled to [0, 1] by its observed range;
/// logit q*(a) = logit q(a) + eps_a / e_a with eps fitted by logistic regression; the value is the mean of q*(1) -
/// q*(0). Doubly robust and efficient like aipw; the means stay within the range of the outcome, which helps when
/// propensities are small.
///
/// Missing outcomes weight the update by 1 / P(observed). Assumptions, Degenerate, errors and cost: as aipw, and a
/// warning when the update does not solve its equation to within sd / (sqrt(n) log n).
/// Source: van der Laan and Rose (2011), chapter 4; Gruber and van der Laan (2010) for the scaling.
[[nodiscard]] Estimate tmle(const EffectData& data, const TmleOptions& options = {});

/// The same from nuisances that you bring along. Errors: InvalidArgument as check_nuisances.
[[nodiscard]] Estimate tmle(const EffectData& data, const Nuisances& nuisances, const TmleOptions& options = {});

}  // namespace causal::estimation
