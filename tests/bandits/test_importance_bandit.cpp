// labels: unit oracle stat determinism
#include "causal/bandits/policy/importance_bandit.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/policy/parallel_bandit.hpp"
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

double ratio_of(const Eigen::MatrixXd& p, const Eigen::VectorXd& shares) {
  const Eigen::VectorXd law = p.transpose() * shares;
  double ratio = 0;
  for (Eigen::Index a = 0; a < p.rows(); ++a) {
    double moment = 0;
    for (Eigen::Index z = 0; z < p.cols(); ++z) moment += p(a, z) > 0 ? p(a, z) * p(a, z) / law(z) : 0;
    ratio = std::max(ratio, moment);
  }
  return ratio;
}

// Parents X0, X1 of the reward X2, three arms.
ParentBandit three_arms(Eigen::MatrixXd probability) {
  return {.n = 3,
          .reward = 2,
          .parents = {0, 1},
          .cardinalities = {2, 2},
          .arms = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}},
          .probability = std::move(probability)};
}

ParentBandit parallel_bandit(const DiscreteEnvironment& environment) {
  return parent_bandit(environment, single_interventions(environment.cardinalities(), environment.reward()));
}

}  // namespace

// Best ratio over all shares k / 200; its distance from the minimum is at most a step of a convex function there.
TEST_CASE("the shares are as good as the best of a fine grid") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    RandomStream stream(1, RandomDomain::Test, seed);
    Eigen::MatrixXd p(3, 4);
    for (Eigen::Index a = 0; a < 3; ++a) {
      for (Eigen::Index z = 0; z < 4; ++z) p(a, z) = std::pow(stream.uniform(), 4);
      p.row(a) /= p.row(a).sum();
    }
    double best = 1e9;
    for (int i = 1; i < 200; ++i) {
      for (int j = 1; i + j < 200; ++j) {
        const Eigen::Vector3d shares(i / 200.0, j / 200.0, (200 - i - j) / 200.0);
        best = std::min(best, ratio_of(p, shares));
      }
    }
    const ImportanceDesign design = importance_design(three_arms(p));
    CHECK(design.shares.sum() == doctest::Approx(1));
    CHECK(design.shares.minCoeff() > 0);
    CHECK(design.ratio == doctest::Approx(ratio_of(p, design.shares)).epsilon(1e-10));
    CHECK(design.ratio <= 1.005 * best);
    CHECK(design.truncated == 0);
  }
}

TEST_CASE("equal laws need one arm's rounds, disjoint ones those of all") {
  CHECK(importance_design(three_arms(Eigen::MatrixXd::Constant(3, 4, 0.25))).ratio == doctest::Approx(1));
  Eigen::MatrixXd apart = Eigen::MatrixXd::Zero(3, 4);
  apart(0, 0) = apart(1, 1) = apart(2, 3) = 1;
  const ImportanceDesign design = importance_design(three_arms(apart), {.horizon = 2});
  CHECK(design.ratio == doctest::Approx(3));
  CHECK(design.bound == doctest::Approx(std::sqrt(3 * 2 / std::log(12.0))));
  CHECK(design.truncated == 1);  // weights are 3, the bound 1.55: so few rounds tell nothing
}

// 41 arms and 600 rounds, 100 paired runs, as for the parallel bandit.
TEST_CASE("its last arm is better than that of successive rejects with the same rounds") {
  const DiscreteEnvironment environment(parallel_model({.causes = 20, .rare_probability = 0.05}), "Y");
  const ParentBandit bandit = parallel_bandit(environment);
  double best = 0;
  for (const Action& arm : bandit.arms) best = std::max(best, environment.mean(arm));
  const std::int64_t horizon = 600;
  const int runs = 100;
  std::vector<double> ours(runs), rejects(runs);
  parallel_for(runs, 2, [&](std::int64_t k) {
    const PlayOptions options{.horizon = horizon + 1, .seed = 6, .instance = static_cast<std::uint32_t>(k)};
    const PolicyPtr importance = make_importance_bandit(bandit, {.horizon = horizon, .iterations = 500});
    ours[static_cast<std::size_t>(k)] = best - play(environment, *importance, options).mean.back();
    const PolicyPtr other = make_arm_policy({environment.n(), environment.reward(), {}},
                                            {.rule = ArmRule::SuccessiveRejects, .horizon = horizon}, bandit.arms);
    rejects[static_cast<std::size_t>(k)] = best - play(environment, *other, options).mean.back();
  });
  int better = 0, worse = 0;
  double sum = 0, sum_rejects = 0;
  for (std::size_t k = 0; k < ours.size(); ++k) {
    better += ours[k] < rejects[k] - 1e-12 ? 1 : 0;
    worse += ours[k] > rejects[k] + 1e-12 ? 1 : 0;
    sum += ours[k];
    sum_rejects += rejects[k];
  }
  MESSAGE("ratio " << importance_design(bandit).ratio << ", better " << better << ", worse " << worse << ", mean "
                   << sum / runs << " against " << sum_rejects / runs);
  CHECK(better > worse);
  CHECK(sign_test(better, worse) < 0.01);
}

TEST_CASE("an importance bandit goes on from a saved state as if nothing had happened, at any thread count") {
  const DiscreteEnvironment environment(parallel_model({.causes = 4}), "Y");
  const PolicyFactory make = [&](std::uint32_t) {
    return make_importance_bandit(parallel_bandit(environment), {.horizon = 60, .iterations = 50});
  };
  const std::vector<Trace> one = play_repeats(environment, make, {.horizon = 90, .seed = 3}, 4, {.threads = 1});
  for (const int threads : {2, 4}) {
    CHECK(play_repeats(environment, make, {.horizon = 90, .seed = 3}, 4, {.threads = threads}) == one);
  }
  for (const std::int64_t stop : {20, 75}) {
    const ResumedRun run = resumed_run(
        environment, [&] { return make(0); }, {.horizon = 90, .seed = 3}, stop);
    CHECK(run.loaded == run.saved);
    CHECK(run.rest == from_round(one[0], stop));
    std::istringstream cut(run.saved.substr(0, run.saved.size() / 2));
    CHECK_THROWS_AS(make(0)->load(cut), DataError);
  }
}

TEST_CASE("wrong input of importance bandits") {
  const ParentBandit good = three_arms(Eigen::MatrixXd::Constant(3, 4, 0.25));
  CHECK_THROWS_AS(static_cast<void>(importance_design(good, {.horizon = 1})), InvalidArgument);
  ParentBandit bad = good;
  bad.probability(0, 0) = 0.5;
  CHECK_THROWS_WITH_AS(static_cast<void>(make_importance_bandit(bad)), doctest::Contains("probability of arm 0"),
                       InvalidArgument);
  const PolicyPtr policy = make_importance_bandit(good);
  const auto update = [&](const Action& action, std::vector<double> row) { policy->update(action, row); };
  CHECK_THROWS_AS(update({0, 0}, {0, 0}), InvalidArgument);
  CHECK_THROWS_AS(update({0, 0, 0}, {0, 0, 2}), DataError);
  CHECK_THROWS_AS(update({0, 0, 0}, {0, 2, 0}), DataError);
}
