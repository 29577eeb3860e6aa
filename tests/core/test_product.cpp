// labels: unit oracle determinism
#include "causal/math/product.hpp"

#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint32_t stream) {
  Eigen::MatrixXd A(rows, cols);
  RandomStream(1, RandomDomain::Test, stream).fill_normal({A.data(), static_cast<std::size_t>(A.size())});
  return A;
}

}  // namespace

TEST_CASE("products equal those of Eigen at every shape around the panel width") {
  for (const Eigen::Index m : {1, 7, 8, 9, 70}) {
    for (const Eigen::Index k : {0, 1, 5, 300}) {
      for (const Eigen::Index q : {1, 8, 13}) {
        const Eigen::MatrixXd A = random_matrix(m, k, 1);
        const Eigen::MatrixXd B = random_matrix(k, q, 2);
        const Eigen::MatrixXd C = random_matrix(k, m, 3);
        const double scale = 1e-14 * static_cast<double>(k + 1);
        CHECK((product(A, B, 1) - A * B).cwiseAbs().maxCoeff() <= 10 * scale);
        CHECK((cross_product(C, B, 1) - C.transpose() * B).cwiseAbs().maxCoeff() <= 10 * scale);
      }
    }
  }
}

TEST_CASE("squares of the Hadamard product of two Gram matrices") {
  for (const Eigen::Index n : {1, 8, 65, 150}) {
    const Eigen::MatrixXd A = random_matrix(n, 11, 4);
    const Eigen::MatrixXd B = random_matrix(n, 3, 5);
    const Eigen::MatrixXd entries = (A * A.transpose()).cwiseProduct(B * B.transpose());
    CHECK(hadamard_gram_squares(A, B, 1) == doctest::Approx(entries.squaredNorm()).epsilon(1e-12));
  }
}

TEST_CASE("products do not depend on the number of threads") {
  const Eigen::MatrixXd A = random_matrix(700, 33, 6);
  const Eigen::MatrixXd B = random_matrix(700, 21, 7);
  for (const int threads : {2, 4}) {
    CHECK(cross_product(A, B, threads) == cross_product(A, B, 1));
    CHECK(product(A, B.topRows(33), threads) == product(A, B.topRows(33), 1));
    CHECK(hadamard_gram_squares(A, B, threads) == hadamard_gram_squares(A, B, 1));
  }
}
