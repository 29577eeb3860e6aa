#include "causal/estimation/sensitivity/e_value.hpp"

#include <fmt/format.h>

#include <cmath>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

double of_risk_ratio(double ratio) {
  const double r = ratio < 1 ? 1 / ratio : ratio;
  return r + std::sqrt(r * (r - 1));
}

double risk_ratio_of(EffectScale scale, double value) {
  switch (scale) {
    case EffectScale::RiskRatio:
    case EffectScale::OddsRatioRare:
    case EffectScale::HazardRatioRare:
      return value;
    case EffectScale::OddsRatioCommon:
      return std::sqrt(value);
    case EffectScale::HazardRatioCommon:
      return (1 - std::pow(0.5, std::sqrt(value))) / (1 - std::pow(0.5, std::sqrt(1 / value)));
    case EffectScale::MeanDifference:
      return std::exp(0.91 * value);
  }
  return value;
}

void check_value(EffectScale scale, double value, const char* name) {
  if (std::isfinite(value) && (scale == EffectScale::MeanDifference || value > 0)) return;
  throw InvalidArgument("e_value", name, fmt::format("{}", value),
                        scale == EffectScale::MeanDifference ? "be finite" : "be a ratio > 0");
}

EValue of_risk_ratios(double ratio, double low, double high) {
  EValue value{.risk_ratio = ratio, .risk_ratio_low = low, .risk_ratio_high = high, .point = of_risk_ratio(ratio)};
  if (std::isnan(low)) return value;
  value.limit = low <= 1 && high >= 1 ? 1 : of_risk_ratio(ratio > 1 ? low : high);
  return value;
}

}  // namespace

EValue e_value(EffectScale scale, double estimate, double low, double high) {
  check_value(scale, estimate, "estimate");
  if (std::isnan(low) && std::isnan(high)) return of_risk_ratios(risk_ratio_of(scale, estimate), low, high);
  check_value(scale, low, "low");
  check_value(scale, high, "high");
  if (!(low <= estimate && estimate <= high)) {
    throw InvalidArgument("e_value", "interval", fmt::format("[{}, {}]", low, high),
                          fmt::format("hold the estimate {}", estimate));
  }
  return of_risk_ratios(risk_ratio_of(scale, estimate), risk_ratio_of(scale, low), risk_ratio_of(scale, high));
}

EValue e_value_of_difference(double difference, double std_error) {
  check_value(EffectScale::MeanDifference, difference, "difference");
  if (!(std_error >= 0) || !std::isfinite(std_error)) {
    throw InvalidArgument("e_value_of_difference", "std_error", fmt::format("{}", std_error), "be >= 0");
  }
  return of_risk_ratios(std::exp(0.91 * difference), std::exp(0.91 * difference - 1.78 * std_error),
                        std::exp(0.91 * difference + 1.78 * std_error));
}

}  // namespace causal::estimation
