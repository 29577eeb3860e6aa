#pragma once
// The chi-square distribution.

namespace causal {

/// P(X > statistic) for X chi-square with `dof` degrees of freedom: statistic >= 0, dof > 0. In (0, 1]: below the
/// smallest normal double it stays at that double instead of reaching 0.
[[nodiscard]] double chi_square_upper_p(double statistic, double dof);

}  // namespace causal
