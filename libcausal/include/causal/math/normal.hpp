#pragma once
// The standard normal distribution.

namespace causal {

/// The z with P(Z <= z) = probability, probability in (0, 1).
[[nodiscard]] double normal_quantile(double probability);

/// P(|Z| > |z|), in (0, 1]: below the smallest normal double it stays at that double instead of reaching 0.
[[nodiscard]] double two_sided_normal_p(double z);

}  // namespace causal
