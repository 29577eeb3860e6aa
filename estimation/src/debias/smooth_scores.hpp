#pragma once
// Scores from smooth models of a density: a spline for its logarithm, and a mixture of normals.

#include <Eigen/Core>

namespace causal::estimation {

/// A score at nodes, and its slopes per unit beyond them.
struct SmoothScore {
  Eigen::VectorXd at_nodes;
  double slope_below = 0;
  double slope_above = 0;
  int size = 0;  ///< Degrees of freedom or components that were used.
};

/// Lindsey's method: a Poisson regression of histogram counts on a natural cubic spline with `df` degrees of freedom
/// (0: from 3 to 12 by BIC). masses: rows at the nodes low + j * step. Source: Efron (2011), Tweedie's formula and
/// selection bias, section 3.
[[nodiscard]] SmoothScore lindsey_score(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step,
                                        double sd, int df);

/// A mixture of up to `max_components` normals by EM with BIC, variances at least 1e-3 of `variance`.
[[nodiscard]] SmoothScore mixture_score(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step,
                                        double variance, int max_components);

}  // namespace causal::estimation
