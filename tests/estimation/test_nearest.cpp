// labels: unit oracle
// Nearest rows by the tree against looking at all rows.
#include "causal/estimation/nuisance/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

double by_looking(const Eigen::MatrixXd& X, const Eigen::VectorXd& y, const Eigen::VectorXd& weights,
                  const Eigen::VectorXd& query, std::size_t k) {
  const double total = weights.sum();
  Eigen::VectorXd squared = Eigen::VectorXd::Zero(X.rows());
  for (Eigen::Index j = 0; j < X.cols(); ++j) {
    const double mean = weights.dot(X.col(j)) / total;
    const double variance = weights.dot(Eigen::VectorXd((X.col(j).array() - mean).square())) / total;
    if (X.col(j).minCoeff() == X.col(j).maxCoeff()) continue;
    const double scale = std::sqrt(variance);
    squared += Eigen::VectorXd((X.col(j).array() / scale - query(j) / scale).square());
  }
  std::vector<double> sorted(squared.begin(), squared.end());
  std::sort(sorted.begin(), sorted.end());
  // Rows on a grid tie but for rounding.
  const double radius = sorted[std::min(k, sorted.size()) - 1] * (1 + 1e-12) + 1e-15;
  double sum = 0;
  double weight = 0;
  for (Eigen::Index i = 0; i < X.rows(); ++i) {
    if (squared(i) > radius) continue;
    sum += weights(i) * y(i);
    weight += weights(i);
  }
  return sum / weight;
}

}  // namespace

TEST_CASE("means over the nearest rows, with ties, weights, repeated rows and few or many columns") {
  std::uint32_t key = 0;
  for (const Eigen::Index p : {1, 2, 3, 6}) {
    for (const int kind : {0, 1, 2}) {  // Continuous, mixed, and rows that repeat.
      RandomStream stream(17, RandomDomain::Test, ++key);
      const Eigen::Index n = 400;
      Eigen::MatrixXd X(n, p + 1);
      Eigen::MatrixXd Q(50, p + 1);
      for (Eigen::MatrixXd* const M : {&X, &Q}) {
        stream.fill_normal({M->data(), static_cast<std::size_t>(M->size())});
        for (Eigen::Index j = 0; j < p; ++j) {
          if (kind == 2 || (kind == 1 && j % 2 == 0)) M->col(j) = (M->col(j).array() > 0).cast<double>();
        }
        M->col(p).setConstant(4);  // Says nothing, and has no scale.
      }
      Eigen::VectorXd y(n);
      Eigen::VectorXd weights(n);
      for (Eigen::Index i = 0; i < n; ++i) {
        y(i) = stream.normal();
        weights(i) = 0.5 + stream.uniform();
      }
      const NearestRows nearest(X, y, weights);
      for (const std::size_t k : {1UL, 3UL, 20UL, 399UL, 400UL, 1000UL}) {
        const Eigen::VectorXd means = nearest.means(Q, static_cast<std::int64_t>(k), 2);
        for (Eigen::Index q = 0; q < 50; ++q) {
          INFO("p ", p, " kind ", kind, " k ", k);
          CHECK(means(q) == doctest::Approx(by_looking(X, y, weights, Q.row(q).transpose(), k)).epsilon(1e-10));
        }
      }
    }
  }
}

TEST_CASE("one nearest row of distinct ones is the row itself; columns that do not vary leave the mean") {
  Eigen::MatrixXd X(5, 1);
  X << 1, 2, 4, 8, 16;
  Eigen::VectorXd y(5);
  y << 5, 4, 3, 2, 1;
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(5);
  CHECK(NearestRows(X, y, ones).means(X, 1, 1) == y);
  X.setConstant(3);
  CHECK(NearestRows(X, y, ones).means(X, 1, 1)(0) == 3);
}

TEST_CASE("order of rows does not matter but for rounding") {
  RandomStream stream(18, RandomDomain::Test);
  Eigen::MatrixXd X(300, 2);
  stream.fill_normal({X.data(), 600});
  X.col(0) = X.col(0).array().round();
  const Eigen::VectorXd y = X.col(1).cwiseAbs();
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(300);
  const std::vector<int> order = stream.permutation(300);
  const Eigen::VectorXd shuffled =
      NearestRows(Eigen::MatrixXd(X(order, Eigen::all)), Eigen::VectorXd(y(order)), ones).means(X, 7, 1);
  CHECK((NearestRows(X, y, ones).means(X, 7, 1) - shuffled).cwiseAbs().maxCoeff() < 1e-13);
}
