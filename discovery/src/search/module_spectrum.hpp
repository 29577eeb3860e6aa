#pragma once
// The largest eigenvalues of a symmetric matrix.

#include <Eigen/Core>

namespace causal::discovery::detail {

struct LeadingPairs {
  Eigen::VectorXd values;   ///< Descending.
  Eigen::MatrixXd vectors;  ///< m x k, orthonormal; the entry of largest size of each is positive.
};

/// The min(k, m) largest eigenvalues of a positive semidefinite matrix with their eigenvectors. By Lanczos steps above
/// 64 rows, each m^2, until the residuals are below 1e-10 of the largest eigenvalue.
[[nodiscard]] LeadingPairs leading_pairs(const Eigen::Ref<const Eigen::MatrixXd>& A, Eigen::Index k);

}  // namespace causal::discovery::detail
