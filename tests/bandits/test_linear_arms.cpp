// labels: unit oracle golden
#include <Eigen/LU>
#include <cmath>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

// (I - W_a^T)^-1 offset_a by a dense inverse: the definition.
Eigen::MatrixXd weights_under(const LinearArms& arms, const Action& action) {
  Eigen::MatrixXd w(arms.n(), arms.n());
  for (int j = 0; j < arms.n(); ++j) w.col(j) = arms.weights(action[static_cast<std::size_t>(j)]).col(j);
  return w;
}
Eigen::VectorXd offsets_under(const LinearArms& arms, const Action& action) {
  Eigen::VectorXd nu(arms.n());
  for (int j = 0; j < arms.n(); ++j) nu(j) = arms.offset(action[static_cast<std::size_t>(j)], j);
  return nu;
}
Eigen::MatrixXd total_effects_under(const LinearArms& arms, const Action& action) {
  return (Eigen::MatrixXd::Identity(arms.n(), arms.n()) - weights_under(arms, action)).inverse();
}

}  // namespace

TEST_CASE("actions are numbered with node 0 as the highest bit") {
  CHECK(action_index({1, 0, 0}) == 4);
  CHECK(action_from_index(6, 3) == Action{1, 1, 0});
  CHECK(action_hex({1, 1, 0, 0, 1}) == "c8");
  for (std::uint64_t k = 0; k < 64; ++k) CHECK(action_index(action_from_index(k, 6)) == k);
  CHECK_THROWS_AS((void)action_from_index(8, 3), InvalidArgument);
  CHECK_THROWS_AS((void)action_index({2}), InvalidArgument);
}

TEST_CASE("a chain of three: means by hand") {
  // 0 -> 1 -> 2, offsets 1. Under (a1, a2): x1 = 1 + w01, x2 = 1 + w12 x1 with w01 in {1, 2}, w12 in {1, -1}.
  const LinearArms arms = arms_from_edges(3, {{0, 1, 1, 2}, {1, 2, 1, -1}});
  for (const std::uint8_t a0 : {std::uint8_t{0}, std::uint8_t{1}}) {
    CHECK(mean_reward(arms, {a0, 0, 0}) == 3);
    CHECK(mean_reward(arms, {a0, 1, 0}) == 4);
    CHECK(mean_reward(arms, {a0, 0, 1}) == -1);
    CHECK(mean_reward(arms, {a0, 1, 1}) == -2);
  }
  CHECK(arms.relevant() == std::vector<std::uint8_t>{0, 1, 1});
  CHECK(effective_action(arms, {1, 1, 0}) == Action{0, 1, 0});
}

TEST_CASE("means and flows agree with the inverse on random arms") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const int n = 2 + static_cast<int>(seed % 8);
    const LinearArms arms = random_arms_er(n, {}, seed);
    const std::vector<double> table = mean_rewards(arms);
    for (std::uint64_t k = 0; k < table.size(); ++k) {
      const Action a = action_from_index(k, n);
      const Eigen::MatrixXd c = total_effects_under(arms, a);
      const Eigen::VectorXd mean = c.transpose() * offsets_under(arms, a);
      const double scale = 1 + mean.cwiseAbs().maxCoeff() + c.cwiseAbs().maxCoeff();
      CHECK((means(arms, a) - mean).cwiseAbs().maxCoeff() <= 1e-12 * scale);
      CHECK((flow(arms, a) - c.col(arms.reward())).cwiseAbs().maxCoeff() <= 1e-12 * scale);
      CHECK(std::abs(table[k] - mean(arms.reward())) <= 1e-12 * scale);
      CHECK(table[k] == table[action_index(effective_action(arms, a))]);
    }
  }
}

TEST_CASE("the error of a plugged-in mean is the total effect of the errors of the weights") {
  // mu_hat - mu = C_hat^T D^T mu with D = W_hat - W: from (I - W_hat)^T (mu_hat - mu) = nu - (I - W_hat)^T mu.
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const int n = 6;
    const LinearArms truth = random_arms_er(n, {.shuffle_labels = false}, seed);
    const LinearArms estimate = random_arms_er(n, {.shuffle_labels = false}, seed + 1000);
    RandomStream stream(seed, RandomDomain::Test);
    const Action a = action_from_index(stream.below(64), n);
    const Eigen::VectorXd mu = means(truth, a);
    const Eigen::MatrixXd d = weights_under(estimate, a) - weights_under(truth, a);
    const Eigen::VectorXd error = means(estimate, a) - mu;
    const Eigen::VectorXd identity = total_effects_under(estimate, a).transpose() * d.transpose() * mu;
    CHECK((error - identity).norm() < 1e-10 * (1 + error.norm()));
  }
}

TEST_CASE("a hard intervention cuts the edges into a node") {
  const Dag dag(MixedGraph(3, {directed(0, 1), directed(1, 2), directed(0, 2)}));
  const LinearSem model(dag, {2, -1, 3}, {1, 0, 5}, {1, 1, 1});  // edges sorted: 0->1, 0->2, 1->2
  const LinearArms arms = hard_arms(model, {4, 7, 0}, 2);
  for (const std::uint64_t k : {0, 2, 4, 6}) {
    const Action a = action_from_index(k, 3);
    LinearSem cut = model;
    if (a[0] != 0) cut = cut.do_(0, 4);
    if (a[1] != 0) cut = cut.do_(1, 7);
    CHECK(mean_reward(arms, a) == doctest::Approx(cut.mean()(2)).epsilon(1e-14));
  }
}

TEST_CASE("arms that cannot be used are refused with a reason") {
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(2, 2);
  const Eigen::VectorXd one = Eigen::VectorXd::Ones(2);
  Eigen::MatrixXd forth = none, back = none, loop = none;
  forth(0, 1) = back(1, 0) = loop(1, 1) = 1;
  const LinearArms cyclic({forth, back}, {one, one});
  CHECK_FALSE(cyclic.has_order());  // the action (1, 0) has both edges
  CHECK_THROWS_AS((void)means(cyclic, {0, 0}), InvalidArgument);
  CHECK_THROWS_AS(LinearArms({loop, none}, {one, one}), InvalidArgument);
  CHECK_THROWS_AS(LinearArms({none, none}, {one, one * std::nan("")}), InvalidArgument);
  CHECK_THROWS_AS(LinearArms({none, none}, {one, one}, 2), InvalidArgument);
  CHECK_THROWS_AS((void)means(LinearArms({none, none}, {one, one}), {0, 0, 1}), InvalidArgument);
  CHECK_THROWS_AS((void)arms_from_edges(2, {{0, 1, 1, 1}, {0, 1, 2, 2}}), InvalidArgument);
}
