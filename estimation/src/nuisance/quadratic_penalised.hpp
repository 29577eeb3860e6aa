#pragma once
// Quadratic functions under the constraints and penalties that make coefficients vanish.

#include <Eigen/Core>

namespace causal::estimation::detail {

/// Minimises 1/2 b'G b - c'b + lambda sum |b_j| from the start b by coordinate descent, then exactly by active
/// sets. G: p x p, positive semidefinite. Columns with G_jj = 0 get 0. False: not converged.
[[nodiscard]] bool solve_lasso(const Eigen::MatrixXd& G, const Eigen::VectorXd& c, double lambda, Eigen::VectorXd& b);

}  // namespace causal::estimation::detail
