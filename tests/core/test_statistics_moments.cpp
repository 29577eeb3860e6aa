// labels: oracle
// Covariances by tiles against the definition, at every awkward size.
#include <Eigen/Dense>

#include "causal/data/resample.hpp"
#include "causal/data/statistics.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/linear_sem.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Eigen::MatrixXd random_table(Eigen::Index n, Eigen::Index p, RandomStream& stream) {
  Eigen::MatrixXd X(n, p);
  for (Eigen::Index k = 0; k < X.size(); ++k) X.data()[k] = 10 + stream.normal();
  return X;
}

Eigen::MatrixXd scatter_by_definition(const Eigen::MatrixXd& X, const Eigen::VectorXd& w) {
  const Eigen::RowVectorXd mean = (w.transpose() * X) / w.sum();
  const Eigen::MatrixXd centred = X.rowwise() - mean;
  return centred.transpose() * w.asDiagonal() * centred;
}

}  // namespace

TEST_CASE("the scatter of any shape, weighted or not, equals its definition and is symmetric to the bit") {
  RandomStream stream(1, RandomDomain::Test);
  for (const Eigen::Index n : {1, 2, 5, 255, 256, 257, 700}) {
    for (const Eigen::Index p : {1, 2, 7, 8, 9, 17, 65}) {
      const Dataset data = Dataset::continuous(random_table(n, p, stream));
      const Moments plain = compute_moments(data, {.threads = 1});
      const Eigen::MatrixXd expected = scatter_by_definition(data.values(), Eigen::VectorXd::Ones(n));
      // Rounding of a sum of n products of size about 1.
      const double bound = 1e-14 * static_cast<double>(n + 1) * 20;
      CHECK((plain.scatter - expected).cwiseAbs().maxCoeff() <= bound);
      CHECK(plain.scatter == plain.scatter.transpose());
      CHECK(compute_moments(data, {.threads = 3}).scatter == plain.scatter);

      std::vector<std::int32_t> weights(static_cast<std::size_t>(n));
      Eigen::VectorXd w(n);
      for (Eigen::Index i = 0; i < n; ++i)
        w[i] = weights[static_cast<std::size_t>(i)] = 1 + static_cast<int>(stream.below(3));
      const Moments weighted = compute_weighted_moments(data, weights, {.threads = 2});
      CHECK((weighted.scatter - scatter_by_definition(data.values(), w)).cwiseAbs().maxCoeff() <= 3 * bound);
      CHECK(weighted.n == static_cast<std::int64_t>(w.sum()));
    }
  }
}

TEST_CASE("statistics of shards merge to those of the whole") {
  RandomStream stream(2, RandomDomain::Test);
  const Dataset data = Dataset::continuous(random_table(500, 12, stream));
  std::vector<std::int64_t> a;
  std::vector<std::int64_t> b;
  for (std::int64_t i = 0; i < 500; ++i) (stream.uniform() < 0.3 ? a : b).push_back(i);
  const Moments whole = compute_moments(data);
  const Moments merged = merge(compute_moments(data.select_rows(a)), compute_moments(data.select_rows(b)));
  CHECK((merged.scatter - whole.scatter).cwiseAbs().maxCoeff() <= 1e-12 * whole.scatter.cwiseAbs().maxCoeff());
  CHECK((merged.mean - whole.mean).cwiseAbs().maxCoeff() <= 1e-12 * 10);
  Moments renamed = whole;
  renamed.names[0] = "other";
  CHECK_THROWS_AS(static_cast<void>(merge(whole, renamed)), InvalidArgument);
}

TEST_CASE("a covariance matrix is checked entry by entry") {
  Eigen::MatrixXd C = Eigen::MatrixXd::Identity(2, 2);
  CHECK(moments_from_covariance(C, 10, {"a", "b"}).covariance() == C);
  C(0, 1) = 0.5;
  CHECK_THROWS_WITH_AS(static_cast<void>(moments_from_covariance(C, 10, {"a", "b"})), doctest::Contains("(a, b)"),
                       DataError);
  C(1, 0) = 0.5;
  C(1, 1) = -1;
  CHECK_THROWS_WITH_AS(static_cast<void>(moments_from_covariance(C, 10, {"a", "b"})), doctest::Contains("'b'"),
                       DataError);
}

TEST_CASE("normal quantiles and tails are inverse to each other, and tails never reach zero") {
  for (const double p : {1e-300, 1e-20, 1e-3, 0.01, 0.2, 0.5, 0.9}) {
    CHECK(two_sided_normal_p(normal_quantile(p / 2)) == doctest::Approx(p).epsilon(1e-11));
  }
  CHECK(normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-14));
  CHECK(two_sided_normal_p(100) > 0);
}

TEST_CASE("samples of a linear model have its mean and covariance") {
  // 0 -> 1 -> 2, 0 -> 2.
  const Dag dag(MixedGraph(3, {directed(0, 1), directed(1, 2), directed(0, 2)}));
  for (const NoiseLaw law : {NoiseLaw::Gaussian, NoiseLaw::Uniform, NoiseLaw::Laplace, NoiseLaw::Exponential}) {
    const LinearSem sem(dag, {0.5, -0.4, 0.7}, {1, 2, 3}, {1, 0.5, 2}, law);  // edges (0,1), (0,2), (1,2)
    Eigen::Matrix3d B = Eigen::Matrix3d::Zero();
    B(1, 0) = 0.5;
    B(2, 0) = -0.4;
    B(2, 1) = 0.7;
    const Eigen::Matrix3d M = (Eigen::Matrix3d::Identity() - B).inverse();
    const Eigen::Matrix3d expected = M * Eigen::Vector3d(1, 0.5, 2).asDiagonal() * M.transpose();
    CHECK((sem.covariance() - expected).cwiseAbs().maxCoeff() < 1e-14);
    CHECK((sem.mean() - M * Eigen::Vector3d(1, 2, 3)).cwiseAbs().maxCoeff() < 1e-14);
    constexpr std::int64_t kRows = 200'000;
    const Moments moments = compute_moments(sem.sample(kRows, {.seed = 3}));
    // Five standard errors; the variance of a product is at most (kurtosis + 1) times the product of variances,
    // kurtosis 9 for the exponential law.
    const double root_n = std::sqrt(static_cast<double>(kRows));
    for (int i = 0; i < 3; ++i) {
      CHECK(std::abs(moments.mean[i] - sem.mean()[i]) < 5 * std::sqrt(expected(i, i)) / root_n);
      for (int j = 0; j < 3; ++j) {
        const double error = std::sqrt(10 * expected(i, i) * expected(j, j)) / root_n;
        CHECK(std::abs(moments.covariance()(i, j) - expected(i, j)) < 5 * error);
      }
    }
  }
}

TEST_CASE("a row keeps its noise when more rows are drawn or threads added") {
  const LinearSem sem = LinearSem::random(Dag(MixedGraph(4, {directed(0, 1), directed(1, 2), directed(3, 2)})), {}, 9);
  const Eigen::MatrixXd few = sem.sample(1500, {.threads = 1, .seed = 5}).values();
  const Eigen::MatrixXd many = sem.sample(4000, {.threads = 4, .seed = 5}).values();
  CHECK(many.topRows(1500) == few);
  CHECK(sem.sample(10, {.seed = 6}).values() != few.topRows(10));
}
