// labels: unit oracle golden
#include "causal/estimation/sensitivity/rosenbaum.hpp"

#include <cmath>
#include <numeric>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

Eigen::VectorXd vector(std::initializer_list<double> values) {
  Eigen::VectorXd x(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), x.data());
  return x;
}

/// All 2^n assignments of signs, each pair positive with probability p.
double tail_by_enumeration(const std::vector<double>& ranks, const Eigen::VectorXd& differences, double p) {
  const std::size_t n = ranks.size();
  double observed = 0, sum = 0;
  for (std::size_t i = 0; i < n; ++i) observed += differences(static_cast<Eigen::Index>(i)) > 0 ? ranks[i] : 0;
  for (std::size_t mask = 0; mask < (std::size_t{1} << n); ++mask) {
    double statistic = 0, probability = 1;
    for (std::size_t i = 0; i < n; ++i) {
      const bool positive = (mask >> i & 1) != 0;
      statistic += positive ? ranks[i] : 0;
      probability *= positive ? p : 1 - p;
    }
    if (statistic >= observed - 1e-9) sum += probability;
  }
  return sum;
}

std::vector<double> mean_ranks(const Eigen::VectorXd& d) {
  std::vector<double> ranks;
  for (const double x : d) {
    double below = 0, equal = 0;
    for (const double y : d) {
      below += std::abs(y) < std::abs(x) ? 1 : 0;
      equal += std::abs(y) == std::abs(x) ? 1 : 0;
    }
    ranks.push_back(below + (equal + 1) / 2);
  }
  return ranks;
}

}  // namespace

TEST_CASE("rosenbaum: bounds against all assignments, with ties") {
  for (std::uint32_t key = 0; key < 10; ++key) {
    RandomStream stream(31, RandomDomain::Test, key);
    Eigen::VectorXd d(10);
    for (double& x : d)
      x = key % 2 == 0 ? stream.normal() + 0.5
                       : 1 + static_cast<double>(stream.below(4)) - (stream.uniform() < 0.3 ? 6 : 0);
    for (const PairTest test : {PairTest::SignedRank, PairTest::Sign}) {
      const std::vector<double> ranks = test == PairTest::Sign ? std::vector<double>(10, 1.0) : mean_ranks(d);
      const RosenbaumBounds bounds =
          rosenbaum_bounds(d, {.test = test, .alternative = Alternative::Greater, .gammas = {1, 1.7, 4}});
      for (const RosenbaumBound& bound : bounds.bounds) {
        CHECK(bound.p_high == Approx(tail_by_enumeration(ranks, d, bound.gamma / (1 + bound.gamma))).epsilon(1e-12));
        CHECK(bound.p_low == Approx(tail_by_enumeration(ranks, d, 1 / (1 + bound.gamma))).epsilon(1e-12));
      }
      const RosenbaumBounds less =
          rosenbaum_bounds(-d, {.test = test, .alternative = Alternative::Less, .gammas = {1, 1.7, 4}});
      CHECK(less.bounds[1].p_high == Approx(bounds.bounds[1].p_high).epsilon(1e-12));
      const RosenbaumBounds both = rosenbaum_bounds(d, {.test = test, .gammas = {1.7}});
      const RosenbaumBounds other =
          rosenbaum_bounds(d, {.test = test, .alternative = Alternative::Less, .gammas = {1.7}});
      CHECK(both.bounds[0].p_high ==
            Approx(std::min(1.0, 2 * std::min(bounds.bounds[1].p_high, other.bounds[0].p_high))).epsilon(1e-12));
    }
  }
}

// 8 of 8 positive: P = (gamma / (1 + gamma))^8 = alpha at gamma = a / (1 - a), a = alpha^(1/8).
TEST_CASE("rosenbaum: critical gamma in closed form") {
  const Eigen::VectorXd d = vector({1, 2, 3, 4, 5, 6, 7, 8});
  for (const PairTest test : {PairTest::Sign, PairTest::SignedRank}) {
    const RosenbaumBounds bounds = rosenbaum_bounds(d, {.test = test, .alternative = Alternative::Greater});
    const double a = std::pow(0.05, 1.0 / 8);
    CHECK(bounds.critical_gamma == Approx(a / (1 - a)).epsilon(1e-7));
    CHECK(bounds.significant);
    CHECK(bounds.exact);
    CHECK(bounds.bounds.front().p_high == Approx(1.0 / 256).epsilon(1e-12));
    CHECK(bounds.statistic == (test == PairTest::Sign ? 8 : 36));
  }
}

TEST_CASE("rosenbaum: the normal approximation is close to the exact bound") {
  RandomStream stream(32, RandomDomain::Test, 0);
  Eigen::VectorXd d(150);
  for (double& x : d) x = stream.normal() + 0.4;
  const RosenbaumBounds exact = rosenbaum_bounds(d, {.alternative = Alternative::Greater, .gammas = {1.5, 2}});
  const RosenbaumBounds approximate =
      rosenbaum_bounds(d, {.alternative = Alternative::Greater, .gammas = {1.5, 2}, .exact_pairs = 0});
  CHECK(exact.exact);
  CHECK_FALSE(approximate.exact);
  // Without continuity correction the error of a lattice's tail is half a point mass, below 1 / (2 sd) = 0.001, and
  // the skewness term is of the order 1 / sqrt(150) / 10 = 0.008.
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(std::abs(exact.bounds[i].p_high - approximate.bounds[i].p_high) < 0.009);
  }
  CHECK(exact.critical_gamma == Approx(approximate.critical_gamma).epsilon(0.02));
}

TEST_CASE("rosenbaum: zeros, insignificance and wrong input") {
  const RosenbaumBounds bounds = rosenbaum_bounds(vector({0, 1, -1, 2, 0, -2, 1}));
  CHECK(bounds.pairs == 7);
  CHECK(bounds.ties == 2);
  CHECK_FALSE(bounds.significant);
  CHECK(bounds.critical_gamma == 1);
  CHECK_THROWS_AS(static_cast<void>(rosenbaum_bounds(vector({0, 0}))), DataError);
  CHECK_THROWS_AS(static_cast<void>(rosenbaum_bounds(vector({1, NAN}))), DataError);
  CHECK_THROWS_AS(static_cast<void>(rosenbaum_bounds(vector({1, 2}), {.gammas = {0.5}})), InvalidArgument);
}

TEST_CASE("rosenbaum: bias up to gamma rejects a true null at most alpha of the time") {
  // Pairs whose treatment odds differ by exactly 1.5 in the worst direction, no effect: level of p_high at gamma 1.5.
  int rejections = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    RandomStream stream(33, RandomDomain::Test, static_cast<std::uint32_t>(run));
    Eigen::VectorXd d(40);
    for (double& x : d) x = std::abs(stream.normal()) * (stream.uniform() < 0.6 ? 1 : -1);
    const RosenbaumBounds bounds = rosenbaum_bounds(d, {.alternative = Alternative::Greater, .gammas = {1.5}});
    rejections += bounds.bounds[0].p_high <= 0.05 ? 1 : 0;
  }
  // 0.05 has a binomial standard error of 0.0049 over 2000 runs; three of them above, and well above 0 below.
  CHECK(rejections <= kRuns * 0.0647);
  CHECK(rejections >= kRuns * 0.03);
}
