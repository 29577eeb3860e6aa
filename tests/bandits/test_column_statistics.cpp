// labels: unit oracle golden stat
#include "causal/bandits/structure/column_statistics.hpp"

#include <Eigen/LU>
#include <cmath>
#include <sstream>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

constexpr double kNoPrior = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("any set of parents is fitted from the sums alone") {
  const int n = 5, m = 40;
  RandomStream stream(1, RandomDomain::Test);
  Eigen::MatrixXd x(m, n);
  Eigen::VectorXd y(m);
  ColumnStatistics statistics(n);
  for (int t = 0; t < m; ++t) {
    for (int j = 0; j < n; ++j) x(t, j) = 1 + stream.normal();
    y(t) = 2 * x(t, 0) - x(t, 3) + stream.normal();
    const Eigen::VectorXd row = x.row(t).transpose();
    statistics.add({row.data(), static_cast<std::size_t>(n)}, y(t));
  }
  const std::vector<int> parents{0, 1, 3};
  Eigen::Matrix<double, Eigen::Dynamic, 3> z(m, 3);
  z << x.col(0), x.col(1), x.col(3);
  const Eigen::VectorXd b = (z.transpose() * z).inverse() * z.transpose() * y;
  const double rss = (y - z * b).squaredNorm();
  const ColumnFit fit = fit_column(statistics, parents, {.prior_sd = kNoPrior});
  CHECK((fit.weights - b).norm() < 1e-11);
  CHECK(fit.residual_squares == doctest::Approx(rss).epsilon(1e-10));
  CHECK(fit.noise_variance == doctest::Approx(rss / (m - 3)).epsilon(1e-10));
  const Eigen::MatrixXd covariance = (z.transpose() * z).inverse() * rss / (m - 3);
  CHECK((fit.covariance - covariance).norm() < 1e-10);
  // With a prior: precision G / s^2 + I / tau^2.
  const ColumnFit shrunk = fit_column(statistics, parents, {.prior_sd = 0.5, .noise_sd = 2});
  const Eigen::Matrix3d precision = z.transpose() * z / 4 + 4 * Eigen::Matrix3d::Identity();
  CHECK((shrunk.covariance - precision.inverse()).norm() < 1e-12);
  CHECK((shrunk.weights - precision.inverse() * z.transpose() * y / 4).norm() < 1e-11);
  CHECK(fit_column(statistics, {}, {}).weights.size() == 0);
}

TEST_CASE("too few or collinear rows are said to be that") {
  ColumnStatistics statistics(3);
  const std::vector<double> row{1, 1, 0};
  for (int t = 0; t < 2; ++t) statistics.add(row, 2);
  CHECK(fit_column(statistics, {0, 1}, {.prior_sd = kNoPrior}).status == Status::Degenerate);
  for (int t = 0; t < 9; ++t) statistics.add(row, 2 + 0.1 * t);
  const ColumnFit fit = fit_column(statistics, {0, 1}, {.prior_sd = kNoPrior});
  CHECK(fit.ridged);
  CHECK(fit.weights.allFinite());
  CHECK_FALSE(fit_column(statistics, {0}, {.prior_sd = kNoPrior}).ridged);
  CHECK_THROWS_AS((void)fit_column(statistics, {3}), InvalidArgument);
}

TEST_CASE("superfluous parents cost variance, a missing one costs the truth") {
  // A, e ~ N(1, 1); C = .8 A + e; y = 1.5 A + C + N(0, 1); nuisances .5 A + e. Without an intercept, leaving A out
  // moves the weight of C to E[y C] / E[C^2]: E[C^2] = 1.8^2 + 1.64 = 4.88, E[A C] = .8 * 2 + 1 = 2.6,
  // so 1 + 1.5 * 2.6 / 4.88 = 1.7992.
  const int m = 100000;
  RandomStream stream(17, RandomDomain::Test);
  ColumnStatistics statistics(5);
  for (int t = 0; t < m; ++t) {
    const double a = 1 + stream.normal();
    const double c = 0.8 * a + 1 + stream.normal();
    std::array<double, 5> x{a, c, 0, 0, 0};
    for (std::size_t k = 2; k < 5; ++k) x[k] = 0.5 * a + 1 + stream.normal();
    statistics.add(x, 1.5 * a + c + stream.normal());
  }
  const ColumnFit full = fit_column(statistics, {0, 1, 2, 3, 4}, {.prior_sd = kNoPrior});
  const ColumnFit missing = fit_column(statistics, {1}, {.prior_sd = kNoPrior});
  // The mean of y at E[A] = 2: the other parents move along, E[C] = 2.6, nuisances 2, y = 5.6.
  const Eigen::VectorXd at = (Eigen::VectorXd(5) << 2, 2.6, 2, 2, 2).finished();
  const double se = std::sqrt(at.dot(Eigen::VectorXd(full.covariance * at)));
  CHECK(std::abs(full.weights.dot(at) - 5.6) < 4 * se);
  CHECK(se < 0.01);
  CHECK(missing.weights(0) == doctest::Approx(1.7992).epsilon(0.01));
  CHECK(std::abs(missing.weights(0) * 2.6 - 5.6) == doctest::Approx(0.922).epsilon(0.03));
}

TEST_CASE("a row counts for the mechanisms that were in use, and the state can be saved") {
  ArmStatistics statistics({Eigen::VectorXd::Ones(2), Eigen::VectorXd::Zero(2)});
  const std::vector<double> row{3, 5};
  statistics.add({0, 1}, row);
  CHECK(statistics.column(0, 0).count() == 1);
  CHECK(statistics.column(1, 0).count() == 0);
  CHECK(statistics.column(0, 0).squares() == 4);
  CHECK(statistics.column(1, 1).squares() == 25);
  CHECK(statistics.column(1, 1).cross()(0) == 15);
  std::stringstream state;
  statistics.save(state);
  ArmStatistics copy({Eigen::VectorXd::Ones(2), Eigen::VectorXd::Zero(2)});
  copy.load(state);
  CHECK(copy.column(1, 1).gram() == statistics.column(1, 1).gram());
  std::stringstream cut(state.str().substr(0, 40));
  CHECK_THROWS_AS(copy.load(cut), DataError);
  CHECK_THROWS_AS(statistics.add({0, 1}, std::vector<double>{1, std::nan("")}), InvalidArgument);
  statistics.reset(1, 1);
  CHECK(statistics.column(1, 1).count() == 0);
  CHECK(statistics.column(0, 0).count() == 1);
}
