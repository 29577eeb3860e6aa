#pragma once
// The standard normal distribution.

#include <span>

namespace causal {

/// The z with P(Z <= z) = probability, probability in (0, 1).
[[nodiscard]] double normal_quantile(double probability);

/// Replaces every probability by its normal quantile, to 4e-16 relative to the scale of z (absolute near 0): the fast
/// way from uniform to normal draws, about 3 ns each. The same bits on any processor.
/// Source: rational approximations of Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
void normal_quantiles_in_place(std::span<double> probabilities);

/// P(|Z| > |z|), in (0, 1]: below the smallest normal double it stays at that double instead of reaching 0.
[[nodiscard]] double two_sided_normal_p(double z);

}  // namespace causal
