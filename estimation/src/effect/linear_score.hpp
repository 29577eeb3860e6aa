#pragma once
// Estimators that solve mean(w (psi_a theta + psi_b)) = 0, over several partitions of the rows into folds.

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"

namespace causal::estimation {

/// The score of one partition, one value a row, and what is known about the regressions behind it.
struct LinearScore {
  Eigen::VectorXd psi_a;
  Eigen::VectorXd psi_b;
  /// Size that mean(w psi_a) would have in a healthy problem: below 1e-10 of it theta is not determined.
  double scale = 1;
  std::vector<Figure> figures = {};
  std::vector<std::string> warnings = {};
};

/// The score of partition number `repetition`.
using ScoreFn = std::function<LinearScore(std::uint32_t repetition)>;

/// Solves each partition's equation. Value: median over the partitions. Standard error: root of the median of
/// se_m^2 + (value_m - value)^2, unscaled. Influence values and figures: means over the partitions.
/// `undetermined` is the reason given when mean(w psi_a) is 0.
[[nodiscard]] Estimate solve_linear_score(std::string method, std::string estimand, const EffectData& data,
                                          double level, int repeats, const ScoreFn& score,
                                          const std::string& undetermined);

/// The middle value, or the mean of the two in the middle; values must not be empty.
[[nodiscard]] double median_of_repeats(std::vector<double> values);

}  // namespace causal::estimation
