#pragma once
// Student's t distribution; dof = inf is the standard normal.

namespace causal {

/// The t with P(T <= t) = probability, for probability in (0, 1) and dof > 0.
[[nodiscard]] double student_t_quantile(double probability, double dof);

/// P(|T| > |t|), in (0, 1]: below the smallest normal double it stays at that double instead of reaching 0.
[[nodiscard]] double two_sided_student_t_p(double t, double dof);

}  // namespace causal
