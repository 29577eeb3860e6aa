#pragma once
// Effects by the front-door: through mediators, when treatment and outcome have a hidden common cause.

#include <array>
#include <string_view>
#include <utility>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/mediation.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class FrontdoorModel {
  Discrete,  ///< Shares and means of cells: treatment, mediators and covariates are all discrete. No other assumption.
  Linear     ///< Product of linear effects, summed over mediators.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::FrontdoorModel> {
  using M = causal::estimation::FrontdoorModel;
  static constexpr std::array<std::pair<M, std::string_view>, 2> names{
      {{M::Discrete, "discrete"}, {M::Linear, "linear"}}};
};

namespace causal::estimation {

struct FrontdoorOptions {
  FrontdoorModel model = FrontdoorModel::Discrete;
  PathErrors errors = PathErrors::Influence;  ///< Classic (Sobel) with the linear model only.
  int draws = 999;                            ///< Of the bootstrap.
  double control_value = 0;                   ///< Linear model, treatment that is a number: the values compared.
  double treated_value = 1;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"model", "discrete cells or linear paths"}, self.model);
    visitor(Field{"errors", "standard errors: influence, classic or bootstrap"}, self.errors);
    visitor(Field{"draws", "refits of the bootstrap", closed_interval(20, 1000000)}, self.draws);
    visitor(Field{"control_value", "dose of the controls, for a treatment that is a number"}, self.control_value);
    visitor(Field{"treated_value", "dose of the treated, for a treatment that is a number"}, self.treated_value);
    visitor(Field{"level", "confidence level of the interval", open_interval(0, 1)}, self.level);
  }
};

/// E[Y | do(treated)] - E[Y | do(control)].
///
/// Assumes that all directed paths from treatment to outcome pass the mediators, and that given the covariates no
/// hidden cause links treatment and mediators, or mediators and outcome other than through the treatment. Discrete:
/// with C the covariates, sum_c P(c) sum_m P(m | a, c) sum_a' E[Y | m, a', c] P(a' | c); all levels of the treatment
/// enter. Degenerate when a cell that the formula needs has no rows; the reason names the first. Linear: sum over
/// mediators of (treatment -> mediator) x (mediator -> outcome given treatment), times the dose. Errors: DataError for
/// missing outcomes, no mediator, a continuous treatment or too many cells with the discrete model; InvalidArgument for
/// Classic with the discrete model. Source: Pearl, Causality (2009), section 3.3.2; influence function: Fulcher et al.,
/// JRSS B 82 (2020), extended to covariates of all parts.
[[nodiscard]] Estimate frontdoor(const EffectData& data, const FrontdoorOptions& options = {});

/// E[Y | do(arm)] for one level of a discrete treatment, by the discrete model. Errors: as frontdoor; InvalidArgument
/// for an arm that is no level.
[[nodiscard]] Estimate frontdoor_mean(const EffectData& data, int arm, const FrontdoorOptions& options = {});

}  // namespace causal::estimation
