#pragma once
// Standardisation: a parametric model of the outcome, averaged with everyone treated and with no one treated.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class OutcomeModel {
  Auto,      ///< Logistic for an outcome in {0, 1}, else linear.
  Linear,    ///< Least squares.
  Logistic,  ///< For outcomes in [0, 1].
  Poisson    ///< Log-linear, for outcomes >= 0; its errors do not assume that the variance is the mean.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::OutcomeModel> {
  using M = causal::estimation::OutcomeModel;
  static constexpr std::array<std::pair<M, std::string_view>, 4> names{
      {{M::Auto, "auto"}, {M::Linear, "linear"}, {M::Logistic, "logistic"}, {M::Poisson, "poisson"}}};
};

namespace causal::estimation {

struct GFormulaOptions {
  OutcomeModel outcome_model = OutcomeModel::Auto;
  Estimand estimand = Estimand::Ate;  ///< Not Overlap.
  /// Covariates whose product with the treatment is in the model: column names, discrete covariates, or "*" for all,
  /// which is one model for each arm.
  std::vector<std::string> modifiers = {"*"};
  double control_value = 0;  ///< Doses of a continuous treatment that are compared.
  double treated_value = 1;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"outcome_model", "regression of the outcome"}, self.outcome_model);
    visitor(Field{"estimand", "population of the effect: ate, att or atc"}, self.estimand);
    visitor(Field{"control_value", "dose of a continuous treatment that the other is compared with"},
            self.control_value);
    visitor(Field{"treated_value", "dose of a continuous treatment that is compared"}, self.treated_value);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
  }
};

/// The mean over the population of mu(treated, X) - mu(control, X), where mu is the fitted model of the outcome given
/// treatment and covariates. The figures mean_treated and mean_control are the two parts.
///
/// Influence values: (contrast of the row - value) / share of the population + n a' bread score, with a the derivative
/// of the value by the coefficients: the sampling of covariates and of coefficients, without assuming that the errors
/// have the variance of the model.
///
/// Rows without an outcome are left out of the fit and kept in the average, which is right when outcomes are missing at
/// random given treatment and covariates. Assumes no unmeasured confounding and a right outcome model: there is no
/// second chance as in aipw. Degenerate when the treatment is a linear function of the covariates, or the data do not
/// determine the contrast. Errors: as regression; DataError for outcomes that the model does not take.
/// Cost O(n k^2) an iteration, and copies of the n x k design.
/// Source: Robins (1986); Snowden, Rose and Mortimer (2011) for the point-treatment case; Stefanski and Boos (2002).
[[nodiscard]] Estimate g_formula(const EffectData& data, const GFormulaOptions& options = {});

}  // namespace causal::estimation
