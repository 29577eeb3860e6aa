#pragma once
// How much of an effect goes through mediators.

#include <array>
#include <string_view>
#include <utility>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class PathModelKind {
  Linear,    ///< Least squares; of a mediator: normal with constant variance.
  Logistic,  ///< Values 0 and 1.
  Probit,    ///< Values 0 and 1.
  Poisson    ///< Counts.
};

enum class PathErrors {
  Influence,  ///< Influence values: valid under unequal variances and with clusters.
  Classic,    ///< Delta method on model-based covariances; for one mediator without interaction Sobel's formula.
  Bootstrap   ///< Percentiles of refits to resampled rows (clusters).
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::PathModelKind> {
  using K = causal::estimation::PathModelKind;
  static constexpr std::array<std::pair<K, std::string_view>, 4> names{
      {{K::Linear, "linear"}, {K::Logistic, "logistic"}, {K::Probit, "probit"}, {K::Poisson, "poisson"}}};
};

template <>
struct causal::EnumNames<causal::estimation::PathErrors> {
  using K = causal::estimation::PathErrors;
  static constexpr std::array<std::pair<K, std::string_view>, 3> names{
      {{K::Influence, "influence"}, {K::Classic, "classic"}, {K::Bootstrap, "bootstrap"}}};
};

namespace causal::estimation {

struct MediationOptions {
  PathModelKind outcome_model = PathModelKind::Linear;
  PathModelKind mediator_model = PathModelKind::Linear;
  bool interaction = false;  ///< Products of treatment and mediators in the outcome model.
  PathErrors errors = PathErrors::Influence;
  int draws = 999;           ///< Of the bootstrap.
  double control_value = 0;  ///< Of a treatment with more or fewer than two levels: the values that are compared.
  double treated_value = 1;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"outcome_model", "regression of the outcome"}, self.outcome_model);
    visitor(Field{"mediator_model", "regression of each mediator"}, self.mediator_model);
    visitor(Field{"interaction", "let the effect of the mediators differ between treated and controls"},
            self.interaction);
    visitor(Field{"errors", "standard errors: influence, classic or bootstrap"}, self.errors);
    visitor(Field{"draws", "refits of the bootstrap", closed_interval(20, 1000000)}, self.draws);
    visitor(Field{"control_value", "dose of the controls, for a treatment that is a number"}, self.control_value);
    visitor(Field{"treated_value", "dose of the treated, for a treatment that is a number"}, self.treated_value);
    visitor(Field{"level", "confidence level of the intervals", open_interval(0, 1)}, self.level);
  }
};

/// Natural effects, with Y(a, M(b)) the outcome under treatment a and the mediators as they would be under b.
/// te = nde + tnie = tnde + nie, up to rounding.
struct MediationResult {
  Estimate te;          ///< E Y(1, M(1)) - E Y(0, M(0)): total effect.
  Estimate nde;         ///< E Y(1, M(0)) - E Y(0, M(0)): (pure) natural direct effect.
  Estimate tnie;        ///< E Y(1, M(1)) - E Y(1, M(0)): total natural indirect effect.
  Estimate tnde;        ///< E Y(1, M(1)) - E Y(0, M(1)): total natural direct effect.
  Estimate nie;         ///< E Y(0, M(1)) - E Y(0, M(0)): (pure) natural indirect effect.
  Estimate proportion;  ///< nie / te. Degenerate when te is 0; of little use when te is not clearly away from 0.
};

/// Natural effects from parametric regressions of the mediators on treatment and covariates, and of the outcome on
/// treatment, mediators and covariates, averaged over the rows.
///
/// Linear mediators are jointly normal with the covariance of their residuals, so that the linear predictor of the
/// outcome is normal and one integral is left: closed forms for linear, probit and Poisson outcomes, 60-point
/// Gauss-Hermite for logistic. Mediators of another model are taken in the order given, each regressed on those before
/// it too, and summed over: up to 10 binary, or 2 counts.
///
/// Assumes the regressions, no confounding of treatment-outcome, treatment-mediator and mediator-outcome beside the
/// covariates, and no confounder of mediators and outcome that the treatment moves. With more than two discrete levels
/// that are not numbers the others have coefficients of their own. The percentile interval of the bootstrap need not be
/// symmetric about the value; its p-values are those of a normal with the bootstrap's standard error.
/// Errors: DataError for missing outcomes, no mediator, values outside a model's range, too few rows.
/// Source: VanderWeele, Explanation in Causal Inference (2015), ch. 2 and 5.
[[nodiscard]] MediationResult mediation(const EffectData& data, const MediationOptions& options = {});

struct RobustMediationOptions {
  double level = 0.95;
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"level", "confidence level of the intervals", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// Natural effects of a treatment of two levels with any mediators, from the efficient influence function of
/// E Y(1, M(0)) with cross-fitted regressions: P(A | X), P(A | M, X), E[Y | A, M, X] and E[E[Y | 1, M, X] | A = 0, X].
///
/// No model of the mediators' distribution is needed. The value stays consistent when the outcome regressions are
/// right, or the propensities, or (for the nested mean) P(A | X) and E[Y | A, M, X]; its interval needs all of them, at
/// a rate that products of errors vanish. Propensities outside [clip, 1 - clip] are moved and counted. Errors:
/// DataError for a treatment without two levels, missing outcomes, no mediator. Source: Tchetgen Tchetgen and Shpitser,
/// Annals of Statistics 40 (2012).
[[nodiscard]] MediationResult robust_mediation(const EffectData& data, const RobustMediationOptions& options = {});

}  // namespace causal::estimation
