// labels: unit oracle golden
#include "causal/bandits/selection/arm_search.hpp"

#include <cmath>

#include "causal/bandits/environment/generators.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

void check_same(const LinearArms& arms, const ArmSearchOptions& options = {}) {
  const ArmSearchResult exact = best_arm_exhaustive(arms, options);
  const ArmSearchResult found = best_arm(arms, options);
  CHECK(std::abs(found.value - exact.value) <= 1e-9 * (1 + std::abs(exact.value)));
  CHECK(found.action == exact.action);
  CHECK(found.status == Status::Ok);
  CHECK(found.gap == 0);
}

LinearArms turned(const LinearArms& arms) {  // rewards with the other sign: the search for the smallest mean
  std::array<Eigen::MatrixXd, 2> weights{arms.weights(0), arms.weights(1)};
  std::array<Eigen::VectorXd, 2> offsets{arms.offsets(0), arms.offsets(1)};
  for (Eigen::MatrixXd& w : weights) w.col(arms.reward()) *= -1;
  for (Eigen::VectorXd& nu : offsets) nu(arms.reward()) *= -1;
  return {std::move(weights), std::move(offsets), arms.reward()};
}

}  // namespace

TEST_CASE("a conflict: one ancestor wanted high by one child and low by another") {
  // R -> A with weight 0 or 3, A -> C, A -> D, reward 2 C - 3 D, offsets 1: the mean reward is
  // 2 (1 + A) - 3 (1 + A) + 1 = -A, and A is 1 or 4. Bounding C and D apart would promise 2 * 5 - 3 * 2 + 1 = 5.
  const LinearArms arms = arms_from_edges(5, {{0, 1, 0, 3}, {1, 2, 1, 1}, {1, 3, 1, 1}, {2, 4, 2, 2}, {3, 4, -3, -3}});
  const ArmSearchResult found = best_arm(arms);
  CHECK(found.value == -1);
  CHECK(found.bound == -1);
  CHECK(found.action == Action{0, 0, 0, 0, 0});
}

TEST_CASE("the search agrees with enumeration on random arms") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const LinearArms arms = random_arms_er(12, {}, seed);
    check_same(arms);
    check_same(turned(arms));
  }
}

TEST_CASE("the search agrees with enumeration on sparse, layered and hard arms") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    check_same(random_arms_er(12, {.edge_probability = 0.15}, seed));
    check_same(hierarchical_arms(3, 3, {}, seed));
    check_same(enhanced_parallel_arms(9, {}, seed));
    check_same(random_arms_scale_free(11, 2, {}, seed));
    RandomStream stream(seed, RandomDomain::Test);
    std::vector<double> values(10);
    for (double& value : values) value = stream.normal();
    check_same(hard_arms(LinearSem::random(random_dag_er(10, 4, seed), {}, seed), values, 9));
  }
}

TEST_CASE("of equal arms the lexicographically smallest is taken") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream stream(seed, RandomDomain::Test);
    std::vector<ArmEdge> edges;  // weights of -1, 0, 1: many arms have the same mean
    for (int j = 1; j < 9; ++j) {
      for (int i = 0; i < j; ++i) {
        edges.push_back({i, j, static_cast<double>(stream.below(3)) - 1, static_cast<double>(stream.below(3)) - 1});
      }
    }
    check_same(arms_from_edges(9, edges));
  }
}

TEST_CASE("constraints hold and are used to the full") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const LinearArms arms = random_arms_er(11, {}, seed);
    check_same(arms, {.max_interventions = static_cast<int>(seed % 5)});
    check_same(arms, {.forbidden = {1, 4, 7}});
    RandomStream stream(seed, RandomDomain::Test);
    ArmSearchOptions options{.forbidden = {2}, .cost = std::vector<double>(11), .cost_budget = 1.5};
    for (double& cost : options.cost) cost = stream.uniform();
    check_same(arms, options);
  }
}

TEST_CASE("beyond the budget the arm comes with a gap that holds") {
  int exceeded = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const LinearArms arms = random_arms_er(14, {}, seed);
    const double best = best_arm_exhaustive(arms).value;
    const ArmSearchResult found = best_arm(arms, {.node_budget = 5, .restarts = 0});
    CHECK(found.bound >= best - 1e-9 * (1 + std::abs(best)));
    CHECK(found.value <= best + 1e-9 * (1 + std::abs(best)));
    CHECK(found.value == mean_reward(arms, found.action));
    exceeded += found.status == Status::BudgetExceeded ? 1 : 0;
  }
  CHECK(exceeded > 50);
}

TEST_CASE("more than 64 nodes") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const LinearArms arms = random_arms_er(100, {.edge_probability = 2.0 / 99}, seed);
    const ArmSearchResult found = best_arm(arms);
    CHECK(found.status == Status::Ok);
    // Flipping any single bit does not help.
    for (int j = 0; j < 100; ++j) {
      Action other = found.action;
      other[static_cast<std::size_t>(j)] ^= 1;
      CHECK(mean_reward(arms, other) <= found.value + 1e-9 * (1 + std::abs(found.value)));
    }
  }
}

TEST_CASE("what cannot be searched is refused") {
  const LinearArms arms = random_arms_er(5, {}, 1);
  CHECK_THROWS_AS((void)best_arm(arms, {.forbidden = {5}}), InvalidArgument);
  CHECK_THROWS_AS((void)best_arm(arms, {.cost = {1, 2}}), InvalidArgument);
  CHECK_THROWS_AS((void)best_arm(arms, {.cost = {1, 2, -3, 4, 5}}), InvalidArgument);
  CHECK_THROWS_AS((void)best_arm(arms, {.node_budget = 0}), InvalidArgument);
}
