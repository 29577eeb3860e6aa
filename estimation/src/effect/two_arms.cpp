#include "effect/two_arms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/effect/balance.hpp"

namespace causal::estimation {

TwoArms two_arms(const EffectData& data, const Eigen::VectorXd& observed) {
  TwoArms arms{data.arm_indicator(data.treated), data.arm_indicator(data.control), data.row_weights(), data.outcome,
               Eigen::ArrayXd::Ones(data.n())};
  if (data.missing_outcomes == 0) return arms;
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (std::isnan(arms.y(i))) {
      arms.y(i) = 0;
      arms.seen(i) = 0;
    } else {
      arms.seen(i) = 1 / observed(i);
    }
  }
  return arms;
}

std::optional<std::string> overlap_failure(const EffectData& data, const Nuisances& nuisances, Estimand estimand) {
  const NuisanceParts parts = parts_for(estimand, false);
  if (nuisances.clipped_rows >= data.n()) {
    return "no overlap: the covariates tell the arms apart in every row (all propensities were clipped)";
  }
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const bool treated_fails = parts.divides_by_treated && !(nuisances.propensity_treated(i) > 0);
    const bool control_fails = parts.divides_by_control && !(nuisances.propensity_control(i) > 0);
    if (treated_fails || control_fails) {
      return fmt::format("no overlap: row {} has the propensity {} of the treated and {} of the control level", i + 1,
                         nuisances.propensity_treated(i), nuisances.propensity_control(i));
    }
    if (nuisances.observed.size() != 0 && !(nuisances.observed(i) > 0)) {
      return fmt::format("row {} has no chance of an observed outcome", i + 1);
    }
  }
  return std::nullopt;
}

Estimate weighted_estimate(std::string method, Estimand estimand, double value, Eigen::VectorXd influence, double level,
                           const EffectData& data, const Nuisances& nuisances) {
  if (!std::isfinite(value) || !influence.allFinite()) {
    return degenerate_estimate(std::move(method), std::string(enum_name(estimand)), data.n(),
                               "the weights are too large to give a finite value");
  }
  Estimate estimate = from_influence(std::move(method), std::string(enum_name(estimand)), value, std::move(influence),
                                     level, data.clusters);
  estimate.n = estimate.n_used = data.n();
  estimate.warnings = nuisances.warnings;
  describe_nuisances(estimate.diagnostics, data, nuisances);
  return estimate;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Estimate over_repeats(int repeats, const std::function<Estimate(std::uint32_t repetition)>& estimate) {
  Estimate combined = estimate(0);
  if (repeats == 1 || combined.status != Status::Ok) return combined;
  std::vector<double> values{combined.value};
  std::vector<double> errors{combined.std_error};
  for (int m = 1; m < repeats; ++m) {
    Estimate next = estimate(static_cast<std::uint32_t>(m));
    if (next.status != Status::Ok) return next;
    values.push_back(next.value);
    errors.push_back(next.std_error);
    combined.influence += next.influence;
    for (std::string& warning : next.warnings) {
      if (std::find(combined.warnings.begin(), combined.warnings.end(), warning) == combined.warnings.end()) {
        combined.warnings.push_back(std::move(warning));
      }
    }
  }
  combined.influence /= repeats;
  combined.value = median(values);
  std::vector<double> squares;
  for (std::size_t m = 0; m < values.size(); ++m) {
    squares.push_back(errors[m] * errors[m] + (values[m] - combined.value) * (values[m] - combined.value));
  }
  combined.std_error = std::sqrt(median(squares));
  combined.diagnostics.add("min_over_repeats", *std::min_element(values.begin(), values.end()));
  combined.diagnostics.add("max_over_repeats", *std::max_element(values.begin(), values.end()));
  set_interval(combined);
  return combined;
}

}  // namespace causal::estimation
