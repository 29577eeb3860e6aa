// labels: unit oracle stat determinism
// What all learners promise, and forests, boosting and mixtures in particular.
#include "causal/estimation/nuisance/learners.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/nonnegative.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

const Eigen::VectorXd kUnweighted;

struct Sample {
  Eigen::MatrixXd X;
  Eigen::VectorXd y, binary;
};

/// Three columns of few values, y nonlinear in them.
Sample sample(Eigen::Index n, std::uint32_t key) {
  RandomStream stream(21, RandomDomain::Test, key);
  Sample s{Eigen::MatrixXd(n, 3), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < 3; ++j) s.X(i, j) = std::round(4 * stream.normal()) / 2;
    const double signal = s.X(i, 0) > 0 ? s.X(i, 1) : std::sin(s.X(i, 1)) - s.X(i, 2) / 2;
    s.y(i) = 10 + signal + stream.normal();
    s.binary(i) = stream.uniform() < 1 / (1 + std::exp(-signal)) ? 1 : 0;
  }
  return s;
}

const std::vector<LearnerKind> kKinds{LearnerKind::Linear,  LearnerKind::Ridge,  LearnerKind::Lasso,
                                      LearnerKind::Nearest, LearnerKind::Forest, LearnerKind::Boosting,
                                      LearnerKind::Stack};

double largest(const Eigen::MatrixXd& difference) { return difference.cwiseAbs().maxCoeff(); }

Eigen::VectorXd fitted(const Learner& learner, const Sample& s, Target target, const Eigen::VectorXd& weights = {}) {
  const Eigen::VectorXd& y = target == Target::Mean ? s.y : s.binary;
  return learner.fit(s.X, y, weights, {.target = target})->predict(s.X);
}

double log_loss(const Eigen::VectorXd& y, const Eigen::VectorXd& p) {
  return -(y.array() * p.array().log() + (1 - y.array()) * (1 - p.array()).log()).mean();
}

}  // namespace

TEST_CASE("every learner has its name, predicts probabilities in [0, 1] and the same bytes with 1, 2 and 4 threads") {
  const Sample s = sample(300, 1);
  const LearnerOptions options{.lambda_steps = 10, .tuning_folds = 3, .trees = 20, .rounds = 20};
  for (const LearnerKind kind : kKinds) {
    const std::unique_ptr<Learner> learner = make_learner(kind, options);
    CHECK(learner->name() == enum_name(kind));
    for (const Target target : {Target::Mean, Target::Probability}) {
      INFO(enum_name(kind), target == Target::Mean ? " mean" : " probability");
      const Eigen::VectorXd& y = target == Target::Mean ? s.y : s.binary;
      Eigen::VectorXd first;
      for (const int threads : {1, 2, 4}) {
        const FitContext context{.target = target, .seed = 9, .stream = 3, .threads = threads};
        const Eigen::VectorXd prediction = learner->fit(s.X, y, kUnweighted, context)->predict(2 * s.X);
        REQUIRE(prediction.size() == 300);
        CHECK(prediction.allFinite());
        if (target == Target::Probability) {
          CHECK(prediction.minCoeff() >= 0);
          CHECK(prediction.maxCoeff() <= 1);
        }
        if (threads == 1) first = prediction;
        CHECK(std::memcmp(first.data(), prediction.data(), 300 * sizeof(double)) == 0);
      }
    }
  }
}

TEST_CASE("integer weights are repeated rows where a learner does not draw or deal rows") {
  const Sample s = sample(120, 2);
  Eigen::VectorXd weights(120);
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < 120; ++i) {
    weights(i) = static_cast<double>(i % 4);
    for (int times = 0; times < i % 4; ++times) rows.push_back(i);
  }
  const LearnerOptions options{
      .lambda = 0.05, .trees = 3, .min_leaf = 1, .mtry = 3, .bootstrap = false, .rounds = 15, .stop_early = false};
  for (const LearnerKind kind :
       {LearnerKind::Linear, LearnerKind::Ridge, LearnerKind::Lasso, LearnerKind::Forest, LearnerKind::Boosting}) {
    for (const Target target : {Target::Mean, Target::Probability}) {
      INFO(enum_name(kind), target == Target::Mean ? " mean" : " probability");
      const std::unique_ptr<Learner> learner = make_learner(kind, options);
      const Eigen::VectorXd& y = target == Target::Mean ? s.y : s.binary;
      const FitContext context{.target = target};
      const Eigen::VectorXd weighted = learner->fit(s.X, y, weights, context)->predict(s.X);
      const Eigen::VectorXd repeated =
          learner->fit(Eigen::MatrixXd(s.X(rows, Eigen::all)), Eigen::VectorXd(y(rows)), kUnweighted, context)->predict(s.X);
      CHECK(largest(weighted - repeated) < 1e-8);
      // And only their ratios count; 4 is exact, so that ties between splits stay ties.
      CHECK(largest(learner->fit(s.X, y, 4 * weights, context)->predict(s.X) - weighted) < 1e-8);
    }
  }
}

TEST_CASE("wrong input is refused before work starts") {
  Sample s = sample(30, 3);
  for (const LearnerKind kind : kKinds) {
    INFO(enum_name(kind));
    const std::unique_ptr<Learner> learner = make_learner(kind, {.trees = 2, .rounds = 2});
    Eigen::VectorXd binary = s.binary;
    binary(4) = 2;
    CHECK_THROWS_WITH_AS(static_cast<void>(learner->fit(s.X, binary, kUnweighted, {.target = Target::Probability})),
                         doctest::Contains("row 5"), DataError);
    Eigen::VectorXd weights = Eigen::VectorXd::Ones(30);
    weights(6) = -1;
    CHECK_THROWS_WITH_AS(static_cast<void>(learner->fit(s.X, s.y, weights, {})), doctest::Contains("row 7"), DataError);
    CHECK_THROWS_AS(static_cast<void>(learner->fit(s.X, s.y.head(7), kUnweighted, {})), InvalidArgument);
  }
  CHECK_THROWS_AS(static_cast<void>(make_learner(LearnerKind::Forest, {.trees = 0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_learner(LearnerKind::Boosting, {.learning_rate = 0})), InvalidArgument);
  for (const char* const members : {"linear", "linear,linear", "linear,tree", "", "linear,stack"}) {
    CHECK_THROWS_AS(static_cast<void>(make_learner(LearnerKind::Stack, {.members = members})), InvalidArgument);
  }
  CHECK_NOTHROW(static_cast<void>(make_learner(LearnerKind::Stack, {.members = "linear, nearest"})));
}

TEST_CASE("outcomes without variation give a constant, and no columns the mean") {
  Sample s = sample(40, 4);
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(40);
  for (const LearnerKind kind :
       {LearnerKind::Ridge, LearnerKind::Lasso, LearnerKind::Nearest, LearnerKind::Forest, LearnerKind::Boosting}) {
    INFO(enum_name(kind));
    const std::unique_ptr<Learner> learner = make_learner(kind, {.trees = 3});
    CHECK(largest(learner->fit(s.X, ones, kUnweighted, {.target = Target::Probability})->predict(s.X) - ones) < 1e-15);
    const Eigen::VectorXd mean = learner->fit(Eigen::MatrixXd(40, 0), s.y, kUnweighted, {})->predict(Eigen::MatrixXd(2, 0));
    CHECK(mean(1) == doctest::Approx(s.y.mean()).epsilon(1e-14));
  }
}

TEST_CASE("a forest is the mean of its trees, and its random numbers depend on seed and stream") {
  const Sample s = sample(200, 5);
  // Without bootstrap and with all columns every tree is the same tree.
  const LearnerOptions same{.trees = 1, .min_leaf = 3, .mtry = 3, .bootstrap = false};
  LearnerOptions more = same;
  more.trees = 7;
  CHECK(largest(fitted(*make_learner(LearnerKind::Forest, same), s, Target::Mean) -
                fitted(*make_learner(LearnerKind::Forest, more), s, Target::Mean)) < 1e-12);
  const std::unique_ptr<Learner> forest = make_learner(LearnerKind::Forest, {.trees = 10});
  const auto predict = [&](std::uint64_t seed, std::uint32_t stream) {
    return forest->fit(s.X, s.y, kUnweighted, {.seed = seed, .stream = stream})->predict(s.X);
  };
  CHECK(predict(1, 0) == predict(1, 0));
  CHECK(largest(predict(1, 0) - predict(2, 0)) > 0);
  CHECK(largest(predict(1, 0) - predict(1, 1)) > 0);
}

TEST_CASE("the forest learns what a line cannot") {
  // y = +-3 by the product of two signs: linear regression explains nothing, var y = 9 + 1.
  RandomStream stream(4, RandomDomain::Test);
  Eigen::MatrixXd X(2000, 4);
  stream.fill_normal({X.data(), 8000});
  Eigen::VectorXd y(2000);
  for (Eigen::Index i = 0; i < 2000; ++i) y(i) = (X(i, 0) * X(i, 1) > 0 ? 3 : -3) + stream.normal();
  const Folds folds = make_folds(2000, 5, {}, {}, 1);
  const auto loss = [&](LearnerKind kind, const LearnerOptions& options) {
    return cross_fit(*make_learner(kind, options), X, y, kUnweighted, {}, folds, {.threads = 2}).loss;
  };
  CHECK(loss(LearnerKind::Linear, {}) > 9);
  CHECK(loss(LearnerKind::Forest, {.trees = 100, .mtry = 4}) < 2);
  CHECK(loss(LearnerKind::Boosting, {}) < 2.5);
  const double nearest = loss(LearnerKind::Nearest, {});
  CHECK(nearest < 6);
  // A mixture is as good as its best member, but for what the weights cost.
  const double stack = loss(LearnerKind::Stack, {.trees = 100, .mtry = 4, .members = "linear,nearest,forest"});
  CHECK(stack < 2);
}

TEST_CASE("honest trees do not find differences in noise") {
  // Depth 1 on noise with variance 1: the two halves of a split differ by d with d^2 / (1 / l + 1 / r) of mean 1 when
  // other rows give the values, and the largest of many such when the same rows do. Leaves hold 40 to 60 of 100 rows,
  // so 1 / l + 1 / r lies between .04 and .0417 (.0405 in the middle). The mean over 400 has standard error
  // sqrt(2 / 400) = .07; the bar leaves 4 of them and 6 % for the sizes.
  constexpr int kRuns = 400;
  for (const bool honest : {true, false}) {
    const LearnerOptions options{
        .trees = 1, .max_depth = 1, .min_leaf = honest ? 40 : 80, .mtry = 5, .bootstrap = false, .honest = honest};
    const std::unique_ptr<Learner> learner = make_learner(LearnerKind::Forest, options);
    std::vector<double> ratio(kRuns);
    parallel_for(kRuns, 2, [&](std::int64_t run) {
      RandomStream stream(31, RandomDomain::Test, static_cast<std::uint32_t>(run));
      Eigen::MatrixXd X(200, 5);
      stream.fill_normal({X.data(), 1000});
      Eigen::VectorXd y(200);
      stream.fill_normal({y.data(), 200});
      const Eigen::VectorXd prediction = learner->fit(X, y, kUnweighted, {.seed = static_cast<std::uint64_t>(run)})->predict(X);
      const double difference = prediction.maxCoeff() - prediction.minCoeff();
      ratio[static_cast<std::size_t>(run)] = difference * difference / (honest ? 0.0405 : 0.02025);
    });
    double mean = 0;
    for (const double value : ratio) mean += value / kRuns;
    INFO("honest ", honest, " mean ", mean);
    if (honest) {
      CHECK(std::abs(mean - 1) < 4 * 0.0707 + 0.06);
    } else {
      CHECK(mean > 2);
    }
  }
}

TEST_CASE("an honest leaf without rows takes the value above it, so predictions stay finite and in range") {
  const Sample s = sample(60, 6);
  const LearnerOptions options{.trees = 50, .min_leaf = 1, .honest = true};
  for (const Target target : {Target::Mean, Target::Probability}) {
    const Eigen::VectorXd prediction = fitted(*make_learner(LearnerKind::Forest, options), s, target);
    CHECK(prediction.allFinite());
    CHECK(prediction.minCoeff() >= (target == Target::Mean ? s.y.minCoeff() : 0));
    CHECK(prediction.maxCoeff() <= (target == Target::Mean ? s.y.maxCoeff() : 1));
  }
}

TEST_CASE("boosting never raises the training loss, also with full steps and separated outcomes") {
  Sample s = sample(150, 7);
  for (const bool separated : {false, true}) {
    if (separated) s.binary = (s.X.col(0).array() > 0).cast<double>();
    for (const double rate : {0.1, 1.0}) {
      double last_squares = std::numeric_limits<double>::infinity();
      double last_log = last_squares;
      for (int rounds = 1; rounds <= 40; ++rounds) {
        const std::unique_ptr<Learner> learner = make_learner(
            LearnerKind::Boosting, {.min_leaf = 1, .rounds = rounds, .learning_rate = rate, .stop_early = false});
        const double squares = (fitted(*learner, s, Target::Mean) - s.y).squaredNorm();
        const Eigen::VectorXd p = fitted(*learner, s, Target::Probability).cwiseMax(1e-16).cwiseMin(1 - 1e-16);
        const double loss = log_loss(s.binary, p);
        CHECK(squares <= last_squares * (1 + 1e-12));
        CHECK(loss <= last_log * (1 + 1e-12) + 1e-15);
        last_squares = squares;
        last_log = loss;
      }
      CHECK(last_squares < (s.y.array() - s.y.mean()).matrix().squaredNorm());
    }
  }
}

TEST_CASE("early stopping keeps noise out") {
  RandomStream stream(8, RandomDomain::Test);
  Eigen::MatrixXd X(400, 5);
  stream.fill_normal({X.data(), 2000});
  Eigen::VectorXd y(400);
  stream.fill_normal({y.data(), 400});
  const auto size = [&](bool stop) {
    const std::unique_ptr<Predictor> fit =
        make_learner(LearnerKind::Boosting, {.rounds = 100, .stop_early = stop})->fit(X, y, kUnweighted, {});
    const Eigen::VectorXd p = fit->predict(X);
    return (p.array() - p.mean()).square().mean();
  };
  CHECK(size(true) < 0.2 * size(false));
}

TEST_CASE("mixture weights are the best on the simplex, as trying all supports finds") {
  for (std::uint32_t key = 0; key < 60; ++key) {
    RandomStream stream(13, RandomDomain::Test, key);
    const int m = 2 + static_cast<int>(key % 4);
    Eigen::MatrixXd F(40, m);
    stream.fill_normal({F.data(), static_cast<std::size_t>(F.size())});
    Eigen::VectorXd y(40);
    stream.fill_normal({y.data(), 40});
    F = (0.5 * F).colwise() + Eigen::VectorXd(y * 0.5);
    F.col(0) += y * (key % 3 == 0 ? 0.5 : 0.0);
    Eigen::VectorXd w(40);
    for (Eigen::Index i = 0; i < 40; ++i) w(i) = 0.1 + stream.uniform();
    const auto error = [&](const Eigen::VectorXd& a) { return w.dot(Eigen::VectorXd((F * a - y).cwiseAbs2())); };
    double best = std::numeric_limits<double>::infinity();
    Eigen::VectorXd best_weights;
    for (int support = 1; support < (1 << m); ++support) {
      std::vector<Eigen::Index> members;
      for (int j = 0; j < m; ++j) {
        if ((support >> j & 1) != 0) members.push_back(j);
      }
      // Lagrange: E'WE a = lambda 1 with sum a = 1.
      const Eigen::MatrixXd E = Eigen::MatrixXd(F(Eigen::all, members)).colwise() - y;
      const Eigen::MatrixXd G = E.transpose() * w.asDiagonal() * E;
      Eigen::VectorXd part = G.inverse() * Eigen::VectorXd::Ones(G.cols());
      part /= part.sum();
      if ((part.array() < 0).any()) continue;
      Eigen::VectorXd a = Eigen::VectorXd::Zero(m);
      a(members) = part;
      if (error(a) < best) {
        best = error(a);
        best_weights = a;
      }
    }
    const Eigen::VectorXd ours = mixture_weights(F, y, w);
    CHECK(std::abs(ours.sum() - 1) < 1e-14);
    CHECK(ours.minCoeff() >= 0);
    CHECK(largest(ours - best_weights) < 1e-8);
  }
}

TEST_CASE("nonnegative least squares as trying all supports finds") {
  for (std::uint32_t key = 0; key < 60; ++key) {
    RandomStream stream(14, RandomDomain::Test, key);
    const int m = 1 + static_cast<int>(key % 6);
    Eigen::MatrixXd A(10, m);
    stream.fill_normal({A.data(), static_cast<std::size_t>(A.size())});
    const Eigen::MatrixXd G = A.transpose() * A;
    Eigen::VectorXd c(m);
    stream.fill_normal({c.data(), static_cast<std::size_t>(m)});
    double best = 0;
    Eigen::VectorXd best_x = Eigen::VectorXd::Zero(m);
    for (int support = 1; support < (1 << m); ++support) {
      std::vector<Eigen::Index> free;
      for (int j = 0; j < m; ++j) {
        if ((support >> j & 1) != 0) free.push_back(j);
      }
      const Eigen::MatrixXd inner = G(free, free);
      const Eigen::VectorXd right = c(free);
      const Eigen::VectorXd part = inner.inverse() * right;
      if ((part.array() < 0).any()) continue;
      Eigen::VectorXd x = Eigen::VectorXd::Zero(m);
      x(free) = part;
      const double value = x.dot(G * x) / 2 - c.dot(x);
      if (value < best) {
        best = value;
        best_x = x;
      }
    }
    CHECK(largest(nonnegative_least_squares(G, c) - best_x) < 1e-9);
  }
  CHECK_THROWS_AS(
      static_cast<void>(nonnegative_least_squares(Eigen::MatrixXd::Identity(2, 2), Eigen::VectorXd::Ones(3))),
      InvalidArgument);
}
