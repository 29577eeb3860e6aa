#pragma once
// Back-door adjustment by least squares: the effect is a contrast of coefficients.

#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

struct RegressionOptions {
  CovarianceKind covariance = CovarianceKind::Hc2;  ///< Cluster whenever the data have clusters.
  Estimand estimand = Estimand::Ate;                ///< Matters with modifiers only. Not Overlap.
  /// Covariates by which the effect may vary linearly: column names, discrete covariates, or "*" for all.
  std::vector<std::string> modifiers = {};
  double control_value = 0;  ///< Doses of a continuous treatment that are compared.
  double treated_value = 1;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"covariance", "standard errors; cluster when the data have clusters"}, self.covariance);
    visitor(Field{"estimand", "population of the effect, when it varies: ate, att or atc"}, self.estimand);
    visitor(Field{"control_value", "dose of a continuous treatment that the other is compared with"},
            self.control_value);
    visitor(Field{"treated_value", "dose of a continuous treatment that is compared"}, self.treated_value);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
  }
};

/// The effect of the treated against the control level, or of treated_value against control_value of a continuous
/// treatment, in the linear regression of the outcome on covariates, treatment and products of treatment and modifiers.
/// With modifiers the effects of the rows are averaged, over all rows or those of an arm; the standard error is sqrt(a'
/// V a) with a the average derivative of the effect by the coefficients, for the rows at hand: that they are a sample,
/// too, is left to g_formula. Intervals have n - k degrees of freedom of Student's t, with clusters G - 1.
///
/// Assumes no unmeasured confounding and an outcome that is linear in the columns given. Columns that are linear
/// functions of others are left out with a warning that names them; when the treatment itself is one, or the contrast
/// is not determined without one, or no degree of freedom is left, the result is Degenerate.
/// Errors: DataError for missing outcomes, a single cluster, leverage 1 with Hc2 or Hc3; InvalidArgument for unknown
/// modifiers, equal doses, an estimand that does not apply. Cost 2 n k^2 flops and a copy of the n x k design or two.
[[nodiscard]] Estimate regression(const EffectData& data, const RegressionOptions& options = {});

}  // namespace causal::estimation
