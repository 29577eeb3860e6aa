// labels: unit golden
#include "causal/bandits/policy/infrequency.hpp"

#include <cmath>
#include <vector>

#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

TEST_CASE("the number of arms that watching teaches nothing about") {
  // By hand from the definition. Ten fair variables: no entry is below 1/2, so m = 2.
  CHECK(infrequency(std::vector<double>(20, 0.5)) == 2);
  // Four variables that are never 1 and six fair ones: four entries below 1/tau for every tau, so m = 4.
  std::vector<double> mixed(12, 0.5);
  for (int k = 0; k < 4; ++k) mixed.insert(mixed.end(), {0.0, 1.0});
  CHECK(infrequency(mixed) == 4);
  // k entries of 0 give max(k, 2); an entry of exactly 1/m is not below it.
  CHECK(infrequency(std::vector<double>(7, 0.0)) == 7);
  CHECK(infrequency(std::vector<double>(1, 0.0)) == 2);
  CHECK(infrequency(std::vector<double>(9, 0.25)) == 4);
  CHECK(infrequency({}) == 2);
  CHECK_THROWS_AS((void)infrequency(std::vector<double>{0.5, 1.5}), InvalidArgument);
  CHECK_THROWS_AS((void)infrequency(std::vector<double>{std::nan("")}), InvalidArgument);
}
