// labels: unit oracle stat golden determinism
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <sstream>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/policy/linear_ucb.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/error.hpp"
#include "resumed_run.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

// One node that is the reward: arms {0} and {1}, or more nodes whose actions are numbered arms.
BanditModel plain(int n) { return {n, n - 1, {Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n)}}; }

// Rewards 1 with the probability of the arm (at action_index), else 0. Returns pulls per arm.
std::vector<int> play_coins(Policy& policy, int n, const std::vector<double>& probability, int rounds,
                            std::uint32_t run) {
  std::vector<int> pulls(probability.size(), 0);
  std::vector<double> row(static_cast<std::size_t>(n), 0.0);
  for (int t = 0; t < rounds; ++t) {
    RandomStream choose(1, RandomDomain::Policy, run, static_cast<std::uint32_t>(t));
    RandomStream noise(1, RandomDomain::Test, run, static_cast<std::uint32_t>(t));
    const Action action = policy.select(t, choose);
    const std::size_t arm = action_index(action);
    row.back() = noise.uniform() < probability[arm] ? 1 : 0;
    policy.update(action, row);
    ++pulls[arm];
  }
  return pulls;
}

}  // namespace

TEST_CASE("the upper bound of KL-UCB solves its equation and has closed forms at the ends") {
  // Mean 0: -ln(1 - q) = budget / count. Mean 1/2: q (1 - q) = exp(-2 budget / count) / 4.
  for (const double x : {0.001, 0.1, 1.0, 5.0}) {
    CHECK(kl_upper_bound(0, 7, 7 * x) == doctest::Approx(1 - std::exp(-x)).epsilon(1e-12));
    CHECK(kl_upper_bound(0.5, 3, 3 * x) == doctest::Approx(0.5 + 0.5 * std::sqrt(1 - std::exp(-2 * x))).epsilon(1e-12));
    CHECK(kl_upper_bound(1, 2, x) == 1);
    for (const double mean : {0.01, 0.3, 0.9}) {
      const double q = kl_upper_bound(mean, 10, 10 * x);
      CHECK(q > mean);
      // The divergence has slope (q - p) / (q (1 - q)), so a q right to 1e-15 is right to that times the slope.
      if (q < 1 - 1e-10) {
        CHECK(std::abs(bernoulli_divergence(mean, q) - x) <= 1e-13 + 4e-15 / (q * (1 - q)));
      } else {
        CHECK(bernoulli_divergence(mean, 1 - 1e-9) < x);
      }
    }
  }
  CHECK(kl_upper_bound(0.4, 0, 1) == 1);
  CHECK(kl_upper_bound(0.4, 5, 0) == doctest::Approx(0.4));
  CHECK(std::isinf(bernoulli_divergence(0.5, 1)));
  CHECK(bernoulli_divergence(0.25, 0.25) == 0);
  CHECK_THROWS_AS((void)kl_upper_bound(1.2, 1, 1), InvalidArgument);
  CHECK_THROWS_AS((void)kl_upper_bound(0.2, -1, 1), InvalidArgument);
}

TEST_CASE("KL-UCB and Beta Thompson pay near the bound of Lai and Robbins on rare rewards, UCB1 far more") {
  const std::vector<double> probability{0.1, 0.02};
  const int rounds = 5000, runs = 60;
  const auto worse = [&](ArmRule rule, double loglog) {
    double sum = 0;
    for (int run = 0; run < runs; ++run) {
      const PolicyPtr policy = make_arm_policy(plain(1), {.rule = rule, .reward_sd = 0.5, .kl_loglog = loglog});
      sum += play_coins(*policy, 1, probability, rounds, static_cast<std::uint32_t>(run))[1];
    }
    return sum / runs;
  };
  // Asymptotically the worse arm is pulled ln T / KL(.02, .1) = 8.52 / .0514 = 166 times by the best policies, fewer at
  // the beginning; the pulls of a run have an sd near 70, a mean of 60 runs one of 9.
  const double bound = std::log(rounds) / bernoulli_divergence(0.02, 0.1);
  const double kl = worse(ArmRule::KlUcb, 0), thompson = worse(ArmRule::BetaThompson, 0), ucb = worse(ArmRule::Ucb1, 0);
  MESSAGE("pulls of the worse arm: bound ", bound, " kl_ucb ", kl, " beta_thompson ", thompson, " ucb1 ", ucb);
  CHECK(kl > 0.4 * bound);
  CHECK(kl < 1.8 * bound);
  CHECK(thompson > 0.2 * bound);
  CHECK(thompson < 1.5 * bound);
  CHECK(ucb > 1.5 * kl);
}

TEST_CASE("successive rejects stays within its horizon and finds the best arm") {
  for (const int bits : {1, 2, 3, 5}) {
    const std::int64_t arms = std::int64_t{1} << bits;
    for (const std::int64_t horizon : {arms, arms + 1, 3 * arms, 100 * arms}) {
      const std::vector<std::int64_t> pulls = successive_rejects_pulls(arms, horizon);
      REQUIRE(pulls.size() == static_cast<std::size_t>(arms - 1));
      std::int64_t total = pulls.back();  // of the arm that is left
      for (const std::int64_t each : pulls) total += each;
      CHECK(total <= horizon);
      CHECK(std::is_sorted(pulls.begin(), pulls.end()));
    }
  }
  // By hand: K = 3, log_bar = 1/2 + 1/2 + 1/3 = 4/3, n_1 = ceil(997 / 4) = 250, n_2 = ceil(997 / (8/3)) = 374.
  CHECK(successive_rejects_pulls(3, 1000) == std::vector<std::int64_t>{250, 374});
  CHECK_THROWS_AS((void)successive_rejects_pulls(4, 3), InvalidArgument);

  // Eight arms, gap .4, 800 rounds: each phase begins after at least n_1 = 45 pulls an arm, and the best arm is then
  // behind a rival with probability Phi(-.4 / sqrt((.16 + .24) / 45)) = 1.1e-5. Seven rivals, seven phases, 50 runs:
  // one failure has a probability below 3 %, two have one below 1 in 1000.
  std::vector<double> probability(8, 0.4);
  probability[5] = 0.8;
  int found = 0;
  for (std::uint32_t run = 0; run < 50; ++run) {
    const PolicyPtr policy = make_arm_policy(plain(3), {.rule = ArmRule::SuccessiveRejects, .horizon = 800});
    (void)play_coins(*policy, 3, probability, 800, run);
    const std::vector<int> after = play_coins(*policy, 3, probability, 20, run + 1000);
    CHECK(*std::max_element(after.begin(), after.end()) == 20);  // it has made up its mind
    found += after[5] == 20 ? 1 : 0;
  }
  CHECK(found >= 49);
  const PolicyPtr single = make_arm_policy(plain(1), {.rule = ArmRule::SuccessiveRejects}, {{1}});
  CHECK(play_coins(*single, 1, {0.5, 0.5}, 5, 0)[1] == 5);
}

TEST_CASE("the sliding window forgets: it follows a change that UCB1 takes long to believe") {
  int sliding = 0, plain_ucb = 0;
  for (std::uint32_t run = 0; run < 20; ++run) {
    for (const ArmRule rule : {ArmRule::SlidingUcb, ArmRule::Ucb1}) {
      const PolicyPtr policy =
          make_arm_policy(plain(1), {.rule = rule, .ucb_coefficient = 1, .reward_sd = 0.5, .window = 200});
      (void)play_coins(*policy, 1, {0.9, 0.1}, 3000, run);
      (rule == ArmRule::SlidingUcb ? sliding : plain_ucb) += play_coins(*policy, 1, {0.1, 0.9}, 600, run + 500)[1];
    }
  }
  // UCB1 holds 3000 rewards with mean .9: after 600 of .1 the old arm still has .77 and stays ahead for most of them.
  MESSAGE("pulls of the new best arm in 600 rounds: sliding ", sliding / 20, " ucb1 ", plain_ucb / 20);
  CHECK(sliding > 20 * 400);
  CHECK(plain_ucb < sliding / 2);

  // Oracle: the index from the last `window` rounds, computed anew every round, picks the arm that the policy picks.
  const std::int64_t window = 17;
  const PolicyPtr policy = make_arm_policy(plain(2), {.rule = ArmRule::SlidingUcb, .window = window});
  std::vector<std::pair<std::size_t, double>> log;
  std::vector<double> row(2);
  for (int t = 0; t < 300; ++t) {
    RandomStream stream(5, RandomDomain::Policy, 0, static_cast<std::uint32_t>(t));
    const std::size_t arm = action_index(policy->select(t, stream));
    const std::size_t begin = log.size() > 17 ? log.size() - 17 : 0;
    std::vector<double> index(4, 0), count(4, 0);
    for (std::size_t s = begin; s < log.size(); ++s) {
      index[log[s].first] += log[s].second;
      ++count[log[s].first];
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const double seen = static_cast<double>(std::min<std::int64_t>(t + 1, window));
      index[k] = count[k] == 0 ? 1e300 : index[k] / count[k] + std::sqrt(2 * std::log(seen) / count[k]);
    }
    CHECK(index[arm] >= *std::max_element(index.begin(), index.end()) - 1e-9);
    row[1] =
        static_cast<double>(arm) * 0.3 + RandomStream(6, RandomDomain::Test, 0, static_cast<std::uint32_t>(t)).normal();
    log.emplace_back(arm, row[1]);
    policy->update(action_from_index(arm, 2), row);
  }
}

TEST_CASE("LinUCB plays the largest index of a regression solved directly") {
  for (const bool pairwise : {false, true}) {
    const int n = 4;
    const LinearUcbOptions options{.alpha = 0.7, .ridge = 0.5, .pairwise = pairwise};
    const PolicyPtr policy = make_linear_ucb(plain(n), options);
    const Eigen::Index d = pairwise ? 11 : 5;
    CHECK(action_features({1, 0, 1, 1}, pairwise).size() == d);
    Eigen::MatrixXd gram = 0.5 * Eigen::MatrixXd::Identity(d, d);
    Eigen::VectorXd cross = Eigen::VectorXd::Zero(d);
    std::vector<double> row(n);
    for (int t = 0; t < 200; ++t) {
      RandomStream stream(2, RandomDomain::Policy, 0, static_cast<std::uint32_t>(t));
      const Action action = policy->select(t, stream);
      const Eigen::MatrixXd inverse = gram.inverse();
      const auto index = [&](const Action& a) {
        const Eigen::VectorXd phi = action_features(a, pairwise);
        return (inverse * cross).dot(phi) + 0.7 * std::sqrt(phi.dot(inverse * phi));
      };
      double best = -1e300;
      for (std::uint64_t k = 0; k < 16; ++k) best = std::max(best, index(action_from_index(k, n)));
      CHECK(index(action) == doctest::Approx(best).epsilon(1e-10));
      row[3] = action[0] - 2.0 * action[1] * action[2] +
               RandomStream(3, RandomDomain::Test, 0, static_cast<std::uint32_t>(t)).normal();
      const Eigen::VectorXd phi = action_features(action, pairwise);
      gram += phi * phi.transpose();
      cross += row[3] * phi;
      policy->update(action, row);
    }
  }
  const Eigen::VectorXd phi = action_features({1, 0, 1}, true);
  const Eigen::VectorXd expected = (Eigen::VectorXd(7) << 1, 1, 0, 1, 0, 1, 0).finished();
  CHECK(phi == expected);
}

TEST_CASE("a run of every rule is the same at any thread count and goes on from a saved state") {
  const LinearArms arms = random_arms_er(4, {}, 9);
  const LinearEnvironment environment(arms);
  const BanditModel model = BanditModel::of(arms);
  const std::vector<std::function<PolicyPtr()>> factories{
      [&] { return make_arm_policy(model, {.rule = ArmRule::SlidingUcb, .window = 40}); },
      [&] { return make_arm_policy(model, {.rule = ArmRule::SuccessiveRejects, .horizon = 200}); },
      [&] { return make_linear_ucb(model, {.pairwise = true}); }};
  for (const auto& make : factories) {
    const PlayOptions options{.horizon = 250, .seed = 5};
    const auto repeat = [&](std::uint32_t) { return make(); };
    const std::vector<Trace> one = play_repeats(environment, repeat, options, 4, {.threads = 1});
    for (const int threads : {2, 4}) CHECK(play_repeats(environment, repeat, options, 4, {.threads = threads}) == one);
    const ResumedRun run = resumed_run(environment, make, options, 137);
    CHECK(run.rest == from_round(one[0], 137));
    std::istringstream cut(run.saved.substr(0, run.saved.size() / 2));
    CHECK_THROWS_AS(make()->load(cut), DataError);
  }
  // Coins, for the two rules that need rewards in [0, 1].
  for (const ArmRule rule : {ArmRule::KlUcb, ArmRule::BetaThompson}) {
    const PolicyPtr first = make_arm_policy(plain(2), {.rule = rule}),
                    second = make_arm_policy(plain(2), {.rule = rule});
    (void)play_coins(*first, 2, {0.1, 0.5, 0.4, 0.6}, 100, 0);
    std::stringstream state;
    first->save(state);
    second->load(state);
    CHECK(play_coins(*first, 2, {0.1, 0.5, 0.4, 0.6}, 100, 1) == play_coins(*second, 2, {0.1, 0.5, 0.4, 0.6}, 100, 1));
  }
}

TEST_CASE("wrong rewards and options are named") {
  const std::vector<double> two{2}, half{0.5};
  CHECK_THROWS_AS(make_arm_policy(plain(1), {.rule = ArmRule::KlUcb})->update({1}, two), DataError);
  CHECK_THROWS_AS(make_arm_policy(plain(1), {.rule = ArmRule::BetaThompson})->update({1}, half), DataError);
  CHECK_NOTHROW(make_arm_policy(plain(1), {.rule = ArmRule::KlUcb})->update({1}, half));
  CHECK_THROWS_AS((void)make_arm_policy(plain(3), {.rule = ArmRule::SlidingUcb, .window = 7}), InvalidArgument);
  CHECK_THROWS_AS((void)make_arm_policy(plain(3), {.rule = ArmRule::SuccessiveRejects, .horizon = 7}), InvalidArgument);
  CHECK_THROWS_AS((void)make_linear_ucb(plain(2), {.ridge = 0}), InvalidArgument);
  CHECK_THROWS_AS((void)make_linear_ucb(plain(2), {}, {{1}}), InvalidArgument);
  CHECK(enum_from_name<ArmRule>("kl_ucb") == ArmRule::KlUcb);
}
