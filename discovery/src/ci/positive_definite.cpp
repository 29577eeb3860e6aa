#include "ci/positive_definite.hpp"

#include <Eigen/Cholesky>
#include <cmath>

namespace causal::discovery::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr Index kBlock = 48;

// Both steps halve the matrix, so that nearly all the work is in products of full blocks.
//     T = [A 0; B C]      T^-1 = [A^-1 0; -C^-1 B A^-1  C^-1]      T'T = [A'A + B'B  .; C'B  C'C]

/// T := T^-1 for lower triangular T.
void invert_triangle(Eigen::Ref<MatrixXd> T) {
  const Index n = T.rows();
  if (n <= kBlock) {
    MatrixXd inverse = MatrixXd::Identity(n, n);
    T.triangularView<Eigen::Lower>().solveInPlace(inverse);
    T.triangularView<Eigen::Lower>() = inverse;
    return;
  }
  const Index a = n / 2, c = n - a;
  auto B = T.bottomLeftCorner(c, a);
  invert_triangle(T.topLeftCorner(a, a));
  invert_triangle(T.bottomRightCorner(c, c));
  const MatrixXd BA = B * T.topLeftCorner(a, a).triangularView<Eigen::Lower>();
  B.noalias() = T.bottomRightCorner(c, c).triangularView<Eigen::Lower>() * -BA;
}

/// Lower triangle of T := T'T for lower triangular T.
void square_triangle(Eigen::Ref<MatrixXd> T) {
  const Index n = T.rows();
  if (n <= kBlock) {
    const MatrixXd full = T.triangularView<Eigen::Lower>();
    T.triangularView<Eigen::Lower>() = full.transpose() * full;
    return;
  }
  const Index a = n / 2, c = n - a;
  auto B = T.bottomLeftCorner(c, a);
  square_triangle(T.topLeftCorner(a, a));
  T.topLeftCorner(a, a).selfadjointView<Eigen::Lower>().rankUpdate(B.transpose());
  const MatrixXd CB = T.bottomRightCorner(c, c).triangularView<Eigen::Lower>().transpose() * B;
  B = CB;
  square_triangle(T.bottomRightCorner(c, c));
}

}  // namespace

std::optional<double> invert_lower_in_place(Eigen::Ref<MatrixXd> K) {
  const Eigen::LLT<Eigen::Ref<MatrixXd>> cholesky(K);
  const double log_determinant = 2 * K.diagonal().array().log().sum();
  if (cholesky.info() != Eigen::Success || !std::isfinite(log_determinant)) return std::nullopt;
  invert_triangle(K);
  square_triangle(K);
  return log_determinant;
}

}  // namespace causal::discovery::detail
