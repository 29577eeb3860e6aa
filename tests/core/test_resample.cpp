// labels: stat
#include "causal/data/resample.hpp"

#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

using namespace causal;

namespace {

std::int64_t sum(const std::vector<std::int32_t>& weights) {
  return std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
}

}  // namespace

TEST_CASE("weights are a function of seed and replicate and have the right total") {
  for (const std::int64_t n : {1, 2, 7, 1000}) {
    CHECK(sum(resample_weights(n, Resampling::Bootstrap, 1, 0)) == n);
    CHECK(sum(resample_weights(n, Resampling::HalfSubsample, 1, 0)) == n / 2);
  }
  const auto a = resample_weights(100, Resampling::Bootstrap, 1, 5);
  CHECK(a == resample_weights(100, Resampling::Bootstrap, 1, 5));
  CHECK(a != resample_weights(100, Resampling::Bootstrap, 1, 6));
  CHECK(a != resample_weights(100, Resampling::Bootstrap, 2, 5));
  CHECK(resample_weights(0, Resampling::Bootstrap, 1, 0).empty());
}

TEST_CASE("a bootstrap weight is multinomial: mean 1, variance 1 - 1/n") {
  constexpr int kRows = 50;
  constexpr int kReplicates = 20'000;
  double total = 0, squares = 0, product = 0;
  for (std::uint32_t r = 0; r < kReplicates; ++r) {
    const auto weights = resample_weights(kRows, Resampling::Bootstrap, 3, r);
    total += weights[7];
    squares += (weights[7] - 1.0) * (weights[7] - 1.0);
    product += (weights[7] - 1.0) * (weights[31] - 1.0);
  }
  // A weight w is Binomial(n, 1/n): variance v = 1 - 1/n, fourth central moment v (1 + 3 v (1 - 2/n)) below 4.
  // Covariance of two weights is -1/n and the product's variance below 1.1. Five standard errors each.
  const double v = 1 - 1.0 / kRows;
  const double root = std::sqrt(double{kReplicates});
  CHECK(std::abs(total / kReplicates - 1) < 5 * std::sqrt(v) / root);
  CHECK(std::abs(squares / kReplicates - v) < 5 * std::sqrt(4 - v * v) / root);
  CHECK(std::abs(product / kReplicates + 1.0 / kRows) < 5 * std::sqrt(1.1) / root);
}

TEST_CASE("a half subsample takes every row and every pair equally often") {
  constexpr int kRows = 9;  // 4 of them
  constexpr int kReplicates = 20'000;
  std::vector<double> taken(kRows, 0);
  double pair = 0;
  for (std::uint32_t r = 0; r < kReplicates; ++r) {
    const auto weights = resample_weights(kRows, Resampling::HalfSubsample, 3, r);
    for (std::size_t i = 0; i < kRows; ++i) {
      CHECK((weights[i] == 0 || weights[i] == 1));
      taken[i] += weights[i];
    }
    pair += weights[0] * weights[8];
  }
  const auto within = [](double count, double p) {  // five binomial standard errors
    return std::abs(count - kReplicates * p) < 5 * std::sqrt(kReplicates * p * (1 - p));
  };
  for (const double count : taken) CHECK(within(count, 4.0 / 9));
  CHECK(within(pair, 4.0 / 9 * 3.0 / 8));
}
