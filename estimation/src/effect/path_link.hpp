#pragma once
// Means of an outcome whose linear predictor is normal, and of one whose predictor is known.

#include <span>
#include <utility>

#include "causal/estimation/effect/mediation.hpp"

namespace causal::estimation {

/// E g(eta + s Z), Z standard normal, g the inverse link; with derivatives by eta and by s^2.
struct SmoothedMean {
  double value = 0;
  double by_eta = 0;
  double by_variance = 0;
};
[[nodiscard]] SmoothedMean smoothed_mean(PathModelKind kind, double eta, double variance);

/// P(M = m | linear predictor eta), and d log P / d eta, of a binary or count mediator.
struct ValueChance {
  double chance = 0;
  double score = 0;
};
[[nodiscard]] ValueChance value_chance(PathModelKind kind, double eta, int m);

/// The largest value that is summed over: what lies beyond has a chance below 1e-12.
[[nodiscard]] int largest_value(PathModelKind kind, double eta);

/// Derivative of the inverse link over the variance: a residual times this is the score of the linear predictor.
[[nodiscard]] double score_factor(PathModelKind kind, double eta);

}  // namespace causal::estimation
