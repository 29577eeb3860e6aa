// labels: unit
#include <cmath>
#include <limits>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/mechanism.hpp"

#include <doctest/doctest.h>

using namespace causal;
using Kind = NoiseOfValue::Kind;

namespace {

// Noise that leads to a value comes back from it.
void check_inverse(const Mechanism& mechanism, const std::vector<double>& parents, double noise) {
  const NoiseOfValue found = mechanism.noise_of(mechanism.value(parents, noise), parents);
  REQUIRE(found.kind == Kind::Unique);
  CHECK(found.noise == doctest::Approx(noise).epsilon(1e-9));
}

}  // namespace

TEST_CASE("fast normal quantiles agree with the reference in the middle and in both tails") {
  for (int k = 1; k < 4000; ++k) {
    const double low = std::pow(10.0, -k / 80.0);
    std::vector<double> p{k / 4000.0, low, 1 - low};
    const std::vector<double> given = p;
    normal_quantiles_in_place(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (given[i] <= 0 || given[i] >= 1) continue;
      const double expected = normal_quantile(given[i]);
      CHECK(std::abs(p[i] - expected) <= 4e-15 * std::max(1.0, std::abs(expected)));
    }
  }
}

TEST_CASE("every noise law has the mean, variance and density it claims") {
  for (const NoiseLaw law : {NoiseLaw::Gaussian, NoiseLaw::Uniform, NoiseLaw::Laplace, NoiseLaw::Exponential}) {
    CAPTURE(enum_name(law));
    const Noise noise = Noise::continuous(law, 2, -1);
    // Midpoint sums over the quantile function; its error on 1e5 cells is far below the tolerance.
    constexpr int kCells = 100'000;
    double mean = 0;
    double square = 0;
    for (int k = 0; k < kCells; ++k) {
      const double u = noise.quantile((k + 0.5) / kCells);
      mean += u / kCells;
      square += (u + 1) * (u + 1) / kCells;
    }
    CHECK(mean == doctest::Approx(-1).epsilon(1e-3));
    CHECK(square == doctest::Approx(4).epsilon(1e-3));
    // The density is the inverse slope of the quantile.
    for (const double q : {0.2, 0.45, 0.8}) {
      const double slope = (noise.quantile(q + 1e-6) - noise.quantile(q - 1e-6)) / 2e-6;
      CHECK(noise.log_density(noise.quantile(q)) == doctest::Approx(-std::log(slope)).epsilon(1e-6));
    }
  }
}

TEST_CASE("invertible mechanisms give back the noise") {
  const std::vector<double> parents{1.5, -2};
  for (const double u : {-1.3, 0.0, 2.25}) {
    check_inverse(LinearMechanism({2, -1}, 0.5, Noise::gaussian(3)), parents, u);
    check_inverse(*additive_noise(
                      2, [](auto pa) { return std::sin(pa[0]) * pa[1]; }, Noise::gaussian()),
                  parents, u);
    const auto cube = [](double z) { return z * z * z; };
    const auto mean = [](auto pa) { return pa[0] - pa[1]; };
    check_inverse(*post_nonlinear(
                      2, cube, [](double v) { return std::cbrt(v); }, mean, Noise::gaussian()),
                  parents, u);
    check_inverse(*post_nonlinear(
                      2, [](double z) { return std::exp(z); }, {}, mean, Noise::gaussian(), Monotone::Increasing),
                  parents, u);
    const auto falling = [](std::span<const double> pa, double noise) { return pa[0] - std::sinh(noise); };
    check_inverse(*functional(2, falling, Noise::gaussian(), {}, Monotone::Decreasing), parents, u);
    check_inverse(*shifted(functional(2, falling, Noise::gaussian(), {}, Monotone::Decreasing), 7), parents, u);
    check_inverse(*scaled(std::make_shared<LinearMechanism>(std::vector<double>{1, 1}, 0.0, Noise::gaussian()), -2),
                  parents, u);
  }
}

TEST_CASE("a value that no noise gives is impossible, and a function of unknown shape cannot be inverted") {
  const auto square = [](std::span<const double>, double u) { return u * u; };
  CHECK(functional(0, square, Noise::gaussian())->noise_of(2, {}).kind == Kind::Unknown);
  const auto exponential = functional(
      0, [](auto, double u) { return std::exp(u); }, Noise::gaussian(), {}, Monotone::Increasing);
  CHECK(exponential->noise_of(-1, {}).kind == Kind::Impossible);
  const auto bounded =
      std::make_shared<LinearMechanism>(std::vector<double>{}, 0.0, Noise::continuous(NoiseLaw::Uniform));
  CHECK(bounded->noise_of(1.7, {}).kind == Kind::Unique);
  CHECK(bounded->noise_of(1.8, {}).kind == Kind::Impossible);
  CHECK(deterministic(1, [](auto pa) { return 2 * pa[0]; })->noise_of(3, std::vector<double>{1}).kind ==
        Kind::Impossible);
}

TEST_CASE("densities follow from the noise by the change of variables") {
  // exp of a standard normal: the log-normal density.
  const auto lognormal = functional(
      0, [](auto, double u) { return std::exp(u); }, Noise::gaussian(), {}, Monotone::Increasing);
  const double z = std::log(2.5);
  CHECK(*lognormal->log_density(2.5, {}) == doctest::Approx(Noise::gaussian().log_density(z) - z).epsilon(1e-8));
  CHECK(*LinearMechanism({1}, 0, Noise::gaussian(2)).log_density(3, std::vector<double>{1}) ==
        doctest::Approx(Noise::gaussian(2).log_density(2)));
  const DiscreteCpt cpt({2}, 2, {0.25, 0.75, 1, 0});
  CHECK(*cpt.log_density(1, std::vector<double>{0}) == doctest::Approx(std::log(0.75)));
  CHECK(*cpt.log_density(1, std::vector<double>{1}) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("discrete functions tabulate to the mass of their noise") {
  const FunctionTable f({2}, 3, {0, 1, 2, 2, 2, 0}, Noise::categorical({0.5, 0.3, 0.2}));
  const std::vector<double> table = f.table(std::vector<int>{2}, 3);
  const std::vector<double> expected{0.5, 0.3, 0.2, 0.2, 0, 0.8};
  for (std::size_t i = 0; i < 6; ++i) CHECK(table[i] == doctest::Approx(expected[i]));
  CHECK(f.noise_of(0, std::vector<double>{0}).noise == 0);
  CHECK(f.noise_of(2, std::vector<double>{1}).kind == Kind::NotUnique);
  CHECK(f.noise_of(1, std::vector<double>{1}).kind == Kind::Impossible);
  const auto parity = functional(
      1, [](auto pa, double u) { return std::fmod(pa[0] + u, 2); }, Noise::categorical({0.9, 0.1}));
  CHECK(parity->table(std::vector<int>{2}, 2) == std::vector<double>{0.9, 0.1, 0.1, 0.9});
}

TEST_CASE("fixing a parent keeps the rows in which it has that value") {
  const auto cpt = std::make_shared<DiscreteCpt>(std::vector<int>{2, 3}, 2,
                                                 std::vector<double>{.1, .9, .2, .8, .3, .7, .4, .6, .5, .5, .6, .4});
  CHECK(with_parent_fixed(cpt, 0, 1)->table(std::vector<int>{3}, 2) == std::vector<double>{.4, .6, .5, .5, .6, .4});
  CHECK(with_parent_fixed(cpt, 1, 2)->table(std::vector<int>{2}, 2) == std::vector<double>{.3, .7, .6, .4});
  const auto linear = std::make_shared<LinearMechanism>(std::vector<double>{2, 5}, 1.0, Noise::gaussian());
  const auto fixed = with_parent_fixed(linear, 0, 3)->linear();
  CHECK(fixed->coefficients == std::vector<double>{5});
  CHECK(fixed->intercept == 7);
  const auto wrapped = with_parent_fixed(additive_noise(
                                             2, [](auto pa) { return pa[0] * pa[1]; }, Noise::gaussian()),
                                         1, 4);
  CHECK(wrapped->value(std::vector<double>{3}, 0.5) == 12.5);
}

TEST_CASE("mechanisms refuse what is no mechanism") {
  CHECK_THROWS_AS(DiscreteCpt({2}, 2, {0.5, 0.5, 0.6, 0.5}), InvalidArgument);
  CHECK_THROWS_AS(DiscreteCpt({2}, 2, {0.5, 0.5, 1.5, -0.5}), InvalidArgument);
  CHECK_THROWS_AS(DiscreteCpt({2}, 2, {0.5, 0.5}), InvalidArgument);
  CHECK_THROWS_AS(FunctionTable({2}, 2, {0, 1, 2, 0}, Noise::categorical({0.5, 0.5})), InvalidArgument);
  CHECK_THROWS_AS((void)Noise::categorical({0.5, 0.4}), InvalidArgument);
  CHECK_THROWS_AS((void)Noise::gaussian(0), InvalidArgument);
  CHECK_THROWS_AS(LinearMechanism({std::nan("")}, 0, Noise()), InvalidArgument);
  CHECK_THROWS_AS((void)scaled(std::make_shared<ConstantMechanism>(1), 0), InvalidArgument);
  const auto out_of_range = functional(
      0, [](auto, double u) { return u + 1; }, Noise::categorical({0.5, 0.5}));
  CHECK_THROWS_AS((void)out_of_range->table({}, 2), InvalidArgument);
}
