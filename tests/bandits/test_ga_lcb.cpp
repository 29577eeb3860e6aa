// labels: unit oracle stat determinism
#include "causal/bandits/policy/ga_lcb.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

#include "../../bandits/src/structure/lasso.hpp"
#include "../../bandits/src/structure/least_loss_order.hpp"
#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/bandits/structure/subgraph_learner.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

std::array<Eigen::MatrixXi, 2> supports(const LinearArms& arms) {
  return {(arms.weights(0).array() != 0).cast<int>(), (arms.weights(1).array() != 0).cast<int>()};
}

// The experiment of the publication: two layers of three nodes and the reward. Intervening halves the weights into the
// second layer (1 to .5) and doubles those into the reward (.5 to 1); the first layer cannot be moved.
LinearArms layered_study() {
  std::vector<ArmEdge> edges;
  for (int j = 3; j < 6; ++j) {
    for (int i = 0; i < 3; ++i) edges.push_back({i, j, 1, 0.5});
    edges.push_back({j, 6, 0.5, 1});
  }
  return arms_from_edges(7, edges, 0.5);
}

// Uniform on (-1/2, 1/2) about the offsets.
LinearEnvironment study_environment() {
  const std::vector<double> sd(7, std::sqrt(1.0 / 12));
  return LinearEnvironment(layered_study(), {.shape = NoiseShape::Uniform, .sd = {sd, sd}});
}

double loss(const Eigen::MatrixXd& strength, const std::vector<int>& order) {
  double sum = 0;
  for (std::size_t late = 0; late < order.size(); ++late) {
    for (std::size_t early = 0; early < late; ++early) sum += strength(order[late], order[early]);
  }
  return sum;
}

}  // namespace

TEST_CASE("the Lasso meets its optimality conditions, and is a soft threshold of orthogonal columns") {
  RandomStream stream(1, RandomDomain::Test);
  for (int repeat = 0; repeat < 50; ++repeat) {
    ColumnStatistics sums(6);
    const int rows = 10 + repeat;
    for (int t = 0; t < rows; ++t) {
      std::vector<double> x(6);
      for (double& value : x) value = stream.normal();
      x[4] += x[1];
      sums.add(x, 1.5 * x[0] - 0.4 * x[4] + stream.normal());
    }
    const std::vector<int> candidates{0, 1, 2, 4};
    const double penalty = 0.05 * (repeat % 8);
    const Eigen::VectorXd weights = lasso(sums, candidates, penalty);
    for (std::size_t a = 0; a < candidates.size(); ++a) {
      double slope = sums.cross()(candidates[a]);
      for (std::size_t b = 0; b < candidates.size(); ++b) {
        slope -= sums.gram()(candidates[a], candidates[b]) * weights(static_cast<Eigen::Index>(b));
      }
      slope /= rows;
      const double weight = weights(static_cast<Eigen::Index>(a));
      if (weight == 0) CHECK(std::abs(slope) <= penalty + 1e-7);
      if (weight != 0) CHECK(slope == doctest::Approx(std::copysign(penalty, weight)).epsilon(1e-6).scale(1));
    }
  }
  ColumnStatistics orthogonal(3);  // gram 2 I over 4 rows, cross (3, -0.2, 0)
  orthogonal.add(std::vector<double>{1, 0, 0}, 2);
  orthogonal.add(std::vector<double>{-1, 0, 0}, -1);
  orthogonal.add(std::vector<double>{0, 1, 0}, -0.1);
  orthogonal.add(std::vector<double>{0, -1, 0}, 0.1);
  const Eigen::VectorXd weights = lasso(orthogonal, {0, 1, 2}, 0.1);
  CHECK(weights(0) == doctest::Approx((0.75 - 0.1) / 0.5));
  CHECK(weights(1) == 0);
  CHECK(weights(2) == 0);
  CHECK(lasso(ColumnStatistics(3), {0, 2}, 0.1).isZero(0));
}

TEST_CASE("the common order loses least: all permutations of five nodes, and nothing without a cycle") {
  RandomStream stream(2, RandomDomain::Test);
  for (int repeat = 0; repeat < 100; ++repeat) {
    Eigen::MatrixXd strength = Eigen::MatrixXd::Zero(5, 5);
    for (int i = 0; i < 5; ++i) {
      for (int j = 0; j < 5; ++j) strength(i, j) = i != j && stream.uniform() < 0.6 ? stream.uniform() : 0.0;
    }
    std::vector<int> order(5);
    std::iota(order.begin(), order.end(), 0);
    double least = std::numeric_limits<double>::infinity();
    do {
      least = std::min(least, loss(strength, order));
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(loss(strength, least_loss_order(strength)) == doctest::Approx(least));
  }
  for (const int n : {4, 12, 13, 40, 100}) {
    const std::vector<int> truth = stream.permutation(n);
    Eigen::MatrixXd strength = Eigen::MatrixXd::Zero(n, n);
    for (int late = 0; late < n; ++late) {
      for (int early = 0; early < late; ++early) {
        if (stream.uniform() < 0.3) {
          strength(truth[static_cast<std::size_t>(early)], truth[static_cast<std::size_t>(late)]) = stream.uniform();
        }
      }
    }
    CHECK(loss(strength, least_loss_order(strength)) == 0);
    // Weak edges against the order in which all strong ones point: no order loses less than that one.
    Eigen::MatrixXd both = Eigen::MatrixXd::Zero(n, n);
    for (int late = 0; late < n; ++late) {
      for (int early = 0; early < late; ++early) {
        const int a = truth[static_cast<std::size_t>(early)], b = truth[static_cast<std::size_t>(late)];
        both(a, b) = 1 + stream.uniform();
        both(b, a) = 0.5 * stream.uniform();
      }
    }
    CHECK(least_loss_order(both) == truth);
    std::array<Eigen::MatrixXi, 2> graphs{(both.array() > 0).cast<int>(), (both.array() > 1).cast<int>()};
    CHECK(drop_backward_edges(truth, graphs) == n * (n - 1) / 2);
    CHECK(graphs[0] == graphs[1]);
  }
}

TEST_CASE("the structure phase finds the graph of the published experiment, at its exact price") {
  const LinearArms arms = layered_study();
  const LinearEnvironment environment = study_environment();
  const int runs = 20;
  std::vector<int> wrong(runs), extra(runs);
  parallel_for(runs, 0, [&](std::int64_t k) {
    GaLcb policy(BanditModel::of(arms));
    const Trace trace =
        play(environment, policy, {.horizon = 4000, .seed = 4, .instance = static_cast<std::uint32_t>(k)});
    RandomStream stream(1, RandomDomain::Test);
    REQUIRE_FALSE(policy.learned());
    (void)policy.select(4000, stream);
    REQUIRE(policy.learned());
    for (const int bit : {0, 1}) {
      const GraphErrors errors = graph_errors(policy.graphs()[static_cast<std::size_t>(bit)], supports(arms)[0]);
      wrong[static_cast<std::size_t>(k)] += errors.missing + errors.reversed;
      extra[static_cast<std::size_t>(k)] += errors.extra;
    }
    double price = 0;
    for (int single = 0; single <= 7; ++single) {
      Action action(7, 0);
      if (single > 0) action[static_cast<std::size_t>(single - 1)] = 1;
      price += 500 * (6.5 - mean_reward(arms, action));  // 6.5 = 3 (3 / 2 + 1 / 2) + 1 / 2, the best mean
    }
    CHECK(trace.pseudo_regret() == doctest::Approx(price));
  });
  // Intervening on the second layer moves the reward by .375, with threshold .25. The reward has variance
  // .25 (9 * 3 / 12 + 3 / 12) + 1 / 12 = .71, so the difference of two means of 500 rows has standard error .053, and
  // each of the three edges is missed with probability Phi(-2.35) = .009. More than 4 of 20 runs with a missed edge
  // then have probability 2e-4. All other shifts are 4 or more standard errors from the threshold.
  CHECK(std::count_if(wrong.begin(), wrong.end(), [](int w) { return w > 0; }) <= 4);
  MESSAGE("superfluous edges a run and bit: ", std::accumulate(extra.begin(), extra.end(), 0) / (2.0 * runs));
}

TEST_CASE("with arms eliminated in phases the regret stops, below that of arms taken one by one") {
  const LinearArms arms = layered_study();
  const LinearEnvironment environment = study_environment();
  const BanditModel model = BanditModel::of(arms);
  const int repeats = 10;
  const PlayOptions options{.horizon = 4000, .seed = 8};
  const auto traces = [&](const std::function<PolicyPtr()>& make) {
    return play_repeats(
        environment, [&](std::uint32_t) { return make(); }, options, repeats);
  };
  const auto regret = [&](const std::vector<Trace>& of, std::int64_t from) {
    double sum = 0;
    for (const Trace& trace : of) sum += trace.pseudo_regret() - trace.pseudo_regret(from);
    return sum / repeats;
  };
  const auto uniform = traces([&] { return make_arm_policy(model, {.rule = ArmRule::Uniform}); });
  const auto ucb = traces([&] { return make_arm_policy(model, {.ucb_coefficient = 1}); });
  for (const ValueBounds bounds : {ValueBounds::Layers, ValueBounds::Seen}) {
    const auto learned =
        traces([&] { return make_ga_lcb(model, {.horizon = 4000, .explore_rounds = 100, .bounds = bounds}); });
    const auto known =
        traces([&] { return make_ga_lcb(model, {.horizon = 4000, .bounds = bounds, .graphs = supports(arms)}); });
    MESSAGE("regret: uniform ", regret(uniform, 0), ", ucb1 ", regret(ucb, 0), ", learned ", regret(learned, 0),
            " (after 2000: ", regret(learned, 2000), "), known ", regret(known, 0));
    int better_than_uniform = 0, better_than_ucb = 0;
    for (std::size_t k = 0; k < repeats; ++k) {
      better_than_uniform += learned[k].pseudo_regret() < uniform[k].pseudo_regret() ? 1 : 0;
      better_than_ucb += known[k].pseudo_regret() < ucb[k].pseudo_regret() ? 1 : 0;
    }
    // Sign tests of pairs with shared noise: all ten have probability .001 when neither is better.
    CHECK(better_than_uniform == repeats);
    CHECK(better_than_ucb == repeats);
    CHECK(regret(known, 2000) < 0.02 * regret(uniform, 2000));
  }
  // Widths as in the theory are wider, and cost more.
  const auto careful =
      traces([&] { return make_ga_lcb(model, {.horizon = 4000, .alpha = 0, .graphs = supports(arms)}); });
  CHECK(regret(careful, 0) >
        regret(traces([&] { return make_ga_lcb(model, {.horizon = 4000, .graphs = supports(arms)}); }), 0));
}

TEST_CASE("elimination stops at one arm, the best one, and nothing is learned afterwards") {
  const LinearArms arms = layered_study();
  const LinearEnvironment environment = study_environment();
  GaLcb policy(BanditModel::of(arms), {.horizon = 1000000, .bounds = ValueBounds::Seen, .graphs = supports(arms)});
  // Bits of nodes without parents and with equal offsets cannot matter: 4 of 7 are left.
  CHECK(policy.active_arms() == 16);
  const Trace trace = play(environment, policy, {.horizon = 4000, .seed = 3});
  REQUIRE(policy.active_arms() == 1);
  CHECK(trace.optimal_rate(100) == 1);
  CHECK(trace.action(3999) == Action{0, 0, 0, 0, 0, 0, 1});
  const std::int64_t rows = policy.statistics().column(1, 6).count();
  CHECK(rows < 4000);
  policy.update({0, 0, 0, 0, 0, 0, 1}, std::vector<double>(7, 1.0));
  CHECK(policy.statistics().column(1, 6).count() == rows);
}

TEST_CASE("the same at any thread count, and goes on from a saved state as if nothing had happened") {
  const LinearArms arms = layered_study();
  const LinearEnvironment environment = study_environment();
  const BanditModel model = BanditModel::of(arms);
  // In the first case the state is saved in the structure phase, in the second during the elimination.
  for (const int explore_rounds : {30, 12}) {
    const GaLcbOptions given{.horizon = 100000, .explore_rounds = explore_rounds, .bounds = ValueBounds::Seen};
    const PlayOptions options{.horizon = 400, .seed = 5};
    const auto repeat = [&](std::uint32_t) { return make_ga_lcb(model, given); };
    const std::vector<Trace> one = play_repeats(environment, repeat, options, 4, {.threads = 1});
    for (const int threads : {2, 4}) CHECK(play_repeats(environment, repeat, options, 4, {.threads = threads}) == one);
    CHECK_FALSE(one[0] == one[1]);

    GaLcb first(model, given), second(model, given);
    (void)play(environment, first, {.horizon = 150, .seed = 5});
    CHECK(first.learned() == (explore_rounds == 12));
    std::stringstream state;
    first.save(state);
    const std::string bytes = state.str();
    second.load(state);
    const Trace rest = play(environment, second, {.horizon = 400, .seed = 5, .first_round = 150});
    (void)play(environment, first, {.horizon = 400, .seed = 5, .first_round = 150});
    std::ostringstream saved_first, saved_second;
    first.save(saved_first);
    second.save(saved_second);
    CHECK(saved_first.str() == saved_second.str());
    CHECK(std::equal(rest.reward.begin(), rest.reward.end(), one[0].reward.begin() + 150, one[0].reward.end()));
    std::istringstream cut(bytes.substr(0, bytes.size() / 2));
    CHECK_THROWS_AS(make_ga_lcb(model, given)->load(cut), DataError);
    std::istringstream other(bytes);
    CHECK_THROWS_AS(make_ga_lcb(BanditModel::of(random_arms_er(6, {}, 1)), given)->load(other), DataError);
  }
}

TEST_CASE("graphs with cycles are made into some that have an order") {
  // Few rows and no penalty: the Lasso then keeps nearly all candidates, in both directions.
  const LinearArms arms = random_arms_er(8, {}, 5);
  GaLcb policy(BanditModel::of(arms), {.horizon = 200, .explore_rounds = 3, .min_shift = 0.01, .lasso_penalty = 0});
  (void)play(LinearEnvironment(arms), policy, {.horizon = 60, .seed = 2});
  CHECK(policy.dropped_edges() > 0);
  const LinearArms learned({policy.graphs()[0].cast<double>(), policy.graphs()[1].cast<double>()},
                           {arms.offsets(0), arms.offsets(1)}, arms.reward());
  CHECK(learned.has_order());
}

TEST_CASE("what cannot be used is refused") {
  const LinearArms arms = layered_study();
  const BanditModel model = BanditModel::of(arms);
  CHECK_THROWS_AS((void)make_ga_lcb(model, {.explore_rounds = 0}), InvalidArgument);
  CHECK_THROWS_AS((void)make_ga_lcb(model, {.min_shift = 0}), InvalidArgument);
  CHECK_THROWS_AS((void)make_ga_lcb(model, {.alpha = -1}), InvalidArgument);
  CHECK_THROWS_AS((void)make_ga_lcb(model, {.ridge = std::nan("")}), InvalidArgument);
  CHECK_THROWS_AS((void)make_ga_lcb(BanditModel::of(random_arms_er(21, {}, 1))), InvalidArgument);
  BanditModel wrong = model;
  wrong.reward = 7;
  CHECK_THROWS_AS((void)make_ga_lcb(wrong), InvalidArgument);
  wrong = model;
  wrong.offsets[1].resize(6);
  CHECK_THROWS_AS((void)make_ga_lcb(wrong), InvalidArgument);
  const Eigen::MatrixXi none = Eigen::MatrixXi::Zero(7, 7);
  Eigen::MatrixXi there = none, back = none;
  there(0, 1) = back(1, 0) = 1;
  CHECK_THROWS_AS((void)make_ga_lcb(model, {.graphs = {{there, back}}}), InvalidArgument);
  CHECK_THROWS_AS((void)make_ga_lcb(model, {.graphs = {{none, Eigen::MatrixXi::Zero(6, 6)}}}), InvalidArgument);
  const PolicyPtr policy = make_ga_lcb(model);
  std::vector<double> row(7, 0.0);
  CHECK_THROWS_AS(policy->update(Action(6, 0), row), InvalidArgument);
  CHECK_THROWS_AS(policy->update(Action(7, 2), row), InvalidArgument);
  CHECK_THROWS_AS(policy->update(Action(7, 0), std::vector<double>(6, 0.0)), InvalidArgument);
  std::ostringstream before, after;
  policy->save(before);
  row[6] = std::nan("");
  CHECK_THROWS_AS(policy->update(Action(7, 0), row), InvalidArgument);
  policy->save(after);
  CHECK(before.str() == after.str());  // a row that is refused leaves nothing behind
}
