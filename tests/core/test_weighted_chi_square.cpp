// labels: golden oracle unit
#include "causal/math/weighted_chi_square.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "causal/math/chi_square.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

using enum MixtureApproximation;

double cdf(double statistic, const std::vector<double>& weights, MixtureApproximation approximation) {
  return 1 - weighted_chi_square_upper_p(statistic, weights, approximation);
}

// Imhof's inversion of the characteristic function by Simpson's rule: at least four weights. The integrand beyond U is
// below U^(-1-m/2) prod l^(-1/2), so what is cut off is less than that times 2 U / m.
double exact_upper(double statistic, const std::vector<double>& weights) {
  const auto integrand = [&](double u) {
    if (u == 0) {
      double slope = -statistic / 2;
      for (const double l : weights) slope += l / 2;
      return slope;
    }
    double angle = -statistic * u / 2;
    double log_modulus = 0;
    for (const double l : weights) {
      angle += 0.5 * std::atan(l * u);
      log_modulus += 0.25 * std::log1p(l * l * u * u);
    }
    return std::sin(angle) / (u * std::exp(log_modulus));
  };
  const double limit = 2000;
  const int steps = 400000;
  double sum = integrand(0) + integrand(limit);
  for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * integrand(limit * i / steps);
  return 0.5 + sum * limit / steps / 3 / std::numbers::pi;
}

double simulated_upper(double statistic, const std::vector<double>& weights, int draws) {
  RandomStream stream(7, RandomDomain::Test);
  int above = 0;
  for (int draw = 0; draw < draws; ++draw) {
    double sum = 0;
    for (const double l : weights) sum += l * std::pow(stream.normal(), 2);
    above += sum > statistic ? 1 : 0;
  }
  return static_cast<double>(above) / draws;
}

}  // namespace

TEST_CASE("the chi-square tail passes smoothly to very many degrees of freedom") {
  for (const double z : {-3.0, 0.0, 2.0, 5.0}) {
    const auto p = [&](double dof) { return chi_square_upper_p(dof + z * std::sqrt(2 * dof), dof); };
    CHECK(p(1.01e8) == doctest::Approx(p(0.99e8)).epsilon(1e-4));
    CHECK(p(1e15) == doctest::Approx(std::erfc(z / std::sqrt(2.0)) / 2).epsilon(1e-4));
  }
}

TEST_CASE("known values") {
  // Of the Python package momentchi2 (its documentation and tests), six or seven digits.
  const std::vector<double> weights{1.5, 1.5, 0.5, 0.5};
  CHECK(cdf(10.203, weights, Hbe) == doctest::Approx(0.9490824).epsilon(1e-6));
  CHECK(cdf(0.627, weights, Hbe) == doctest::Approx(0.02856998).epsilon(1e-6));
  CHECK(cdf(10.203, weights, Sw) == doctest::Approx(0.95008).epsilon(1e-5));
  CHECK(cdf(0.627, weights, Sw) == doctest::Approx(0.0657).epsilon(1e-3));
  CHECK(cdf(10.203, weights, Lpb4) == doctest::Approx(0.9500092).epsilon(1e-6));
  CHECK(cdf(0.627, weights, Lpb4) == doctest::Approx(0.05001144).epsilon(1e-6));
}

TEST_CASE("equal weights are a scaled chi-square, which two moments determine") {
  for (const int count : {1, 2, 5, 25}) {
    for (const double scale : {1e-200, 0.3, 1.0, 1e200}) {
      const std::vector<double> weights(static_cast<std::size_t>(count), scale);
      for (const double x : {0.01, 1.0, 5.0, 40.0, 300.0}) {
        const double exact = chi_square_upper_p(x, count);
        for (const MixtureApproximation approximation : {Sw, Hbe, Lpb4}) {
          CAPTURE(count);
          CAPTURE(x);
          CHECK(weighted_chi_square_upper_p(x * scale, weights, approximation) == doctest::Approx(exact).epsilon(1e-9));
        }
      }
    }
  }
}

TEST_CASE("the oracle agrees with draws") {
  const std::vector<double> weights{3, 1, 0.5, 0.2, 0.1};
  const int draws = 200000;
  for (const double x : {0.5, 2.0, 5.0, 15.0}) {
    const double exact = exact_upper(x, weights);
    CHECK(std::abs(simulated_upper(x, weights, draws) - exact) < 4 * std::sqrt(exact * (1 - exact) / draws));
  }
}

TEST_CASE("approximations are as near to the exact distribution as they say") {
  std::vector<double> geometric, steep, wide;
  for (int k = 0; k < 25; ++k) geometric.push_back(std::pow(0.7, k));
  for (int k = 0; k < 12; ++k) steep.push_back(std::pow(0.4, k));
  for (int k = 1; k <= 60; ++k) wide.push_back(1.0 / k);
  for (const std::vector<double>& weights : {geometric, steep, wide}) {
    double total = 0;
    for (const double l : weights) total += l;
    double worst[3] = {};
    double worst_in_tail[3] = {};  // where p is at most 0.2
    for (double x = 0.1 * total; x < 5 * total; x += 0.1 * total) {
      const double exact = exact_upper(x, weights);
      for (const MixtureApproximation approximation : {Sw, Hbe, Lpb4}) {
        const double error = std::abs(weighted_chi_square_upper_p(x, weights, approximation) - exact);
        double& seen = worst[static_cast<int>(approximation)];
        seen = std::max(seen, error);
        double& seen_in_tail = worst_in_tail[static_cast<int>(approximation)];
        if (exact <= 0.2) seen_in_tail = std::max(seen_in_tail, error);
      }
    }
    MESSAGE("worst errors: sw ", worst[0], " hbe ", worst[1], " lpb4 ", worst[2]);
    MESSAGE("p <= 0.2: sw ", worst_in_tail[0], " hbe ", worst_in_tail[1], " lpb4 ", worst_in_tail[2]);
    // What the header says.
    const double anywhere[3] = {0.06, 0.1, 0.006};
    const double in_tail[3] = {0.03, 0.007, 0.004};
    for (int k = 0; k < 3; ++k) {
      CHECK(worst[k] < anywhere[k]);
      CHECK(worst_in_tail[k] < in_tail[k]);
    }
  }
}

TEST_CASE("p falls as the statistic grows and stays in (0, 1]") {
  RandomStream stream(3, RandomDomain::Test);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> weights(1 + stream.below(30));
    for (double& l : weights) l = std::exp(stream.uniform(-20, 5));
    double total = 0;
    for (const double l : weights) total += l;
    for (const MixtureApproximation approximation : {Sw, Hbe, Lpb4}) {
      double before = 1;
      for (double x = 1e-6 * total; x < 1e7 * total; x *= 1.7) {
        const double p = weighted_chi_square_upper_p(x, weights, approximation);
        CHECK(p > 0);
        CHECK(p <= before);
        before = p;
      }
      CHECK(before == std::numeric_limits<double>::min());
    }
  }
}

TEST_CASE("weights that are not positive are left out, and nothing is ever NaN") {
  const std::vector<double> weights{2, 0, -1, 0.5};
  const std::vector<double> positive{2, 0.5};
  CHECK(mixture_powers(weights).weights == 2);
  const double huge = std::numeric_limits<double>::infinity();
  for (const MixtureApproximation approximation : {Sw, Hbe, Lpb4}) {
    CHECK(weighted_chi_square_upper_p(3, weights, approximation) ==
          weighted_chi_square_upper_p(3, positive, approximation));
    CHECK(weighted_chi_square_upper_p(3, std::vector<double>{}, approximation) == 1);
    CHECK(weighted_chi_square_upper_p(0, weights, approximation) == 1);
    CHECK(weighted_chi_square_upper_p(huge, weights, approximation) == std::numeric_limits<double>::min());
  }
}
