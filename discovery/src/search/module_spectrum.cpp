#include "module_spectrum.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace causal::discovery::detail {
namespace {

constexpr Eigen::Index kDirect = 64;
constexpr double kResidual = 1e-10;

LeadingPairs last_columns(const Eigen::VectorXd& values, const Eigen::MatrixXd& vectors, Eigen::Index k) {
  LeadingPairs out{values.tail(k).reverse(), vectors.rightCols(k).rowwise().reverse()};
  for (Eigen::Index j = 0; j < k; ++j) {
    Eigen::Index largest = 0;
    out.vectors.col(j).cwiseAbs().maxCoeff(&largest);
    if (out.vectors(largest, j) < 0) out.vectors.col(j) *= -1;
  }
  return out;
}

// A vector that no structure of the data is orthogonal to.
Eigen::VectorXd start_vector(Eigen::Index m) {
  Eigen::VectorXd v(m);
  for (Eigen::Index i = 0; i < m; ++i) v[i] = std::sin(1.0 + 12.9898 * static_cast<double>(i * i % 7919));
  return v.normalized();
}

}  // namespace

LeadingPairs leading_pairs(const Eigen::Ref<const Eigen::MatrixXd>& A, Eigen::Index k) {
  const Eigen::Index m = A.rows();
  k = std::min(k, m);
  if (m <= kDirect) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> all(A);
    return last_columns(all.eigenvalues(), all.eigenvectors(), k);
  }
  Eigen::MatrixXd Q(m, m);
  Eigen::VectorXd diagonal(m);
  Eigen::VectorXd beside(m);
  Q.col(0) = start_vector(m);
  for (Eigen::Index step = 0;; ++step) {
    Eigen::VectorXd next = A.selfadjointView<Eigen::Lower>() * Q.col(step);
    diagonal[step] = Q.col(step).dot(next);
    const Eigen::Index size = step + 1;
    // Twice is enough to keep the basis orthogonal to rounding.
    for (int pass = 0; pass < 2; ++pass) next -= Q.leftCols(size) * (Q.leftCols(size).transpose() * next);
    beside[step] = next.norm();
    const bool exhausted = size == m || beside[step] <= 1e-14 * diagonal.head(size).cwiseAbs().maxCoeff();
    if (exhausted || (size >= 2 * k && size % 8 == 0)) {
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> small;
      small.computeFromTridiagonal(diagonal.head(size), beside.head(size - 1));
      const Eigen::Index found = std::min(k, size);
      const double error = beside[step] * small.eigenvectors().row(step).tail(found).cwiseAbs().maxCoeff();
      if (exhausted || error <= kResidual * small.eigenvalues()[step]) {
        return last_columns(small.eigenvalues(), Q.leftCols(size) * small.eigenvectors(), found);
      }
    }
    Q.col(step + 1) = next / beside[step];
  }
}

}  // namespace causal::discovery::detail
