#pragma once
// Kernel tests by their formulas on n x n matrices: slow, obvious, the oracle of the fast ones.

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace causal::test {

struct KernelTestValues {
  double statistic = 0;
  double mean = 0;
  double variance = 0;
  double p_value = 0;
};

inline Eigen::MatrixXd standardised_columns(Eigen::MatrixXd X) {
  for (Eigen::Index j = 0; j < X.cols(); ++j) {
    X.col(j).array() -= X.col(j).mean();
    X.col(j) /= std::sqrt(X.col(j).squaredNorm() / static_cast<double>(X.rows() - 1));
  }
  return X;
}

/// exp(-theta |a - b|^2 / 2).
inline Eigen::MatrixXd gaussian_gram(const Eigen::MatrixXd& X, double theta) {
  Eigen::MatrixXd K(X.rows(), X.rows());
  for (Eigen::Index i = 0; i < X.rows(); ++i) {
    for (Eigen::Index j = 0; j < X.rows(); ++j) K(i, j) = std::exp(-0.5 * theta * (X.row(i) - X.row(j)).squaredNorm());
  }
  return K;
}

inline Eigen::MatrixXd equality_gram(const Eigen::VectorXd& codes) {
  Eigen::MatrixXd K(codes.size(), codes.size());
  for (Eigen::Index i = 0; i < codes.size(); ++i) {
    for (Eigen::Index j = 0; j < codes.size(); ++j) K(i, j) = codes(i) == codes(j) ? 1 : 0;
  }
  return K;
}

inline Eigen::MatrixXd centred_gram(const Eigen::MatrixXd& K) {
  const Eigen::Index n = K.rows();
  const Eigen::MatrixXd H =
      Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd::Constant(n, n, 1 / static_cast<double>(n));
  return H * K * H;
}

inline void set_gamma_p(KernelTestValues& values) {
  values.p_value = boost::math::gamma_q(values.mean * values.mean / values.variance,
                                        values.statistic * values.mean / values.variance);
}

inline KernelTestValues unconditional_kernel_test(const Eigen::MatrixXd& Kx, const Eigen::MatrixXd& Ky) {
  const auto n = static_cast<double>(Kx.rows());
  const Eigen::MatrixXd A = centred_gram(Kx);
  const Eigen::MatrixXd B = centred_gram(Ky);
  KernelTestValues out;
  out.statistic = A.cwiseProduct(B).sum();
  out.mean = A.trace() * B.trace() / n;
  out.variance = 2 * A.squaredNorm() * B.squaredNorm() / (n * n);
  set_gamma_p(out);
  return out;
}

inline KernelTestValues conditional_kernel_test(const Eigen::MatrixXd& Kxz, const Eigen::MatrixXd& Ky,
                                                const Eigen::MatrixXd& Kz, double ridge) {
  const Eigen::Index n = Kz.rows();
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(n, n);
  const Eigen::MatrixXd R = ridge * (centred_gram(Kz) + ridge * identity).llt().solve(identity);
  const Eigen::MatrixXd A = R * centred_gram(Kxz) * R;
  const Eigen::MatrixXd B = R * centred_gram(Ky) * R;
  const Eigen::MatrixXd C = A.cwiseProduct(B);
  KernelTestValues out;
  out.statistic = C.sum();
  out.mean = C.trace();
  out.variance = 2 * C.squaredNorm();
  set_gamma_p(out);
  return out;
}

}  // namespace causal::test
