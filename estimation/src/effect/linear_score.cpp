#include "effect/linear_score.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace causal::estimation {
namespace {

void add_new(const std::vector<std::string>& from, std::vector<std::string>& to) {
  for (const std::string& text : from) {
    if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
  }
}

void add_figures(const std::vector<Figure>& figures, double share, std::vector<Figure>& sums) {
  for (const Figure& figure : figures) {
    const auto at = std::find_if(sums.begin(), sums.end(), [&](const Figure& sum) { return sum.name == figure.name; });
    if (at == sums.end()) {
      sums.push_back({figure.name, share * figure.value});
    } else {
      at->value += share * figure.value;
    }
  }
}

}  // namespace

double median_of_repeats(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Estimate solve_linear_score(std::string method, std::string estimand, const EffectData& data, double level, int repeats,
                            const ScoreFn& score, const std::string& undetermined) {
  const Eigen::VectorXd weights = data.row_weights();
  std::vector<double> values;
  std::vector<double> errors;
  std::vector<std::string> warnings;
  Diagnostics diagnostics;
  Eigen::VectorXd influence = Eigen::VectorXd::Zero(data.n());
  for (int m = 0; m < repeats; ++m) {
    const LinearScore one = score(static_cast<std::uint32_t>(m));
    add_new(one.warnings, warnings);
    add_figures(one.figures, 1.0 / repeats, diagnostics.figures);
    const double slope = weights.dot(one.psi_a) / static_cast<double>(data.n());
    const double value = -weights.dot(one.psi_b) / (static_cast<double>(data.n()) * slope);
    if (!(std::abs(slope) > 1e-10 * one.scale) || !std::isfinite(value)) {
      Estimate nothing = degenerate_estimate(std::move(method), std::move(estimand), data.n(), undetermined);
      nothing.level = level;
      nothing.diagnostics = std::move(diagnostics);
      add_new(warnings, nothing.warnings);
      return nothing;
    }
    const Eigen::VectorXd psi = weights.cwiseProduct(one.psi_a * value + one.psi_b) / -slope;
    values.push_back(value);
    errors.push_back(influence_std_error(psi, data.clusters));
    influence += psi / repeats;
  }
  const double value = median_of_repeats(values);
  Estimate estimate =
      from_influence(std::move(method), std::move(estimand), value, std::move(influence), level, data.clusters);
  std::vector<double> spreads;
  for (std::size_t m = 0; m < values.size(); ++m) {
    spreads.push_back(errors[m] * errors[m] + (values[m] - value) * (values[m] - value));
  }
  estimate.std_error = std::sqrt(median_of_repeats(spreads));
  set_interval(estimate);
  estimate.diagnostics = std::move(diagnostics);
  if (repeats > 1) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    estimate.diagnostics.add("lowest_of_repeats", *low);
    estimate.diagnostics.add("highest_of_repeats", *high);
  }
  estimate.warnings = std::move(warnings);
  return estimate;
}

}  // namespace causal::estimation
