#pragma once
// Least squares with coefficients that may not be negative.

#include <Eigen/Core>

namespace causal::estimation {

/// The x >= 0 that minimises 1/2 x'G x - c'x, by the active-set method of Lawson and Hanson (1974, chapter 23).
/// G: m x m, symmetric positive definite; c: m; m small. Errors: InvalidArgument for sizes that differ.
[[nodiscard]] Eigen::VectorXd nonnegative_least_squares(const Eigen::Ref<const Eigen::MatrixXd>& G,
                                                        const Eigen::Ref<const Eigen::VectorXd>& c);

/// The weights >= 0 with sum 1 for which the mixture predictions * weights is nearest to y in weighted squared error.
/// predictions: n x m; y, row_weights: n.
[[nodiscard]] Eigen::VectorXd mixture_weights(const Eigen::Ref<const Eigen::MatrixXd>& predictions,
                                              const Eigen::Ref<const Eigen::VectorXd>& y,
                                              const Eigen::Ref<const Eigen::VectorXd>& row_weights);

}  // namespace causal::estimation
