// labels: unit
#include "causal/run/random.hpp"

#include <array>
#include <cmath>

#include <doctest/doctest.h>

using namespace causal;

TEST_CASE("a stream is a function of its key") {
  RandomStream a(7, RandomDomain::Test, 1, 2);
  RandomStream b(7, RandomDomain::Test, 1, 2);
  RandomStream other(7, RandomDomain::Test, 1, 3);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.bits();
    CHECK(value == b.bits());
    differs = differs || value != other.bits();
  }
  CHECK(differs);
}

TEST_CASE("uniform and normal have the right first moments") {
  constexpr int kDraws = 200'000;
  RandomStream stream(1, RandomDomain::Test);
  double sum_u = 0, sum_z = 0, sum_zz = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    CHECK_UNARY(u > 0 && u < 1);
    const double z = stream.normal();
    sum_u += u;
    sum_z += z;
    sum_zz += z * z;
  }
  // Five standard errors: sqrt(1/12), 1 and sqrt(2) over sqrt(draws).
  const double root_n = std::sqrt(double{kDraws});
  CHECK(std::abs(sum_u / kDraws - 0.5) < 5 * std::sqrt(1.0 / 12) / root_n);
  CHECK(std::abs(sum_z / kDraws) < 5 / root_n);
  CHECK(std::abs(sum_zz / kDraws - 1) < 5 * std::sqrt(2.0) / root_n);
}

TEST_CASE("permutation and choice hit every outcome equally often") {
  RandomStream stream(3, RandomDomain::Test);
  std::array<int, 6> permutations{};
  std::array<int, 10> subsets{};
  constexpr int kDraws = 60'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto p = stream.permutation(3);
    ++permutations[static_cast<std::size_t>(p[0] * 2 + (p[1] > p[2] ? 1 : 0))];
    const auto c = stream.choice(5, 2);
    CHECK(c[0] < c[1]);
    constexpr std::array<int, 5> offset{0, 3, 5, 6, 0};
    ++subsets[static_cast<std::size_t>(offset[static_cast<std::size_t>(c[0])] + c[1] - 1)];
  }
  // Five binomial standard errors.
  for (const int count : permutations)
    CHECK(std::abs(count - kDraws / 6.0) < 5 * std::sqrt(kDraws * (1.0 / 6) * (5.0 / 6)));
  for (const int count : subsets) CHECK(std::abs(count - kDraws / 10.0) < 5 * std::sqrt(kDraws * 0.1 * 0.9));
}

TEST_CASE("filling gives the draws one by one, from any place in the stream") {
  for (const std::size_t before : {std::size_t{0}, std::size_t{1}, std::size_t{6}}) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{8}, std::size_t{37}, std::size_t{1024}}) {
      RandomStream filled(0xFFFFFFFF12345678ULL, RandomDomain::Test, 7, 0xFFFFFFFFU);
      RandomStream drawn = filled;
      for (std::size_t i = 0; i < before; ++i) CHECK(filled.uniform() == drawn.uniform());
      std::vector<double> values(size);
      filled.fill_uniform(values);
      for (const double value : values) CHECK(value == drawn.uniform());
      CHECK(filled.bits() == drawn.bits());
    }
  }
}
