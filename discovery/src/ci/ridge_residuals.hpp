#pragma once
// Ridge regression on one set of features for many targets: one factorisation, the penalty by leave-one-out.

#include <Eigen/Core>
#include <cstdint>

namespace causal::discovery::detail {

/// Features of a ridge regression with an intercept that is not penalised, turned to their principal directions.
struct RidgeDesign {
  Eigen::MatrixXd U;              ///< n x r: orthonormal columns of mean 0 that span the centred features.
  Eigen::VectorXd eigenvalues;    ///< r, of the features' centred scatter: ascending, positive.
  Eigen::MatrixXd leverage = {};  ///< n x penalties: the diagonal of the hat matrix for each penalty of the grid.

  [[nodiscard]] std::int64_t bytes() const {
    return static_cast<std::int64_t>(sizeof(double)) * (U.size() + eigenvalues.size() + leverage.size());
  }
};

/// The penalties tried, each times n, ascending: 10^-8, 10^-7.5, ..., 10^1.
[[nodiscard]] Eigen::VectorXd ridge_penalties(std::int64_t n);

/// features: n x m. Directions with an eigenvalue below 1e-10 of the largest are left out.
/// Cost O(n m^2), once for all targets.
[[nodiscard]] RidgeDesign ridge_design(const Eigen::Ref<const Eigen::MatrixXd>& features, int threads);

/// What a regression leaves of q targets.
struct RidgeResiduals {
  Eigen::MatrixXd columns;    ///< n x q.
  Eigen::MatrixXd remaining;  ///< r x q: the share of each direction of U that is left, in [0, 1].
  Eigen::VectorXi penalty;    ///< q: the index in ridge_penalties that was chosen.
};

/// Regresses each column of Y (n x q) at the penalty of least leave-one-out squared error, ties to the larger one.
/// Leaving row i out changes its residual e_i into e_i / (1 - h_ii) exactly, h_ii the leverage (Allen 1974).
/// Cost O(n r) a column and penalty.
[[nodiscard]] RidgeResiduals ridge_residuals(const RidgeDesign& design, const Eigen::Ref<const Eigen::MatrixXd>& Y);

}  // namespace causal::discovery::detail
