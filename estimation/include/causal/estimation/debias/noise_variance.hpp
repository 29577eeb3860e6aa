#pragma once
// The variance of an outcome around its prediction, constant or a smooth function of the prediction.

#include <Eigen/Core>

#include "causal/io/json.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation {

/// sigma^2(u) = max(floor, exp(B(u)' b) - shift), with B a column of ones and a natural cubic spline of 4 degrees of
/// freedom; constant beyond the outer knots. Without knots sigma^2 is `variance` everywhere.
struct NoiseVariance {
  double variance = 0;                ///< The mean, divisor n.
  double shift = 0;                   ///< Label noise that is taken out.
  Eigen::VectorXd knots = {};         ///< 5 ascending knots, or none.
  Eigen::VectorXd coefficients = {};  ///< 5.
  Eigen::MatrixXd bread = {};         ///< 5 x 5: inverse of the sum of mu B B'.
  Eigen::MatrixXd covariance = {};    ///< 5 x 5, of the coefficients.

  [[nodiscard]] bool is_constant() const { return knots.size() == 0; }
  /// Variance at u, its derivative, and (if not constant) mu B with mu = exp(B' b), and the derivative of that.
  struct Point {
    double variance = 0, slope = 0;
    Eigen::VectorXd basis, basis_slope;
  };
  [[nodiscard]] Point at(double u) const;
  [[nodiscard]] Eigen::VectorXd basis_at(double u) const;  ///< B(u).
};

/// Fits log mu by the estimating equation sum B (c^2 - mu) = 0. c: centred residuals; predictions: as many.
/// floored (out): rows whose variance is below 1 % of the mean and set to it.
[[nodiscard]] NoiseVariance fit_noise_variance(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                               const Eigen::Ref<const Eigen::VectorXd>& c, double label_noise,
                                               std::int64_t& floored);

}  // namespace causal::estimation
