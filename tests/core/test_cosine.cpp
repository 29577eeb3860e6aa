// labels: unit oracle
#include "causal/math/cosine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

double worst_error(const std::vector<double>& x) {
  std::vector<double> cosines = x;
  cosines_in_place(cosines);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = std::cos(static_cast<long double>(x[i]));
    worst = std::max(worst, static_cast<double>(std::abs(exact - static_cast<long double>(cosines[i]))));
  }
  return worst;
}

}  // namespace

TEST_CASE("cosines are right to 1e-15 at every scale") {
  RandomStream stream(1, RandomDomain::Test);
  for (const double scale : {1e-9, 1e-3, 1.0, 4.0, 100.0, 1e4, 1e6, 1e9, 1e300}) {
    CAPTURE(scale);
    std::vector<double> x(100001);
    for (double& value : x) value = stream.uniform(-scale, scale);
    CHECK(worst_error(x) <= 1e-15);
  }
}

TEST_CASE("cosines are right where the reduction changes its multiple and where cosines vanish") {
  std::vector<double> x;
  for (int k = -200000; k <= 200000; k += 37) {
    for (const double at : {k * std::numbers::pi, (k + 0.5) * std::numbers::pi}) {
      for (const double off : {-1e-12, 0.0, 1e-12}) x.push_back(at + off);
    }
  }
  CHECK(worst_error(x) <= 1e-15);
}

TEST_CASE("every length is handled and no number depends on its neighbours") {
  RandomStream stream(2, RandomDomain::Test);
  std::vector<double> x(1100);
  for (double& value : x) value = stream.uniform(-50, 50);
  std::vector<double> whole = x;
  cosines_in_place(whole);
  for (const std::size_t length : {0UL, 1UL, 3UL, 4UL, 5UL, 511UL, 512UL, 513UL, 1100UL}) {
    std::vector<double> part(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(length));
    cosines_in_place(part);
    CHECK(std::equal(part.begin(), part.end(), whole.begin()));
  }
  x[7] = 1e7;  // takes the slow way
  cosines_in_place(x);
  CHECK(x[7] == std::cos(1e7));
  CHECK(std::equal(x.begin() + 8, x.end(), whole.begin() + 8));
}

TEST_CASE("infinities and NaN give NaN") {
  std::vector<double> x{std::numeric_limits<double>::infinity(), 0, std::numeric_limits<double>::quiet_NaN()};
  cosines_in_place(x);
  CHECK(std::isnan(x[0]));
  CHECK(x[1] == 1);
  CHECK(std::isnan(x[2]));
}
