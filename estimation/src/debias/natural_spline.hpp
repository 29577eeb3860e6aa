#pragma once
// Natural cubic splines and their derivatives.

#include <Eigen/Core>

namespace causal::estimation {

/// The basis 1, z, n_1(z), ..., n_{K-2}(z) on K >= 2 ascending knots, with z the place between the outer knots mapped
/// to [0, 1]: cubic between knots, straight beyond the outer ones. K values. Source: Hastie, Tibshirani and Friedman,
/// The Elements of Statistical Learning, eq. 5.4 and 5.5.
[[nodiscard]] Eigen::VectorXd natural_spline_basis(const Eigen::Ref<const Eigen::VectorXd>& knots, double u);
/// Its derivative with respect to u.
[[nodiscard]] Eigen::VectorXd natural_spline_slope(const Eigen::Ref<const Eigen::VectorXd>& knots, double u);

/// `count` knots at the quantiles Phi(z) of masses on nodes low + j * step, z evenly spaced over [-reach, reach]: even
/// spacing for a normal sample, and knots where the rows are for any other. Fewer knots when some would coincide.
[[nodiscard]] Eigen::VectorXd normal_score_knots(const Eigen::Ref<const Eigen::VectorXd>& masses, double low,
                                                 double step, int count, double reach);

}  // namespace causal::estimation
