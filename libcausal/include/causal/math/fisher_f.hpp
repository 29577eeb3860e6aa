#pragma once
// The F distribution.

namespace causal {

/// P(F > statistic) for F with `numerator` and `denominator` degrees of freedom, both > 0; denominator = inf is
/// chi-square / numerator. statistic >= 0. In (0, 1]: below the smallest normal double it stays at that double.
[[nodiscard]] double fisher_f_upper_p(double statistic, double numerator, double denominator);

/// The f with P(F <= f) = probability, probability in (0, 1).
[[nodiscard]] double fisher_f_quantile(double probability, double numerator, double denominator);

}  // namespace causal
