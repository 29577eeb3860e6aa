// labels: unit oracle stat determinism
#include "causal/bandits/policy/parent_ucb.hpp"

#include <algorithm>
#include <sstream>

#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/run/grid.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "discrete_models.hpp"
#include "resumed_run.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

// A random confounded graph without confounders of the reward.
Admg graph_with_clear_reward(int n, std::uint32_t seed) {
  const MixedGraph graph = random_confounded_graph(n, seed).graph();
  const NodeId y = graph.id("Y");
  std::vector<Edge> edges;
  for (const Edge& edge : graph.edges()) {
    if (edge.is_directed() || (edge.from != y && edge.to != y)) edges.push_back(edge);
  }
  return Admg(MixedGraph(graph.names(), std::move(edges)));
}

DiscreteEnvironment clear_environment(int n, std::uint32_t seed, int levels = 2) {
  return {random_discrete_model(graph_with_clear_reward(n, seed), {.levels = levels}, seed), "Y"};
}

constexpr ParentRule kRules[] = {ParentRule::Ucb, ParentRule::KlUcb, ParentRule::Thompson};

}  // namespace

TEST_CASE("the mean of an arm is that of its parents' configurations") {
  for (std::uint32_t seed = 0; seed < 25; ++seed) {
    const DiscreteEnvironment environment(
        random_discrete_model(graph_with_clear_reward(4, seed), {.levels = 2 + static_cast<int>(seed % 2)}, seed), "Y",
        {.reward_values = seed % 2 == 0 ? std::vector<double>{0, 1} : std::vector<double>{0, 0.3, 1}});
    const ParentBandit bandit = parent_bandit(environment, all_actions(environment));
    Eigen::VectorXd means(bandit.probability.cols());
    for (Eigen::Index z = 0; z < means.size(); ++z) {
      Action action(static_cast<std::size_t>(environment.n()), 0);
      Eigen::Index left = z;
      for (std::size_t k = bandit.parents.size(); k-- > 0; left /= bandit.cardinalities[k]) {
        action[slot(bandit.parents[k])] = static_cast<std::uint8_t>(left % bandit.cardinalities[k] + 1);
      }
      means(z) = environment.mean(action);
    }
    for (std::size_t k = 0; k < bandit.arms.size(); ++k) {
      const double mean = bandit.probability.row(static_cast<Eigen::Index>(k)).dot(means);
      CHECK(mean == doctest::Approx(environment.mean(bandit.arms[k])).epsilon(1e-10));
    }
  }
}

// 30 models with 81 arms each, the same noise. Under equal chances 23 of 30 or more have probability 0.0026 (one side).
TEST_CASE("less regret than the policies that learn about every arm by itself") {
  const int runs = 30;
  const std::vector<ArmRule> others{ArmRule::Ucb1, ArmRule::KlUcb, ArmRule::BetaThompson};
  for (std::size_t r = 0; r < 3; ++r) {
    std::vector<double> ours(runs), theirs(runs);
    parallel_for(runs, 2, [&](std::int64_t k) {
      const auto seed = static_cast<std::uint32_t>(2000 + k);
      const DiscreteEnvironment environment = clear_environment(5, seed);
      const std::vector<Action> arms = all_actions(environment);
      const PlayOptions options{.horizon = 600, .seed = 9, .instance = seed};
      const PolicyPtr parent = make_parent_ucb(parent_bandit(environment, arms), {.rule = kRules[r]});
      const PolicyPtr plain = make_arm_policy({environment.n(), environment.reward(), {}},
                                              {.rule = others[r], .reward_sd = 0.5, .kl_loglog = 0}, arms);
      ours[static_cast<std::size_t>(k)] = play(environment, *parent, options).pseudo_regret();
      theirs[static_cast<std::size_t>(k)] = play(environment, *plain, options).pseudo_regret();
    });
    int better = 0, worse = 0;
    double sum = 0, sum_theirs = 0;
    for (std::size_t k = 0; k < ours.size(); ++k) {
      better += ours[k] < theirs[k] ? 1 : 0;
      worse += ours[k] > theirs[k] ? 1 : 0;
      sum += ours[k];
      sum_theirs += theirs[k];
    }
    MESSAGE(enum_name(kRules[r]) << ": better " << better << ", worse " << worse << ", mean regret " << sum / runs
                                 << " against " << sum_theirs / runs);
    CHECK(better > worse);
    CHECK(sign_test(better, worse) < 0.01);
  }
}

TEST_CASE("a parent policy goes on from a saved state as if nothing had happened, at any thread count") {
  const DiscreteEnvironment environment = clear_environment(4, 3);
  for (const ParentRule rule : kRules) {
    const PolicyFactory make = [&](std::uint32_t) {
      return make_parent_ucb(parent_bandit(environment, all_actions(environment)), {.rule = rule});
    };
    CHECK(make(0)->name() == enum_name(rule));
    const std::vector<Trace> one = play_repeats(environment, make, {.horizon = 80, .seed = 3}, 4, {.threads = 1});
    for (const int threads : {2, 4}) {
      CHECK(play_repeats(environment, make, {.horizon = 80, .seed = 3}, 4, {.threads = threads}) == one);
    }
    const ResumedRun run = resumed_run(
        environment, [&] { return make(0); }, {.horizon = 80, .seed = 3}, 40);
    CHECK(run.loaded == run.saved);
    CHECK(run.rest == from_round(one[0], 40));
    std::istringstream cut(run.saved.substr(0, run.saved.size() / 2));
    CHECK_THROWS_AS(make(0)->load(cut), DataError);
  }
}

TEST_CASE("wrong input of parent policies") {
  const DiscreteEnvironment confounded(random_discrete_model(instrument_graph(), {}, 1), "Y");
  CHECK_THROWS_WITH_AS(static_cast<void>(parent_bandit(confounded, all_actions(confounded))),
                       doctest::Contains("share no hidden cause with X"), InvalidArgument);
  const DiscreteEnvironment environment = clear_environment(3, 1);
  CHECK_THROWS_AS(static_cast<void>(parent_bandit(environment, {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(parent_bandit(environment, {{0, 0}})), InvalidArgument);
  const ParentBandit good{.n = 2,
                          .reward = 1,
                          .parents = {0},
                          .cardinalities = {2},
                          .arms = {{1, 0}, {2, 0}},
                          .probability = Eigen::MatrixXd::Identity(2, 2)};
  const auto refused = [&](auto&& change) {
    ParentBandit bandit = good;
    change(bandit);
    CHECK_THROWS_AS(static_cast<void>(make_parent_ucb(bandit)), InvalidArgument);
  };
  refused([](ParentBandit& b) { b.reward = 2; });
  refused([](ParentBandit& b) { b.parents = {1}; });
  refused([](ParentBandit& b) { b.cardinalities = {3}; });
  refused([](ParentBandit& b) { b.cardinalities = {}; });
  refused([](ParentBandit& b) { b.arms.pop_back(); });
  refused([](ParentBandit& b) { b.arms[1] = b.arms[0]; });
  refused([](ParentBandit& b) { b.arms[1] = {0}; });
  refused([](ParentBandit& b) { b.probability(0, 0) = 0.9; });
  refused([](ParentBandit& b) { b.probability.row(0) << 1.5, -0.5; });
  CHECK_THROWS_AS(static_cast<void>(make_parent_ucb(good, {.ucb_coefficient = -1})), InvalidArgument);
  const PolicyPtr policy = make_parent_ucb(good);
  const PolicyPtr thompson = make_parent_ucb(good, {.rule = ParentRule::Thompson});
  const auto update = [](Policy& p, const Action& action, std::vector<double> row) { p.update(action, row); };
  CHECK_THROWS_AS(update(*policy, {0}, {0, 0}), InvalidArgument);
  CHECK_THROWS_AS(update(*policy, {0, 0}, {2, 0}), DataError);
  CHECK_THROWS_AS(update(*policy, {0, 0}, {0, 1.5}), DataError);
  CHECK_THROWS_AS(update(*thompson, {0, 0}, {0, 0.5}), DataError);
  CHECK_NOTHROW(update(*policy, {0, 0}, {0, 0.5}));
}
