// labels: unit determinism
// Folds are what they promise, and predictions come from fits that have not seen the row.
#include "causal/estimation/nuisance/cross_fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "causal/estimation/nuisance/learners.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

const Eigen::VectorXd kUnweighted;

std::vector<int> sizes(const Folds& folds, const std::vector<int>& rows) {
  std::vector<int> count(static_cast<std::size_t>(folds.count), 0);
  for (const int row : rows) ++count[static_cast<std::size_t>(folds.of[static_cast<std::size_t>(row)])];
  return count;
}

int spread(const std::vector<int>& count) {
  return *std::max_element(count.begin(), count.end()) - *std::min_element(count.begin(), count.end());
}

/// Remembers the rows it was fitted on (their first column is the row's number) and predicts their weighted mean.
std::unique_ptr<Learner> witness(std::vector<std::vector<int>>& seen) {
  return function_learner("witness", [&seen](const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                                             const Eigen::VectorXd& weights, const FitContext&) {
    std::vector<int> rows;
    for (Eigen::Index i = 0; i < X.rows(); ++i) rows.push_back(static_cast<int>(X(i, 0)));
    seen.push_back(rows);
    const double mean = weights.size() == 0 ? y.mean() : weights.dot(y) / weights.sum();
    return [mean](const Eigen::MatrixXd& Q) { return Eigen::VectorXd::Constant(Q.rows(), mean).eval(); };
  });
}

}  // namespace

TEST_CASE("folds share out rows evenly, in every stratum too, and depend on seed and repetition") {
  std::vector<int> all(103);
  std::vector<int> strata(103);
  for (int i = 0; i < 103; ++i) {
    all[static_cast<std::size_t>(i)] = i;
    strata[static_cast<std::size_t>(i)] = i % 10 == 0 ? 1 : 0;
  }
  for (const int count : {2, 3, 5, 10}) {
    CHECK(spread(sizes(make_folds(103, count, {}, {}, 1), all)) <= 1);
    const Folds folds = make_folds(103, count, strata, {}, 1);
    CHECK(spread(sizes(folds, all)) <= 1);
    for (const int stratum : {0, 1}) {
      std::vector<int> rows;
      std::copy_if(all.begin(), all.end(), std::back_inserter(rows),
                   [&](int i) { return strata[static_cast<std::size_t>(i)] == stratum; });
      CHECK(spread(sizes(folds, rows)) <= 1);
    }
    CHECK(folds.of == make_folds(103, count, strata, {}, 1).of);
    CHECK(folds.of != make_folds(103, count, strata, {}, 2).of);
    CHECK(folds.of != make_folds(103, count, strata, {}, 1, 1).of);
  }
}

TEST_CASE("clusters stay together and are shared out evenly") {
  std::vector<int> clusters;
  for (int i = 0; i < 60; ++i) clusters.push_back((i * i) % 13 % 7);
  const int groups = 1 + *std::max_element(clusters.begin(), clusters.end());
  const Folds folds = make_folds(60, 3, {}, clusters, 5);
  std::map<int, int> fold_of;
  for (std::size_t i = 0; i < 60; ++i) {
    const auto [at, is_new] = fold_of.emplace(clusters[i], folds.of[i]);
    CHECK(at->second == folds.of[i]);
  }
  CHECK(groups == static_cast<int>(fold_of.size()));
  CHECK_THROWS_AS(static_cast<void>(make_folds(60, groups + 1, {}, clusters, 5)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_folds(5, 6, {}, {}, 0)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_folds(5, 0, {}, {}, 0)), InvalidArgument);
}

TEST_CASE("sizes of strata or clusters that are not the rows' are refused") {
  const std::vector<int> four{0, 1, 0, 1};
  CHECK_THROWS_AS(static_cast<void>(make_folds(6, 2, four, {}, 0)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_folds(6, 2, {}, four, 0)), InvalidArgument);
}

TEST_CASE("every row is predicted by the fit on the training rows of the other folds") {
  const Eigen::Index n = 31;
  Eigen::MatrixXd X(n, 1);
  Eigen::VectorXd y(n);
  Eigen::VectorXd weights(n);
  std::vector<char> train;
  for (Eigen::Index i = 0; i < n; ++i) {
    X(i, 0) = static_cast<double>(i);
    y(i) = std::sin(static_cast<double>(i));
    weights(i) = 1 + 0.1 * static_cast<double>(i % 4);
    train.push_back(i % 5 == 0 ? 0 : 1);
  }
  const Folds folds = make_folds(n, 4, {}, {}, 3);
  std::vector<std::vector<int>> seen;
  const CrossFitted fitted = cross_fit(*witness(seen), X, y, weights, train, folds, {});
  REQUIRE(seen.size() == 4);
  double loss = 0;
  double total = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const int fold = folds.of[static_cast<std::size_t>(i)];
    double sum = 0;
    double weight = 0;
    std::vector<int> rows;
    for (Eigen::Index j = 0; j < n; ++j) {
      if (folds.of[static_cast<std::size_t>(j)] == fold || train[static_cast<std::size_t>(j)] == 0) continue;
      rows.push_back(static_cast<int>(j));
      sum += weights(j) * y(j);
      weight += weights(j);
    }
    CHECK(seen[static_cast<std::size_t>(fold)] == rows);
    CHECK(fitted.prediction(i) == doctest::Approx(sum / weight).epsilon(1e-14));
    if (train[static_cast<std::size_t>(i)] == 0) continue;
    loss += weights(i) * std::pow(y(i) - sum / weight, 2);
    total += weights(i);
  }
  CHECK(fitted.loss == doctest::Approx(loss / total).epsilon(1e-13));
}

TEST_CASE("one fold is no cross-fitting, and log loss is that of Bernoulli outcomes") {
  Eigen::MatrixXd X(4, 1);
  X << 0, 1, 2, 3;
  Eigen::VectorXd y(4);
  y << 0, 1, 1, 1;
  std::vector<std::vector<int>> seen;
  const Folds one = make_folds(4, 1, {}, {}, 0);
  const CrossFitted fitted = cross_fit(*witness(seen), X, y, kUnweighted, {}, one, {.target = Target::Probability});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0] == std::vector<int>{0, 1, 2, 3});
  CHECK(fitted.loss == doctest::Approx(-(3 * std::log(0.75) + std::log(0.25)) / 4).epsilon(1e-14));
}

TEST_CASE("a fold that leaves nothing to train on, and sizes that differ, are refused") {
  Eigen::MatrixXd X(4, 1);
  X << 0, 1, 2, 3;
  const Eigen::VectorXd y = X.col(0);
  const Folds folds{{0, 0, 1, 1}, 2};
  std::vector<std::vector<int>> seen;
  const std::unique_ptr<Learner> learner = witness(seen);
  CHECK_THROWS_AS(static_cast<void>(cross_fit(*learner, X, y, kUnweighted, std::vector<char>{1, 1, 0, 0}, folds, {})),
                  DataError);
  CHECK_THROWS_AS(static_cast<void>(cross_fit(*learner, X, y.head(3), kUnweighted, {}, folds, {})), InvalidArgument);
  const std::unique_ptr<Learner> broken = function_learner(
      "broken", [](const Eigen::MatrixXd&, const Eigen::VectorXd&, const Eigen::VectorXd&, const FitContext&) {
        return [](const Eigen::MatrixXd& Q) { return Eigen::VectorXd::Constant(Q.rows(), std::nan("")).eval(); };
      });
  CHECK_THROWS_WITH_AS(static_cast<void>(cross_fit(*broken, X, y, kUnweighted, {}, folds, {})), doctest::Contains("broken"),
                       DataError);
}

TEST_CASE("the linear learner predicts what least squares says, probabilities inside (0, 1)") {
  const Eigen::Index n = 80;
  Eigen::MatrixXd X(n, 2);
  RandomStream(3, RandomDomain::Test).fill_normal({X.data(), static_cast<std::size_t>(X.size())});
  const Eigen::VectorXd y = (1 + 2 * X.col(0).array() - X.col(1).array()).matrix();
  const std::unique_ptr<Predictor> exact = linear_learner()->fit(X, y, kUnweighted, {});
  CHECK((exact->predict(X) - y).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(exact->warnings().empty());
  Eigen::MatrixXd twice(n, 3);
  twice << X, X.col(0);
  CHECK(linear_learner()->fit(twice, y, kUnweighted, {})->warnings().size() == 1);
  const Eigen::VectorXd binary = (y.array() + X.col(1).array().square() > 1.5).cast<double>();
  const Eigen::VectorXd p =
      make_learner(LearnerKind::Linear)->fit(X, binary, kUnweighted, {.target = Target::Probability})->predict(10 * X);
  CHECK(p.minCoeff() >= 0);
  CHECK(p.maxCoeff() <= 1);
}
