// labels: unit oracle stat determinism
#include <cmath>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/run/off_policy.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

OffPolicyModel true_model(const LinearArms& arms) {
  return {{(arms.weights(0).array() != 0).cast<int>(), (arms.weights(1).array() != 0).cast<int>()},
          {arms.offsets(0), arms.offsets(1)}};
}

// The mean reward over all actions, one by one.
double enumerate(const LinearArms& arms, const std::vector<double>& target) {
  double sum = 0;
  for (std::uint64_t k = 0; k < std::uint64_t{1} << arms.n(); ++k) {
    const Action action = action_from_index(k, arms.n());
    double probability = 1;
    for (std::size_t j = 0; j < action.size(); ++j) probability *= action[j] == 1 ? target[j] : 1 - target[j];
    sum += probability * mean_reward(arms, action);
  }
  return sum;
}

// A log in which every action occurs exactly as often as bits that are 1 with probability 1/4 say, each entry twice in
// a row so that even and odd rounds are complete by themselves; rows without noise.
BanditLog complete_log(const LinearArms& arms) {
  BanditLog log;
  for (std::uint64_t k = 0; k < std::uint64_t{1} << (2 * arms.n()); ++k) {
    Action action(static_cast<std::size_t>(arms.n()));
    for (std::size_t j = 0; j < action.size(); ++j) action[j] = (k >> (2 * j) & 3U) == 0 ? 1 : 0;
    const Eigen::VectorXd mean = means(arms, action);
    for (int twice = 0; twice < 2; ++twice) {
      log.actions.push_back(action);
      log.rows.emplace_back(mean.data(), mean.data() + mean.size());
    }
  }
  return log;
}

BanditLog random_log(const LinearArms& arms, const std::vector<double>& propensity, int rounds, std::uint32_t run) {
  const LinearEnvironment environment(arms);
  BanditLog log;
  std::vector<double> row(static_cast<std::size_t>(arms.n()));
  for (int t = 0; t < rounds; ++t) {
    RandomStream stream(9, RandomDomain::Test, run, static_cast<std::uint32_t>(t));
    Action action(propensity.size());
    for (std::size_t j = 0; j < action.size(); ++j) action[j] = stream.uniform() < propensity[j] ? 1 : 0;
    environment.observe(action, {4, run}, t, row);
    log.actions.push_back(action);
    log.rows.push_back(row);
  }
  return log;
}

}  // namespace

TEST_CASE("with a complete log without noise every estimator gives the enumerated value") {
  for (const int n : {2, 3, 4}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const LinearArms arms = random_arms_er(n, {}, seed);
      const BanditLog log = complete_log(arms);
      const std::vector<std::vector<double>> propensity{std::vector<double>(static_cast<std::size_t>(n), 0.25)};
      RandomStream stream(seed, RandomDomain::Test);
      std::vector<double> target(static_cast<std::size_t>(n));
      for (double& value : target) value = stream.uniform();
      const double truth = enumerate(arms, target);
      const auto near = doctest::Approx(truth).epsilon(1e-9).scale(10);
      CHECK(mean_reward_of(arms, target) == near);
      OffPolicyOptions options{.replicates = 100};
      // The direct method needs varying parents: without noise these may be collinear, so it is checked below.
      const OffPolicyResult all = evaluate_off_policy(log, propensity, target, arms.reward(), nullptr, options);
      options.relevant = arms.relevant();
      const OffPolicyResult some = evaluate_off_policy(log, propensity, target, arms.reward(), nullptr, options);
      CHECK(all.ips.value == near);
      CHECK(all.snips.value == near);
      CHECK(some.ips.value == near);
      CHECK(some.snips.value == near);
      CHECK(some.effective_sample_size >= all.effective_sample_size - 1e-9);
      // A wrong model (no edges) spoils the direct method and not the doubly robust one.
      OffPolicyModel wrong = true_model(arms);
      for (Eigen::MatrixXi& graph : wrong.graphs) graph.setZero();
      const OffPolicyResult robust = evaluate_off_policy(log, propensity, target, arms.reward(), &wrong, options);
      CHECK(robust.doubly_robust.value == near);
      CHECK(robust.direct.value == doctest::Approx(1));
    }
  }
}

TEST_CASE("estimates are unbiased and intervals cover; the graph and the relevant bits make them narrow") {
  const LinearArms arms = random_arms_er(4, {}, 3);
  const std::vector<double> propensity{0.5, 0.4, 0.6, 0.5}, target{0.8, 0.2, 0.7, 0.3};
  const double truth = enumerate(arms, target);
  const OffPolicyModel model = true_model(arms);
  const int runs = 300;
  std::array<std::vector<double>, 4> error;
  std::array<std::vector<int>, 4> covered;
  for (std::size_t e = 0; e < 4; ++e) {
    error[e].assign(runs, 0);
    covered[e].assign(runs, 0);
  }
  parallel_for(runs, 0, [&](std::int64_t run) {
    const BanditLog log = random_log(arms, propensity, 400, static_cast<std::uint32_t>(run));
    const OffPolicyResult result =
        evaluate_off_policy(log, {propensity}, target, arms.reward(), &model,
                            {.replicates = 200, .seed = static_cast<std::uint64_t>(run), .threads = 1});
    const std::array<const OffPolicyValue*, 4> values{&result.ips, &result.snips, &result.direct,
                                                      &result.doubly_robust};
    for (std::size_t e = 0; e < 4; ++e) {
      const auto k = static_cast<std::size_t>(run);
      error[e][k] = values[e]->value - truth;
      covered[e][k] = values[e]->ci_low <= truth && truth <= values[e]->ci_high ? 1 : 0;
    }
  });
  std::array<double, 4> sd{};
  for (std::size_t e = 0; e < 4; ++e) {
    double mean = 0, square = 0, cover = 0;
    for (std::size_t k = 0; k < error[e].size(); ++k) {
      mean += error[e][k] / runs;
      square += error[e][k] * error[e][k] / runs;
      cover += static_cast<double>(covered[e][k]) / runs;
    }
    sd[e] = std::sqrt(square - mean * mean);
    MESSAGE("estimator ", e, " bias ", mean, " sd ", sd[e], " coverage ", cover);
    // Unbiased up to 4 standard errors of the mean, plus the O(1/n) bias of the ratio and of products of fits.
    CHECK(std::abs(mean) < 4 * sd[e] / std::sqrt(runs) + 0.02);
    // 4 binomial standard errors of .95 are .05; 200 replicates and percentiles cost about .01.
    CHECK(cover > 0.95 - 0.06);
  }
  CHECK(sd[3] < sd[0]);
  CHECK(sd[2] < sd[0]);
}

TEST_CASE("what the log cannot say is said") {
  const LinearArms arms = random_arms_er(3, {}, 1);
  const BanditLog log = random_log(arms, {0.5, 0.5, 0}, 60, 0);
  const OffPolicyModel model = true_model(arms);
  const OffPolicyResult result = evaluate_off_policy(log, {{0.5, 0.5, 0}}, {0.5, 0.5, 0.5}, arms.reward(), &model);
  CHECK(result.ips.status == Status::Degenerate);
  CHECK(result.ips.reason.find("node 2") != std::string::npos);
  CHECK(std::isnan(result.doubly_robust.value));

  const BanditLog rare = random_log(arms, {0.1, 0.1, 0.1}, 60, 0);
  const OffPolicyResult thin = evaluate_off_policy(rare, {{0.1, 0.1, 0.1}}, {1, 0, 0}, arms.reward());
  REQUIRE_FALSE(thin.warnings.empty());
  CHECK(thin.warnings.back().find("fewer than 30") != std::string::npos);
  CHECK(thin.direct.status == Status::Degenerate);

  const std::vector<double> half(3, 0.5);
  BanditLog broken = random_log(arms, half, 5, 0);
  CHECK_THROWS_AS((void)evaluate_off_policy({}, {half}, half, 0), DataError);
  CHECK_THROWS_AS((void)evaluate_off_policy(broken, {half}, {0.5, 1.5, 0}, 0), InvalidArgument);
  CHECK_THROWS_AS((void)evaluate_off_policy(broken, {half, half}, half, 0), InvalidArgument);
  CHECK_THROWS_AS((void)evaluate_off_policy(broken, {half}, half, 3), InvalidArgument);
  broken.actions[0] = {1, 0, 0};
  CHECK_THROWS_AS((void)evaluate_off_policy(broken, {{0, 0.5, 0.5}}, half, 0), DataError);
  broken.rows[2][1] = std::nan("");
  CHECK_THROWS_AS((void)evaluate_off_policy(broken, {half}, half, 0), DataError);
}

TEST_CASE("the same bytes at any number of threads") {
  const LinearArms arms = random_arms_er(4, {}, 3);
  const std::vector<double> half(4, 0.5), target{1, 0, 1, 0};
  const BanditLog log = random_log(arms, half, 200, 0);
  const OffPolicyModel model = true_model(arms);
  const OffPolicyResult one = evaluate_off_policy(log, {half}, target, arms.reward(), &model, {.threads = 1});
  for (const int threads : {2, 4}) {
    const OffPolicyResult many = evaluate_off_policy(log, {half}, target, arms.reward(), &model, {.threads = threads});
    CHECK(many.ips.ci_low == one.ips.ci_low);
    CHECK(many.snips.ci_high == one.snips.ci_high);
    CHECK(many.direct.ci_low == one.direct.ci_low);
    CHECK(many.doubly_robust.ci_high == one.doubly_robust.ci_high);
  }
}
