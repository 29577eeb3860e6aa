#pragma once
// E-values: how strong an unmeasured confounder must be, with treatment and outcome alike, to explain an effect away.

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "causal/run/options.hpp"

namespace causal::estimation {

/// The scale of an estimate; "rare": at most about 15 % of the units have the event by the end of follow-up.
enum class EffectScale {
  RiskRatio,
  OddsRatioRare,      ///< Close to the risk ratio.
  OddsRatioCommon,    ///< Risk ratio taken as the square root of the odds ratio.
  HazardRatioRare,    ///< Close to the risk ratio.
  HazardRatioCommon,  ///< Risk ratio taken as (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)).
  MeanDifference      ///< In standard deviations of the outcome; risk ratio taken as exp(0.91 d).
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::EffectScale> {
  using S = causal::estimation::EffectScale;
  static constexpr std::array<std::pair<S, std::string_view>, 6> names{{{S::RiskRatio, "risk_ratio"},
                                                                        {S::OddsRatioRare, "odds_ratio_rare"},
                                                                        {S::OddsRatioCommon, "odds_ratio_common"},
                                                                        {S::HazardRatioRare, "hazard_ratio_rare"},
                                                                        {S::HazardRatioCommon, "hazard_ratio_common"},
                                                                        {S::MeanDifference, "mean_difference"}}};
};

namespace causal::estimation {

/// E-values of a point estimate and of the end of its interval nearer to no effect, with the risk ratios behind them.
struct EValue {
  double risk_ratio = 1;
  double risk_ratio_low = std::numeric_limits<double>::quiet_NaN();  ///< NaN: no interval was given.
  double risk_ratio_high = std::numeric_limits<double>::quiet_NaN();
  double point = 1;  ///< Both risk ratios of the confounder must be at least this to explain the estimate away.
  /// The same for the interval to reach no effect; 1 when it does already; NaN: no interval was given.
  double limit = std::numeric_limits<double>::quiet_NaN();
};

/// RR + sqrt(RR (RR - 1)), for RR < 1 of 1 / RR. Estimate and interval on the scale named: ratios > 0.
/// Errors: InvalidArgument for a value outside the scale, or an interval that does not hold the estimate.
/// Source: T. J. VanderWeele, P. Ding, Annals of Internal Medicine 167 (2017); its conversions are approximations.
[[nodiscard]] EValue e_value(EffectScale scale, double estimate, double low = std::numeric_limits<double>::quiet_NaN(),
                             double high = std::numeric_limits<double>::quiet_NaN());

/// From a standardised mean difference and its standard error: interval exp(0.91 d -+ 1.78 se), 95 %.
/// Errors: InvalidArgument for a standard error < 0 or numbers that are not finite.
[[nodiscard]] EValue e_value_of_difference(double difference, double std_error);

}  // namespace causal::estimation
