#pragma once
// Factorisations of the small matrices of one mechanism. Plain loops: for a handful of parents they are as fast as a
// library, and much faster to compile.

#include <Eigen/Core>
#include <utility>

namespace causal::bandits {

/// The lower Cholesky factor in the lower triangle of `a` (the rest is left alone). False when a pivot is not above
/// `least` times the diagonal entry it came from.
[[nodiscard]] bool cholesky_in_place(Eigen::MatrixXd& a, double least = 0);
/// Solves L y = b and L^T x = y in place.
void solve_lower(const Eigen::MatrixXd& factor, Eigen::VectorXd& b);
void solve_lower_transposed(const Eigen::MatrixXd& factor, Eigen::VectorXd& b);
/// The inverse of L L^T.
[[nodiscard]] Eigen::MatrixXd inverse_from_cholesky(const Eigen::MatrixXd& factor);
/// Smallest and largest eigenvalue of a symmetric matrix of at least one row, by cyclic Jacobi rotations.
[[nodiscard]] std::pair<double, double> eigenvalue_range(Eigen::MatrixXd a);
/// Solves a x = b and, with the same a, a^T y = c, by elimination with partial pivoting; false when a pivot is below
/// 1e-12 times the largest one.
[[nodiscard]] bool solve_both(const Eigen::MatrixXd& a, Eigen::VectorXd& b, Eigen::VectorXd& c);

}  // namespace causal::bandits
