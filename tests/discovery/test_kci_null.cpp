// labels: unit oracle
#include "../../discovery/src/ci/kci_null.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "../../discovery/src/ci/pivoted_cholesky.hpp"
#include "causal/run/random.hpp"
#include "support/kernel_oracle.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint32_t stream) {
  Eigen::MatrixXd A(rows, cols);
  RandomStream(5, RandomDomain::Test, stream).fill_normal({A.data(), static_cast<std::size_t>(A.size())});
  return A;
}

}  // namespace

// The null distribution's weights are the eigenvalues of U'U, U holding all products of columns of the two factors.
TEST_CASE("the entrywise product has the eigenvalues of all column products") {
  for (const Eigen::Index columns : {3, 9}) {  // fewer and more products than rows
    const Eigen::Index n = 40;
    const discovery::detail::KernelSide x{random_matrix(n, columns, 1), {}};
    const discovery::detail::KernelSide y{random_matrix(n, 6, 2), {}};
    Eigen::MatrixXd U(n, columns * 6);
    for (Eigen::Index a = 0; a < columns; ++a) {
      for (Eigen::Index b = 0; b < 6; ++b) U.col(a * 6 + b) = x.F.col(a).cwiseProduct(y.F.col(b));
    }
    const Eigen::VectorXd expected =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(U.transpose() * U).eigenvalues().reverse();
    const Eigen::VectorXd found = discovery::detail::hadamard_eigenvalues({x, y}, 1);
    CHECK(found.size() == std::min(n, columns * 6));
    CHECK((found - expected.head(found.size())).cwiseAbs().maxCoeff() <= 1e-9);
    CHECK(found.sum() ==
          doctest::Approx((x.F.rowwise().squaredNorm().array() * y.F.rowwise().squaredNorm().array()).sum()));
  }
}

TEST_CASE("leading columns keep all but the share that may be dropped") {
  const Eigen::MatrixXd F = random_matrix(80, 10, 3) * Eigen::VectorXd::LinSpaced(10, 1, 1e-3).asDiagonal();
  for (const double dropped : {1e-1, 1e-3, 1e-6}) {
    const Eigen::MatrixXd thin = discovery::detail::leading_columns(F, dropped, 1);
    const Eigen::MatrixXd lost = F * F.transpose() - thin * thin.transpose();
    CHECK(lost.trace() <= dropped * F.squaredNorm() * (1 + 1e-9));
    CHECK(lost.selfadjointView<Eigen::Lower>().eigenvalues().minCoeff() >= -1e-10);
  }
}

TEST_CASE("pivoted Cholesky: what is left out is positive and below the tolerance") {
  const Eigen::MatrixXd X = random_matrix(150, 2, 4);
  const Eigen::MatrixXd K = test::gaussian_gram(X, 1);
  const auto entries = [&](std::span<const Eigen::Index> rows, Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) {
    for (Eigen::Index i = 0; i < out.size(); ++i) out(i) = K(rows.empty() ? i : rows[static_cast<std::size_t>(i)], j);
  };
  for (const double tolerance : {1e-2, 1e-6, 1e-12}) {
    const discovery::detail::KernelFactor factor =
        discovery::detail::pivoted_cholesky(K.diagonal(), entries, tolerance, 150, 1);
    const Eigen::MatrixXd lost = K - factor.F * factor.F.transpose();
    CHECK(factor.complete);
    CHECK(lost.diagonal().maxCoeff() <= tolerance + 1e-13);
    CHECK(lost.selfadjointView<Eigen::Lower>().eigenvalues().minCoeff() >= -1e-12);
    CHECK(std::abs(factor.residual_trace - lost.trace()) <= 1e-6 * lost.trace() + 1e-14 * 150);  // rounding of 150 ones
    CHECK(factor.F == discovery::detail::pivoted_cholesky(K.diagonal(), entries, tolerance, 150, 4).F);
  }
  CHECK(discovery::detail::pivoted_cholesky(K.diagonal(), entries, 1e-12, 7, 1).F.cols() == 7);
  const Eigen::MatrixXd ones = Eigen::MatrixXd::Ones(30, 30);
  const auto constant = [](std::span<const Eigen::Index>, Eigen::Index, Eigen::Ref<Eigen::VectorXd> out) {
    out.setOnes();
  };
  CHECK(discovery::detail::pivoted_cholesky(ones.diagonal(), constant, 1e-12, 30, 1).F.cols() == 1);
}
