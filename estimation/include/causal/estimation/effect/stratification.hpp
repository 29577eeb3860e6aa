#pragma once
// Stratification by the propensity: comparisons within strata, averaged.

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

struct StratificationOptions {
  int strata = 5;
  Estimand estimand = Estimand::Ate;  ///< Not Overlap.
  double level = 0.95;
  NuisanceOptions nuisances = {.folds = 1};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"strata", "strata of equal size by the propensity", closed_interval(1, 10000)}, self.strata);
    visitor(Field{"estimand", "population of the effect: ate, att or atc"}, self.estimand);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// Cuts the rows at quantiles of the propensity (equal propensities stay together, so that there may be fewer strata
/// than asked for), takes the difference of the arms' means in each stratum and averages it by the strata's shares of
/// the population. Strata in which an arm has no row are left out, counted and warned of: the effect is then of the
/// others.
///
/// Influence values take the strata as known. Five strata take out about nine tenths of the bias of one normal
/// confounder (Cochran 1968), never all of it: prefer ipw or aipw. Errors: as ipw, and DataError for missing outcomes.
/// Degenerate when no stratum has both arms. Cost O(n p^2).
/// Source: Rosenbaum and Rubin (1984).
[[nodiscard]] Estimate stratification(const EffectData& data, const StratificationOptions& options = {});

/// The same with propensities that you bring along. Errors: InvalidArgument as check_nuisances.
[[nodiscard]] Estimate stratification(const EffectData& data, const Nuisances& nuisances,
                                      const StratificationOptions& options = {});

}  // namespace causal::estimation
