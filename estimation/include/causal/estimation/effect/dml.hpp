#pragma once
// Double/debiased machine learning: effects with any regression in the background, by orthogonal scores and
// cross-fitting. Source: Chernozhukov et al., Econometrics Journal 21 (2018); estimators of type DML2.

#include <array>
#include <string_view>
#include <utility>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class PlrScore {
  PartiallingOut,  ///< (Y - l - theta (D - m)) (D - m), l = E[Y | X], m = E[D | X].
  IvType           ///< (Y - g - theta D) (D - m), g = E[Y - theta D | X].
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::PlrScore> {
  using S = causal::estimation::PlrScore;
  static constexpr std::array<std::pair<S, std::string_view>, 2> names{
      {{S::PartiallingOut, "partialling_out"}, {S::IvType, "iv_type"}}};
};

namespace causal::estimation {

/// Options of pliv and iivm.
struct DmlOptions {
  double level = 0.95;
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"level", "confidence level of the interval", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

struct PlrOptions {
  PlrScore score = PlrScore::PartiallingOut;
  double level = 0.95;
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"score", "which orthogonal score"}, self.score);
    visitor(Field{"level", "confidence level of the interval", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

struct IrmOptions {
  Estimand estimand = Estimand::Ate;  ///< Ate or Att.
  double level = 0.95;
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"estimand", "population: ate or att"}, self.estimand);
    visitor(Field{"level", "confidence level of the interval", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

// Common to the four: regressions of the treatment and of instruments use `propensity_learner`, fitting probabilities
// where the values are 0 and 1 and means otherwise; those of the outcome use `outcome_learner`. Each row is predicted
// by fits that have not seen it. With `repeats` > 1 the value is the median over partitions and the standard error the
// root of the median of se_m^2 + (value_m - value)^2. Diagnostics hold the out-of-fold losses. With clusters, whole
// clusters are held out together and standard errors are by cluster. Cost: (number of regressions) x folds x repeats
// fits. Results do not depend on the number of threads. Errors: DataError when outcomes are missing.

/// The slope theta of the partially linear model Y = theta D + g(X) + e, E[e | D, X] = 0. D: a number, or two levels.
/// When the effect varies over rows theta is their mean weighted by Var(D | X), not the average effect: see irm.
/// Degenerate when nothing of D is left beside X.
[[nodiscard]] Estimate plr(const EffectData& data, const PlrOptions& options = {});

/// The average effect of a treatment of two levels without any restriction on E[Y | D, X], for all rows or the treated.
/// Assumes no confounding beyond X and overlap. Errors: DataError for a continuous treatment; InvalidArgument for
/// another estimand.
[[nodiscard]] Estimate irm(const EffectData& data, const IrmOptions& options = {});

/// The slope of Y = theta D + g(X) + e where D is confounded and E[e | Z, X] = 0. Several instruments are combined by
/// the least squares projection of D - E[D | X] on the Z_j - E[Z_j | X]. "first_stage_robust_f" is the Wald statistic
/// of that projection over its number of coefficients; a warning is given below 10. Errors: DataError without an
/// instrument.
[[nodiscard]] Estimate pliv(const EffectData& data, const DmlOptions& options = {});

/// The effect on compliers of a treatment of two levels (LATE), by one instrument with the values 0 and 1: AIPW effect
/// of Z on Y over AIPW effect of Z on D. Assumes that Z is as good as random given X, acts through D only, moves D, and
/// nobody is moved the other way (monotonicity). Where D is constant in an arm of Z, as with one-sided non-compliance,
/// that constant is taken instead of a fit. A known propensity is that of the instrument. Errors: DataError for other instruments or a continuous treatment.
[[nodiscard]] Estimate iivm(const EffectData& data, const DmlOptions& options = {});

}  // namespace causal::estimation
