#include "causal/estimation/effect/sample_size.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// Power at a standardised effect l and critical value z.
double power_at(double l, double z) { return normal_cdf(l - z) + normal_cdf(-l - z); }

double critical_value(const StudyDesign& design) { return normal_quantile(0.5 + design.level / 2); }

/// n times the variance of the adjusted difference.
double unit_variance(const StudyDesign& design) {
  const double inflation = 1 + (design.cluster_size - 1) * design.intraclass_correlation;
  return inflation * design.outcome_sd * design.outcome_sd * (1 - design.r_squared) /
         (design.treated_share * (1 - design.treated_share));
}

/// The l with that power, by bisection: power_at rises from 1 - level at 0 to 1.
double standardised_effect(const StudyDesign& design, const char* function) {
  if (!(design.power > 1 - design.level)) {
    throw InvalidArgument(function, "power", fmt::format("{}", design.power),
                          fmt::format("be above 1 - level = {:.6g}, the power without any effect", 1 - design.level));
  }
  const double z = critical_value(design);
  double low = 0;
  double high = z + 40;
  for (int step = 0; step < 200 && high - low > 0; ++step) {
    const double middle = (low + high) / 2;
    if (middle == low || middle == high) break;
    (power_at(middle, z) < design.power ? low : high) = middle;
  }
  return high;
}

void check_rows(std::int64_t rows, const char* function) {
  if (rows < 2) throw InvalidArgument(function, "rows", fmt::format("{}", rows), "be at least 2");
}

}  // namespace

std::int64_t required_rows(double effect, const StudyDesign& design) {
  validate(design, "required_rows");
  if (!std::isfinite(effect) || effect == 0) {
    throw InvalidArgument("required_rows", "effect", fmt::format("{}", effect), "be finite and not 0");
  }
  const double l = standardised_effect(design, "required_rows");
  const double rows = std::ceil(l * l * unit_variance(design) / (effect * effect) * (1 - 1e-12));
  if (!(rows < 9e15)) {
    throw InvalidArgument("required_rows", "effect", fmt::format("{}", effect), "need fewer than 9e15 rows");
  }
  return rows < 2 ? 2 : static_cast<std::int64_t>(rows);
}

double power_of(std::int64_t rows, double effect, const StudyDesign& design) {
  validate(design, "power_of");
  check_rows(rows, "power_of");
  if (!std::isfinite(effect)) {
    throw InvalidArgument("power_of", "effect", fmt::format("{}", effect), "be finite");
  }
  const double error = std::sqrt(unit_variance(design) / static_cast<double>(rows));
  return power_at(std::abs(effect) / error, critical_value(design));
}

double detectable_effect(std::int64_t rows, const StudyDesign& design) {
  validate(design, "detectable_effect");
  check_rows(rows, "detectable_effect");
  return standardised_effect(design, "detectable_effect") *
         std::sqrt(unit_variance(design) / static_cast<double>(rows));
}

}  // namespace causal::estimation
