// labels: unit stat determinism
#include "causal/bandits/policy/parallel_bandit.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include "causal/bandits/environment/discrete_environment.hpp"
#include "causal/bandits/environment/discrete_generators.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/run/grid.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "resumed_run.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

BanditModel told(const DiscreteEnvironment& environment) { return {environment.n(), environment.reward(), {}}; }

}  // namespace

TEST_CASE("the arms are nothing and every level of every node") {
  CHECK(single_interventions({2, 3, 2}, 2) ==
        std::vector<Action>{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 3, 0}});
  CHECK(single_interventions({2, 3, 2}, 0, {1}) == std::vector<Action>{{0, 0, 0}, {0, 0, 1}, {0, 0, 2}});
}

// Two causes are never 1 by themselves, so their two arms are rare whatever m is. Shares of the other two causes are
// about 1/2: m is 2 or 3 and at most 3 arms are rare, which leaves 200 / 3 plays for each.
TEST_CASE("it watches, then plays what it never saw, then commits") {
  const DiscreteEnvironment environment(parallel_model({.causes = 4, .rare = 2, .rare_probability = 0}), "Y");
  const PolicyPtr policy = make_parallel_bandit(told(environment), environment.cardinalities(), {.horizon = 400});
  const Trace trace = play(environment, *policy, {.horizon = 500, .seed = 2});
  const Action first{2, 0, 0, 0, 0}, second{0, 2, 0, 0, 0};
  int played_first = 0, played_second = 0;
  for (std::size_t t = 0; t < 500; ++t) {
    const Action action = trace.action(t);
    if (t < 200) CHECK(action == Action(5, 0));
    if (t >= 200 && t < 400) {
      played_first += action == first ? 1 : 0;
      played_second += action == second ? 1 : 0;
    }
    if (t >= 400) CHECK(action == first);  // 3/4 of the rewards; fixed seed
  }
  CHECK(played_first >= 66);
  CHECK(std::abs(played_first - played_second) <= 1);
}

TEST_CASE("nothing rare: it watches to the horizon") {
  const DiscreteEnvironment environment(parallel_model({.causes = 2, .rare = 0, .gain = 0.25}), "Y");
  const PolicyPtr policy = make_parallel_bandit(told(environment), environment.cardinalities(), {.horizon = 2});
  // One round watched: two levels with share 1, two with 0 and m = 2, so these two are rare.
  const Trace trace = play(environment, *policy, {.horizon = 2, .seed = 1});
  CHECK(trace.action(0) == Action(3, 0));
  CHECK(trace.action(1) != Action(3, 0));

  const PolicyPtr one_level = make_parallel_bandit({2, 1, {}}, {1, 2}, {.horizon = 10});
  const std::vector<double> row{0, 1};
  for (int t = 0; t < 10; ++t) {
    RandomStream stream(1, RandomDomain::Test);
    CHECK(one_level->select(t, stream) == Action(2, 0));
    one_level->update({0, 0}, row);
  }
}

// 41 arms and 600 rounds. Successive rejects can give every arm about 4 plays before it drops some; watching gives 300
// to all but the two rare ones, and these 150 each. Regret of the arm chosen at the end, 100 paired runs.
TEST_CASE("its last arm is better than that of successive rejects with the same rounds") {
  const DiscreteEnvironment environment(parallel_model({.causes = 20, .rare_probability = 0.05}), "Y");
  const std::vector<Action> arms = single_interventions(environment.cardinalities(), environment.reward());
  double best = 0;
  for (const Action& arm : arms) best = std::max(best, environment.mean(arm));
  const std::int64_t horizon = 600;
  const int runs = 100;
  std::vector<double> parallel(runs), rejects(runs);
  parallel_for(runs, 2, [&](std::int64_t k) {
    const PlayOptions options{.horizon = horizon + 1, .seed = 5, .instance = static_cast<std::uint32_t>(k)};
    const PolicyPtr ours = make_parallel_bandit(told(environment), environment.cardinalities(), {.horizon = horizon});
    parallel[static_cast<std::size_t>(k)] = best - play(environment, *ours, options).mean.back();
    const PolicyPtr other =
        make_arm_policy(told(environment), {.rule = ArmRule::SuccessiveRejects, .horizon = horizon}, arms);
    rejects[static_cast<std::size_t>(k)] = best - play(environment, *other, options).mean.back();
  });
  int better = 0, worse = 0;
  double sum = 0, sum_rejects = 0;
  for (std::size_t k = 0; k < parallel.size(); ++k) {
    better += parallel[k] < rejects[k] - 1e-12 ? 1 : 0;
    worse += parallel[k] > rejects[k] + 1e-12 ? 1 : 0;
    sum += parallel[k];
    sum_rejects += rejects[k];
  }
  MESSAGE("better " << better << ", worse " << worse << ", mean " << sum / runs << " against " << sum_rejects / runs);
  CHECK(better > worse);
  CHECK(sign_test(better, worse) < 0.01);
}

TEST_CASE("a parallel bandit goes on from a saved state as if nothing had happened, at any thread count") {
  const DiscreteEnvironment environment(parallel_model({.causes = 5}), "Y");
  const PolicyFactory make = [&](std::uint32_t) {
    return make_parallel_bandit(told(environment), environment.cardinalities(), {.horizon = 60});
  };
  const std::vector<Trace> one = play_repeats(environment, make, {.horizon = 90, .seed = 3}, 4, {.threads = 1});
  for (const int threads : {2, 4}) {
    CHECK(play_repeats(environment, make, {.horizon = 90, .seed = 3}, 4, {.threads = threads}) == one);
  }
  for (const std::int64_t stop : {0, 20, 30, 45, 60, 75}) {
    const ResumedRun run = resumed_run(
        environment, [&] { return make(0); }, {.horizon = 90, .seed = 3}, stop);
    CHECK(run.loaded == run.saved);
    CHECK(run.rest == from_round(one[0], stop));
    std::istringstream cut(run.saved.substr(0, run.saved.size() / 2));
    CHECK_THROWS_AS(make(0)->load(cut), DataError);
    std::istringstream other(run.saved);
    CHECK_THROWS_AS(make_parallel_bandit({3, 2, {}}, {2, 2, 2})->load(other), DataError);
  }
}

TEST_CASE("wrong input of parallel bandits") {
  CHECK_THROWS_AS(static_cast<void>(make_parallel_bandit({2, 1, {}}, {2, 2}, {.horizon = 1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_parallel_bandit({2, 1, {}}, {2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_parallel_bandit({2, 2, {}}, {2, 2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_parallel_bandit({2, 1, {}}, {0, 2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_parallel_bandit({2, 1, {}}, {2, 2}, {.not_settable = {4}})), InvalidArgument);
  const PolicyPtr policy = make_parallel_bandit({2, 1, {}}, {2, 2});
  const auto update = [&](const Action& action, std::vector<double> row) { policy->update(action, row); };
  CHECK_THROWS_AS(update({3, 0}, {0, 0}), InvalidArgument);
  CHECK_THROWS_AS(update({1, 0}, {0, 0}), InvalidArgument);  // it watches first
  CHECK_THROWS_AS(update({0, 0}, {2, 0}), DataError);
  CHECK_THROWS_AS(update({0, 0}, {0.5, 0}), DataError);
  CHECK_THROWS_AS(update({0, 0}, {0, std::numeric_limits<double>::quiet_NaN()}), DataError);
  CHECK_THROWS_AS(update({0, 0}, {0}), DataError);
}
