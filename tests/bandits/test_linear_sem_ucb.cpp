// labels: unit oracle stat determinism
#include "causal/bandits/policy/linear_sem_ucb.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <sstream>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/policy/linear_thompson.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "resumed_run.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

std::array<Eigen::MatrixXi, 2> supports(const LinearArms& arms) {
  return {(arms.weights(0).array() != 0).cast<int>(), (arms.weights(1).array() != 0).cast<int>()};
}

// Ellipsoids of random shape about random centers along the graphs of the arms.
EllipsoidModel random_model(const LinearArms& arms, double radius, RandomStream& stream) {
  EllipsoidModel model{arms.reward(), {arms.offsets(0), arms.offsets(1)}, {}};
  for (const int bit : {0, 1}) {
    for (int j = 0; j < arms.n(); ++j) {
      WeightEllipsoid mine;
      for (const WeightedParent& parent : arms.parents(bit, j)) mine.parents.push_back(parent.node);
      const auto k = static_cast<Eigen::Index>(mine.parents.size());
      mine.center.resize(k);
      mine.factor = Eigen::MatrixXd::Zero(k, k);
      for (Eigen::Index a = 0; a < k; ++a) {
        mine.center(a) = stream.uniform(-1, 1);
        for (Eigen::Index b = 0; b < a; ++b) mine.factor(a, b) = stream.uniform(-0.5, 0.5);
        mine.factor(a, a) = stream.uniform(0.6, 1.5);
      }
      mine.radius = radius;
      model.mechanisms[static_cast<std::size_t>(bit)].push_back(std::move(mine));
    }
  }
  return model;
}

// Mean reward under given weights.
double value_of(const EllipsoidModel& model, const Action& action, const std::vector<Eigen::VectorXd>& weights) {
  const auto n = static_cast<Eigen::Index>(action.size());
  std::array<Eigen::MatrixXd, 2> matrices{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)};
  for (std::size_t j = 0; j < action.size(); ++j) {
    const std::vector<int>& parents = model.mechanisms[action[j]][j].parents;
    for (std::size_t k = 0; k < parents.size() && weights[j].size() > 0; ++k) {
      matrices[action[j]](parents[k], static_cast<Eigen::Index>(j)) = weights[j](static_cast<Eigen::Index>(k));
    }
  }
  return mean_reward(LinearArms(matrices, model.offsets, model.reward), action);
}

// Points of the boundary, evenly spread in the angle: two for one parent, `fine` for two.
std::vector<Eigen::VectorXd> boundary(const WeightEllipsoid& ellipsoid, int fine) {
  const auto k = ellipsoid.center.size();
  if (k == 0) return {Eigen::VectorXd(0)};
  REQUIRE(k <= 2);
  std::vector<Eigen::VectorXd> points;
  for (int p = 0; p < (k == 1 ? 2 : fine); ++p) {
    const double angle = 2 * std::numbers::pi * p / (k == 1 ? 2 : fine);
    Eigen::VectorXd u(k);
    u(0) = std::cos(angle);
    if (k == 2) u(1) = std::sin(angle);
    u *= ellipsoid.radius;
    if (k == 2) u(1) /= ellipsoid.factor(1, 1);  // L^T d = u
    u(0) = (u(0) - (k == 2 ? ellipsoid.factor(1, 0) * u(1) : 0.0)) / ellipsoid.factor(0, 0);
    points.push_back(ellipsoid.center + u);
  }
  return points;
}

// The smallest and the largest value on the grid.
std::pair<double, double> brute_force(const EllipsoidModel& model, const Action& action, int fine) {
  std::vector<std::vector<Eigen::VectorXd>> choices;
  for (std::size_t j = 0; j < action.size(); ++j) choices.push_back(boundary(model.mechanisms[action[j]][j], fine));
  std::vector<std::size_t> at(choices.size(), 0);
  std::vector<Eigen::VectorXd> weights(choices.size());
  double least = 1e300, best = -1e300;
  for (;;) {
    for (std::size_t j = 0; j < at.size(); ++j) weights[j] = choices[j][at[j]];
    const double value = value_of(model, action, weights);
    least = std::min(least, value);
    best = std::max(best, value);
    std::size_t j = 0;
    while (j < at.size() && ++at[j] == choices[j].size()) at[j++] = 0;
    if (j == at.size()) return {least, best};
  }
}

// 0 -> 1, {0, 1} -> 2, {1, 2} -> 3 under both bits: four paths of up to three edges.
LinearArms diamond() {
  return arms_from_edges(4, {{0, 1, 1, 1}, {0, 2, 1, 1}, {1, 2, 1, 1}, {1, 3, 1, 1}, {2, 3, 1, 1}});
}

}  // namespace

TEST_CASE("the optimistic value is the best of a fine grid on the boundaries, and each sweep rises") {
  RandomStream stream(1, RandomDomain::Test);
  const int fine = 60, models = 60;
  int short_of_grid = 0;
  for (int repeat = 0; repeat < models; ++repeat) {
    const EllipsoidModel model = random_model(diamond(), repeat % 2 == 0 ? 0.4 : 1.5, stream);
    const Action action = action_from_index(static_cast<std::uint64_t>(repeat % 16), 4);
    const OptimisticArm found = optimistic_value(model, action, {.starts = 8}, stream);
    CHECK(found.action == action);
    CHECK(value_of(model, action, found.weights) == doctest::Approx(found.value));
    CHECK(std::is_sorted(found.ascent.begin(), found.ascent.end(),
                         [](double a, double b) { return a < b - 1e-9 * (1 + std::abs(a)); }));
    for (std::size_t j = 0; j < 4; ++j) {  // within the ellipsoid
      const WeightEllipsoid& mine = model.mechanisms[action[j]][j];
      const Eigen::VectorXd away = mine.factor.transpose() * (found.weights[j] - mine.center);
      CHECK(away.norm() <= mine.radius * (1 + 1e-9));
    }
    const auto [least, grid] = brute_force(model, action, fine);
    // Along one boundary the value is A + R cos(angle - angle0) with 2 R at most the range of all values, and the grid
    // has a point within pi / fine of the best angle: it loses at most R (1 - cos(pi / fine)) at each of the two nodes
    // with two parents. Twice that, since the grid's range falls short of the true one in the same way.
    const double slack = 2 * (1 - std::cos(std::numbers::pi / fine)) * (grid - least) + 1e-9;
    CHECK(found.value <= grid + slack);
    short_of_grid += found.value < grid - 1e-9 ? 1 : 0;
  }
  // Ascent may end in a local maximum; with nine starts it should hardly ever.
  CHECK(short_of_grid <= models / 20);
}

TEST_CASE("on a chain the optimistic value is a maximum over the ends of intervals") {
  // 0 -> 1 -> 2, offset 1, weights in [1, 3] and [-2, 0]: mean 1 + b (1 + a), the largest 1 + 0 * (..) = 1, and with
  // the second in [-2, 0.5] it is 1 + 0.5 * (1 + 3) = 3.
  EllipsoidModel model{2, {Eigen::VectorXd::Ones(3), Eigen::VectorXd::Ones(3)}, {}};
  const Eigen::MatrixXd unit = Eigen::MatrixXd::Ones(1, 1);
  for (auto& of_bit : model.mechanisms) {
    of_bit = {{{}, Eigen::VectorXd(0), Eigen::MatrixXd(0, 0), 1},
              {{0}, Eigen::VectorXd::Constant(1, 2.0), unit, 1},
              {{1}, Eigen::VectorXd::Constant(1, -1.0), unit, 1}};
  }
  RandomStream stream(2, RandomDomain::Test);
  CHECK(optimistic_value(model, {0, 0, 0}, {}, stream).value == doctest::Approx(1));
  model.mechanisms[1][2].center(0) = -0.75;
  model.mechanisms[1][2].radius = 1.25;
  const OptimisticArm best = optimistic_arm(model, {}, stream);
  CHECK(best.value == doctest::Approx(3));
  CHECK(best.action == Action{0, 0, 1});
  CHECK(optimistic_arm(model, {.enumerate_nodes = 0}, stream).value == doctest::Approx(3));
}

TEST_CASE("actions and weights chosen together reach what all actions one by one do") {
  RandomStream stream(3, RandomDomain::Test);
  int equal = 0;
  const int models = 60;
  for (int repeat = 0; repeat < models; ++repeat) {
    const LinearArms arms = random_arms_er(7, {}, static_cast<std::uint64_t>(repeat));
    const EllipsoidModel model = random_model(arms, 0.2, stream);
    const double together = optimistic_arm(model, {.starts = 8, .enumerate_nodes = 0}, stream).value;
    const OptimisticArm listed = optimistic_arm(model, {.starts = 8, .enumerate_nodes = 12}, stream);
    CHECK(listed.value == doctest::Approx(value_of(model, listed.action, listed.weights)));
    equal += together >= listed.value - 1e-9 * (1 + std::abs(listed.value)) ? 1 : 0;
    if (repeat >= 8) continue;
    double best = -1e300;
    for (std::uint64_t k = 0; k < 128; ++k) {
      best = std::max(best, optimistic_value(model, action_from_index(k, 7), {.starts = 8}, stream).value);
    }
    CHECK(listed.value >= best - 1e-6 * (1 + std::abs(best)));
  }
  MESSAGE("ascent over bits and weights together found the best of all actions in ", equal, " of ", models);
  CHECK(equal >= models * 8 / 10);
  // Without any width it is the best arm.
  const LinearArms arms = random_arms_er(9, {}, 4);
  EllipsoidModel model = random_model(arms, 0, stream);
  for (const int bit : {0, 1}) {
    for (int j = 0; j < 9; ++j) {
      WeightEllipsoid& mine = model.mechanisms[static_cast<std::size_t>(bit)][static_cast<std::size_t>(j)];
      for (std::size_t k = 0; k < mine.parents.size(); ++k) {
        mine.center(static_cast<Eigen::Index>(k)) = arms.weights(bit)(mine.parents[k], j);
      }
    }
  }
  CHECK(optimistic_arm(model, {.enumerate_nodes = 9}, stream).value == doctest::Approx(best_arm(arms).value));
}

TEST_CASE("optimism loses less than arms taken one by one, and more slowly with time") {
  const int repeats = 10;
  int better = 0, slower = 0;
  double sum = 0, sum_ucb = 0, sum_uniform = 0;
  std::array<std::array<double, 4>, repeats> regret{};
  parallel_for(repeats, 0, [&](std::int64_t k) {
    const LinearArms arms = random_arms_er(5, {}, static_cast<std::uint64_t>(k));
    const LinearEnvironment environment(arms);
    const BanditModel model = BanditModel::of(arms);
    const PlayOptions options{.horizon = 1000, .seed = 9, .instance = static_cast<std::uint32_t>(k)};
    const Trace own = play(environment, *make_linear_sem_ucb(model, supports(arms), {.horizon = 1000}), options);
    regret[static_cast<std::size_t>(k)] = {
        own.pseudo_regret(), own.pseudo_regret(500),
        play(environment, *make_arm_policy(model, {.ucb_coefficient = 1}), options).pseudo_regret(),
        play(environment, *make_arm_policy(model, {.rule = ArmRule::Uniform}), options).pseudo_regret()};
  });
  for (const auto& [own, half, ucb, uniform] : regret) {
    better += own < uniform ? 1 : 0;
    slower += own - half < half ? 1 : 0;
    sum += own;
    sum_ucb += ucb;
    sum_uniform += uniform;
  }
  MESSAGE("mean regret: linear_sem_ucb ", sum / repeats, ", ucb1 ", sum_ucb / repeats, ", uniform ",
          sum_uniform / repeats);
  // Sign tests: 9 or more of 10 have probability .011 when neither is smaller.
  CHECK(better >= 9);
  CHECK(slower >= 9);
  CHECK(sum < sum_ucb);
}

TEST_CASE("with fluctuating rows the robust policy loses less than the plain one") {
  // 0 -> 1, the reward. Bit 1 of the reward is the better mechanism, weight 1 against .5. In the first 40 rounds it
  // is turned into -3, and the plain estimate needs many rounds to forget; node 0 has mean 2, so each of these rows is
  // off by about 8.
  const LinearArms truth = arms_from_edges(2, {{0, 1, 0.5, 1}}, 2);
  const LinearArms corrupted = arms_from_edges(2, {{0, 1, 0.5, -3}}, 2);
  const LinearEnvironment environment(std::vector<LinearPiece>{{0, corrupted}, {40, truth}});
  const BanditModel model = BanditModel::of(truth);
  const int runs = 40;
  const auto regrets = [&](double corruption) {
    std::vector<double> losses;
    for (const Trace& trace : play_repeats(
             environment,
             [&](std::uint32_t) {
               return make_linear_sem_ucb(model, supports(truth),
                                          {.horizon = 2000, .radius_scale = 0.5, .corruption = corruption});
             },
             {.horizon = 2000, .seed = 6}, runs)) {
      losses.push_back(trace.pseudo_regret() - trace.pseudo_regret(40));
    }
    return losses;
  };
  const std::vector<double> plain = regrets(0), robust = regrets(320);
  int wins = 0, ties = 0;
  for (std::size_t k = 0; k < plain.size(); ++k) {
    wins += robust[k] < plain[k] ? 1 : 0;
    ties += robust[k] == plain[k] ? 1 : 0;
  }
  MESSAGE("robust loses less in ", wins, " of ", runs, ", ties ", ties, "; plain ",
          std::accumulate(plain.begin(), plain.end(), 0.0) / runs, ", robust ",
          std::accumulate(robust.begin(), robust.end(), 0.0) / runs);
  // Sign test over pairs with shared noise: 30 or more of 40 have probability .001 when neither is smaller.
  CHECK(wins >= 30);
}

TEST_CASE("the slope of Thompson sampling's regret, and that of random arms") {
  const int instances = 8;
  std::array<double, 4> sums{};
  std::array<std::array<double, 4>, instances> all{};
  parallel_for(instances, 0, [&](std::int64_t k) {
    const LinearArms arms = random_arms_er(10, {}, static_cast<std::uint64_t>(k));
    const LinearEnvironment environment(arms);
    const BanditModel model = BanditModel::of(arms);
    const PlayOptions options{.horizon = 8000, .seed = 12, .instance = static_cast<std::uint32_t>(k)};
    const Trace thompson = play(environment, *make_linear_thompson(model, supports(arms)), options);
    const Trace uniform = play(environment, *make_arm_policy(model, {.rule = ArmRule::Uniform}), options);
    all[static_cast<std::size_t>(k)] = {thompson.pseudo_regret(1000), thompson.pseudo_regret(),
                                        uniform.pseudo_regret(1000), uniform.pseudo_regret()};
  });
  for (const auto& one : all) {
    for (std::size_t q = 0; q < 4; ++q) sums[q] += one[q];
  }
  const double slope = std::log(sums[1] / sums[0]) / std::log(8.0);
  const double straight = std::log(sums[3] / sums[2]) / std::log(8.0);
  MESSAGE("log-log slopes between 1000 and 8000: ", slope, " and ", straight);
  CHECK(slope < 0.6);
  // A sum over rounds of independent draws: its relative standard error at 1000 rounds is below 2 %, hence of the slope
  // below .01.
  CHECK(std::abs(straight - 1) < 0.03);
}

TEST_CASE("the same at any thread count, and goes on from a saved state as if nothing had happened") {
  const LinearArms arms = random_arms_er(6, {}, 9);
  const LinearEnvironment environment(arms);
  const BanditModel model = BanditModel::of(arms);
  for (const LinearSemUcbOptions& given :
       {LinearSemUcbOptions{.horizon = 150}, LinearSemUcbOptions{.horizon = 150, .corruption = 5},
        LinearSemUcbOptions{.horizon = 150, .search = {.enumerate_nodes = 2}}}) {
    const PlayOptions options{.horizon = 150, .seed = 5};
    const auto repeat = [&](std::uint32_t) { return make_linear_sem_ucb(model, supports(arms), given); };
    const std::vector<Trace> one = play_repeats(environment, repeat, options, 4, {.threads = 1});
    for (const int threads : {2, 4}) CHECK(play_repeats(environment, repeat, options, 4, {.threads = threads}) == one);
    CHECK_FALSE(one[0] == one[1]);

    const ResumedRun run = resumed_run(
        environment, [&] { return repeat(0); }, options, 67);
    CHECK(run.rest == from_round(one[0], 67));
    const PolicyPtr uninterrupted = repeat(0);
    (void)play(environment, *uninterrupted, options);
    CHECK(state_of(*run.policy) == state_of(*uninterrupted));
    std::istringstream cut(run.saved.substr(0, run.saved.size() / 2));
    CHECK_THROWS_AS(repeat(0)->load(cut), DataError);
  }
}

TEST_CASE("what cannot be used is refused") {
  const LinearArms arms = random_arms_er(4, {}, 1);
  const BanditModel model = BanditModel::of(arms);
  const auto graphs = supports(arms);
  CHECK_THROWS_AS((void)make_linear_sem_ucb(model, graphs, {.ridge = 0}), InvalidArgument);
  CHECK_THROWS_AS((void)make_linear_sem_ucb(model, graphs, {.corruption = -1}), InvalidArgument);
  CHECK_THROWS_AS((void)make_linear_sem_ucb(model, graphs, {.noise_sd = std::nan("")}), InvalidArgument);
  CHECK_THROWS_AS((void)make_linear_sem_ucb(model, graphs, {.search = {.max_sweeps = 0}}), InvalidArgument);
  CHECK_THROWS_AS((void)make_linear_sem_ucb(model, {graphs[0], Eigen::MatrixXi::Zero(3, 3)}), InvalidArgument);
  const Eigen::MatrixXi back = graphs[0].transpose();
  CHECK_THROWS_AS((void)make_linear_sem_ucb(model, {graphs[0], back}), InvalidArgument);
  BanditModel wrong = model;
  wrong.reward = 4;
  CHECK_THROWS_AS((void)make_linear_sem_ucb(wrong, graphs), InvalidArgument);
  const PolicyPtr policy = make_linear_sem_ucb(model, graphs);
  std::vector<double> row(4, 0.0);
  CHECK_THROWS_AS(policy->update(Action(3, 0), row), InvalidArgument);
  CHECK_THROWS_AS(policy->update(Action(4, 0), std::vector<double>(3, 0.0)), InvalidArgument);
  std::ostringstream before, after;
  policy->save(before);
  row[static_cast<std::size_t>(model.reward)] = std::nan("");
  CHECK_THROWS_AS(policy->update(Action(4, 0), row), InvalidArgument);
  policy->save(after);
  CHECK(before.str() == after.str());
}
