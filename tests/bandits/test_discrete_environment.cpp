// labels: unit oracle stat determinism
#include "causal/bandits/environment/discrete_environment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "causal/bandits/environment/discrete_generators.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/io/bif.hpp"
#include "causal/run/error.hpp"
#include "discrete_models.hpp"
#include "resumed_run.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

DiscreteEnvironment random_environment(int n, std::uint32_t seed, int levels = 2) {
  return {random_discrete_model(random_confounded_graph(n, seed), {.levels = levels}, seed), "Y"};
}

// The same without the shortcut to the best mean.
class Plain final : public Environment {
 public:
  explicit Plain(const DiscreteEnvironment& inner) : inner_(inner) {}
  int n() const override { return inner_.n(); }
  int reward() const override { return inner_.reward(); }
  int settings(int node) const override { return inner_.settings(node); }
  void observe(const Action& action, const Episode& episode, std::int64_t round, std::span<double> row) const override {
    inner_.observe(action, episode, round, row);
  }
  double mean(const Action& action, std::int64_t round) const override { return inner_.mean(action, round); }

 private:
  const DiscreteEnvironment& inner_;
};

const char* const kBif = R"(network t { }
variable fever { type discrete [ 2 ] { no, yes }; }
variable drug { type discrete [ 2 ] { no, yes }; }
variable days { type discrete [ 3 ] { 0, 2, 5 }; }
probability ( fever ) { table 0.5, 0.5; }
probability ( drug | fever ) { (no) 0.9, 0.1; (yes) 0.2, 0.8; }
probability ( days | fever, drug ) {
  (no, no) 0.8, 0.1, 0.1; (yes, no) 0.1, 0.2, 0.7;
  (no, yes) 0.7, 0.2, 0.1; (yes, yes) 0.4, 0.4, 0.2; }
)";

}  // namespace

TEST_CASE("means are those of the definition, the best one is the largest") {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const DiscreteEnvironment environment = random_environment(4, seed, 2 + static_cast<int>(seed % 2));
    double best = -1;
    const std::vector<Action> actions = all_actions(environment);
    for (std::size_t k = 0; k < actions.size(); ++k) {
      best = std::max(best, environment.mean(actions[k]));
      if (k % 5 != 0) continue;
      CHECK(environment.mean(actions[k]) ==
            doctest::Approx(mean_by_definition(environment, actions[k])).epsilon(1e-10));
    }
    CHECK(environment.best_mean(0) == best);
    CHECK(environment.mean(environment.best_action()) == best);
    const PolicyPtr policy =
        make_arm_policy({environment.n(), environment.reward(), {}}, {}, {environment.best_action()});
    const Trace trace = play(Plain(environment), *policy, {.horizon = 3});
    CHECK(trace.best_mean == std::vector<double>(3, best));
    CHECK(trace.optimal == std::vector<std::uint8_t>(3, 1));
  }
}

// 20 actions of 10000 rounds: the mean of a 0/1 reward misses by more than 4.5 standard errors with probability 7e-6
// each; with 0.5 / sqrt(n) as the largest standard error that is less.
TEST_CASE("rows have the mean, and hold what was set") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const DiscreteEnvironment environment = random_environment(5, seed);
    const std::vector<Action> actions = all_actions(environment);
    const Action& action = actions[(seed * 37) % actions.size()];
    const int rounds = 10000;
    double sum = 0;
    std::vector<double> row(5);
    for (int t = 0; t < rounds; ++t) {
      environment.observe(action, {3, seed}, t, row);
      sum += row[static_cast<std::size_t>(environment.reward())];
      for (std::size_t j = 0; j < row.size(); ++j) {
        if (action[j] > 0 && row[j] != action[j] - 1) FAIL("a node is not what it was set to");
      }
    }
    CHECK(std::abs(sum / rounds - environment.mean(action)) < 4.5 * 0.5 / std::sqrt(rounds));
  }
}

TEST_CASE("rounds share their luck: what an action does not reach stays as it is") {
  const DiscreteEnvironment environment(random_discrete_model(instrument_graph(), {}, 5), "Y");
  CHECK(environment.network().n() == 4);
  CHECK(environment.n() == 3);
  int same = 0;
  std::vector<double> idle(3), acted(3), again(3);
  for (int t = 0; t < 200; ++t) {
    environment.observe({0, 0, 0}, {1, 2}, t, idle);
    environment.observe({2, 0, 0}, {1, 2}, t, acted);
    CHECK(idle[2] == acted[2]);
    environment.observe({static_cast<std::uint8_t>(idle[0] + 1), 0, 0}, {1, 2}, t, again);
    same += idle == again ? 1 : 0;
  }
  CHECK(same == 200);  // setting X to the level it has anyway changes nothing, hidden U included
}

TEST_CASE("a network file with a hidden node") {
  const BayesianNetwork network = with_hidden(io::read_bif(kBif, "t").network, {"fever"});
  const DiscreteEnvironment environment(network, "days");
  CHECK(environment.n() == 2);
  CHECK(environment.graph().graph().edges().size() == 2);  // drug -> days and drug <-> days
  CHECK(environment.settings(0) == 3);
  CHECK(environment.settings(1) == 1);
  // By hand: no drug .5 (.2 + .5) + .5 (.4 + 3.5) = 2.3; drug .5 (.4 + .5) + .5 (.8 + 1) = 1.35; left alone
  // .45 .7 + .05 .9 + .1 3.9 + .4 1.8 = 1.47.
  CHECK(environment.mean({1, 0}) == doctest::Approx(2.3));
  CHECK(environment.mean({2, 0}) == doctest::Approx(1.35));
  CHECK(environment.mean({0, 0}) == doctest::Approx(1.47));
  CHECK(environment.describe({2, 0}) == "drug = yes");
  CHECK(environment.describe({0, 0}) == "nothing");
  const DiscreteEnvironment cured(network, "days", {.reward_values = {1, 0, 0}});
  CHECK(cured.mean({1, 0}) == doctest::Approx(0.45));
  std::vector<double> row(2);
  environment.observe({0, 0}, {}, 0, row);
  CHECK((row[1] == 0 || row[1] == 2 || row[1] == 5));
}

TEST_CASE("the parallel model has the means it promises") {
  const DiscreteEnvironment environment(parallel_model({.causes = 12, .rare_probability = 0.1, .gain = 0.2}), "Y");
  Action action(13, 0);
  CHECK(environment.mean(action) == doctest::Approx(0.5));
  action[0] = 2;
  CHECK(environment.mean(action) == doctest::Approx(0.5 + 0.2 * 0.9));
  action[11] = 1;
  CHECK(environment.mean(action) == doctest::Approx(0.5 + 0.2 * 0.9 - 0.2 * 0.5));
  action[5] = 1;
  CHECK(environment.mean(action) == doctest::Approx(0.5 + 0.2 * 0.9 - 0.2 * 0.5));
  CHECK(environment.best_mean(0).value() == doctest::Approx(0.5 + 0.2 * 0.9 + 0.2 * 0.5));
}

TEST_CASE("nodes that cannot be set have one setting") {
  const DiscreteEnvironment environment(random_discrete_model(instrument_graph(), {}, 1), "Y", {.settable = {"Z"}});
  CHECK(environment.not_settable() == NodeSet{0});
  CHECK(all_actions(environment).size() == 3);
  CHECK_THROWS_AS(static_cast<void>(environment.mean({1, 0, 0})), InvalidArgument);
}

TEST_CASE("a run is the same at any thread count, its actions are written as levels") {
  const DiscreteEnvironment environment = random_environment(4, 11);
  const std::vector<Action> arms = all_actions(environment);
  const PolicyFactory make = [&](std::uint32_t) {
    return make_arm_policy({4, environment.reward(), {}}, {.rule = ArmRule::BetaThompson}, arms);
  };
  const PlayOptions options{.horizon = 200, .seed = 4};
  const std::vector<Trace> one = play_repeats(environment, make, options, 6, {.threads = 1});
  for (const int threads : {2, 4}) CHECK(play_repeats(environment, make, options, 6, {.threads = threads}) == one);
  CHECK(one[0].more_settings);

  const PolicyPtr fixed = make_arm_policy({4, environment.reward(), {}}, {}, {environment.best_action()});
  std::ostringstream out;
  write_trace_csv(out, play(environment, *fixed, {.horizon = 1}));
  CHECK(out.str().find("\n0," + action_text(environment.best_action()) + ",") != std::string::npos);
  CHECK(action_text({0, 2, 1}) == "0.2.1");
  CHECK(action_text({}).empty());

  CHECK(resumed_run(
            environment, [&] { return make(0); }, options, 90)
            .rest == from_round(one[0], 90));
}

TEST_CASE("generators are functions of their arguments, tables are as random as asked") {
  const Admg graph = random_confounded_graph(5, 3);
  CHECK(random_discrete_model(graph, {}, 8) == random_discrete_model(graph, {}, 8));
  CHECK(!(random_discrete_model(graph, {}, 8) == random_discrete_model(graph, {}, 9)));
  // Of a symmetric Dirichlet row with k levels and concentration a, E sum p^2 = (a + 1) / (k a + 1), checked on the
  // roots (hidden ones): 3000 rows of variance below 1/4 (p in [0, 1]), 4.5 standard errors.
  for (const double a : {0.2, 1.0, 4.0}) {
    double sum = 0;
    const int rows = 3000;
    for (std::uint64_t seed = 0; seed < static_cast<std::uint64_t>(rows); ++seed) {
      const BayesianNetwork network =
          random_discrete_model(Admg(MixedGraph({"Y"}, {})), {.levels = 3, .concentration = a}, seed);
      for (const double p : network.table(0).values()) sum += p * p;
    }
    CHECK(std::abs(sum / rows - (a + 1) / (3 * a + 1)) < 4.5 * 0.5 / std::sqrt(rows));
  }
}

TEST_CASE("wrong input of discrete environments") {
  const BayesianNetwork network = io::read_bif(kBif, "t").network;
  const auto make = [&](const BayesianNetwork& model, const std::string& reward, DiscreteEnvironmentOptions options) {
    static_cast<void>(DiscreteEnvironment(model, reward, std::move(options)));
  };
  CHECK_THROWS_WITH_AS(make(network, "nights", {}), doctest::Contains("nights"), InvalidArgument);
  CHECK_THROWS_WITH_AS(make(with_hidden(network, {"days"}), "days", {}), doctest::Contains("observed node"),
                       InvalidArgument);
  CHECK_THROWS_WITH_AS(make(network, "drug", {}), doctest::Contains("reward_values"), InvalidArgument);
  CHECK_THROWS_WITH_AS(make(network, "drug", {.reward_values = {1}}), doctest::Contains("2 levels"), InvalidArgument);
  CHECK_THROWS_AS(make(network, "drug", {.reward_values = {1, std::numeric_limits<double>::quiet_NaN()}}),
                  InvalidArgument);
  CHECK_THROWS_WITH_AS(make(network, "days", {.settable = {"days"}}), doctest::Contains("must not be the reward"),
                       InvalidArgument);
  CHECK_THROWS_AS(make(network, "days", {.settable = {"hour"}}), InvalidArgument);
  CHECK_THROWS_WITH_AS(make(network, "days", {.max_actions = 8}), doctest::Contains("max_actions = 8"),
                       InvalidArgument);
  CHECK_NOTHROW(make(network, "days", {.max_actions = 9}));
  CHECK_THROWS_AS(static_cast<void>(with_hidden(network, {"hour"})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(parallel_model({.causes = 3, .rare = 4})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(parallel_model({.causes = 1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(random_discrete_model(Admg(MixedGraph(1, {})), {.levels = 1}, 0)), InvalidArgument);

  const DiscreteEnvironment environment(network, "days");
  std::vector<double> row(3);
  CHECK_THROWS_AS(environment.observe({0, 0}, {}, 0, row), InvalidArgument);
  CHECK_THROWS_WITH_AS(environment.observe({0, 3, 0}, {}, 0, row), doctest::Contains("drug"), InvalidArgument);
  CHECK_THROWS_WITH_AS(environment.observe({0, 0, 1}, {}, 0, row), doctest::Contains("days"), InvalidArgument);
  row.resize(2);
  CHECK_THROWS_AS(environment.observe({0, 0, 0}, {}, 0, row), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(make_arm_policy({3, 2, {}}, {}, {{0, 1}})), InvalidArgument);
}
