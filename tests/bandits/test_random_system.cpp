// labels: unit determinism
#include "causal/bandits/environment/random_system.hpp"

#include <algorithm>
#include <cmath>

#include "causal/bandits/selection/arm_search.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

TEST_CASE("a system has the arms of its family, and a function of the seed it is") {
  for (const SystemFamily family : {SystemFamily::ErdosRenyi, SystemFamily::ScaleFree, SystemFamily::Hierarchical,
                                    SystemFamily::EnhancedParallel}) {
    const RandomSystemOptions options{.systems = family, .layers = 3};
    const RandomSystem one = random_system(7, options, 5), again = random_system(7, options, 5),
                       other = random_system(7, options, 6);
    CHECK(one.arms.weights(1) == again.arms.weights(1));
    CHECK(one.arms.weights(1) != other.arms.weights(1));
    CHECK(one.environment.linear(0)->weights(0) == one.arms.weights(0));
    CHECK(one.changed.empty());
  }
  CHECK(random_system(7, {}, 5).arms.weights(0) == random_arms_er(7, {}, 5).weights(0));
  CHECK(random_system(7, {.systems = SystemFamily::Hierarchical, .layers = 3}, 5).arms.weights(0) ==
        hierarchical_arms(2, 3, {}, 5).weights(0));
}

TEST_CASE("a change takes its place from the best arm, and the noise has the sd asked for") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const RandomSystem system = random_system(6, {.change_at = 40, .change_columns = 2}, seed);
    REQUIRE(!system.changed.empty());
    const Action best = best_arm(system.arms).action;
    const LinearArms& after = *system.environment.linear(40);
    CHECK(system.environment.linear(39)->weights(0) == system.arms.weights(0));
    CHECK(system.environment.mean(best, 39) == best_arm(system.arms).value);
    CHECK(system.environment.mean(best, 40) < best_arm(after).value - 0.01);
  }
  // The first node of the order is offset plus noise: 4,000 rows give its sd within 4.5 standard errors of 1.1 %.
  const RandomSystem quiet = random_system(3, {.system_sd = 0.5}, 1),
                     mixed = random_system(3, {.system_sd = 0.5, .system_sd_high = 2}, 1);
  const auto sd_of_root = [](const RandomSystem& system) {
    const int root = system.arms.order().front();
    double sum = 0;
    std::vector<double> row(3);
    for (int t = 0; t < 4000; ++t) {
      system.environment.observe({0, 0, 0}, {1, 0}, t, row);
      sum += std::pow(row[static_cast<std::size_t>(root)] - 1, 2);
    }
    return std::sqrt(sum / 4000);
  };
  CHECK(sd_of_root(quiet) == doctest::Approx(0.5).epsilon(0.05));
  CHECK(sd_of_root(mixed) > 0.5 * 0.95);
  CHECK(sd_of_root(mixed) < 2 * 1.05);
  CHECK(sd_of_root(mixed) != doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE("what cannot be drawn is refused") {
  CHECK_THROWS_AS((void)random_system(6, {.systems = SystemFamily::Hierarchical, .layers = 2}, 1), InvalidArgument);
  CHECK_THROWS_AS((void)random_system(7, {.systems = SystemFamily::Hierarchical, .change_at = 5}, 1), InvalidArgument);
  CHECK_THROWS_AS((void)random_system(21, {.change_at = 5}, 1), InvalidArgument);
  CHECK_THROWS_AS((void)random_system(5, {.system_sd = 2, .system_sd_high = 1}, 1), InvalidArgument);
  CHECK_THROWS_AS((void)random_system(5, {.system_sd = 0, .system_sd_high = 1}, 1), InvalidArgument);
  CHECK_THROWS_AS((void)random_system(5, {.change_at = -1}, 1), InvalidArgument);
}
