// labels: unit stat determinism
#include <algorithm>
#include <cmath>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

std::vector<double> row_of(const Environment& environment, const Action& action, const Episode& episode,
                           std::int64_t round) {
  std::vector<double> row(static_cast<std::size_t>(environment.n()));
  environment.observe(action, episode, round, row);
  return row;
}

int edges_of(const Eigen::MatrixXd& weights) { return static_cast<int>((weights.array() != 0).count()); }

}  // namespace

TEST_CASE("rows have the exact mean and the noise its variance, for every law") {
  const LinearArms arms = arms_from_edges(3, {{0, 1, 1, 2}, {1, 2, 1, -1}, {0, 2, 0.5, 0.5}});
  const int rounds = 40000;
  for (const NoiseShape shape :
       {NoiseShape::Gaussian, NoiseShape::Uniform, NoiseShape::StudentT, NoiseShape::Laplace}) {
    LinearNoise noise;
    noise.shape = shape;
    noise.t_dof = 7;
    noise.sd = {std::vector<double>{1, 2, 0.5}, std::vector<double>{1, 1, 0.5}};
    const LinearEnvironment environment(arms, noise);
    const Action action{0, 1, 0};
    const Eigen::VectorXd mean = means(arms, action);
    Eigen::Vector3d sum = Eigen::Vector3d::Zero(), squares = Eigen::Vector3d::Zero();
    for (int t = 0; t < rounds; ++t) {
      const std::vector<double> x = row_of(environment, action, {5, 0}, t);
      const Eigen::Vector3d e(x[0] - 1, x[1] - 2 * x[0] - 1, x[2] - x[1] - 0.5 * x[0] - 1);
      sum += e;
      squares += e.cwiseAbs2();
      CHECK(environment.mean(action, t) == mean(2));
    }
    const Eigen::Vector3d sd(1, 1, 0.5);
    for (int j = 0; j < 3; ++j) {
      // The mean has standard error sd / sqrt(n). e^2 has variance (kurtosis - 1) sd^4, kurtosis <= 6 (Laplace; t with
      // 7 degrees: 5). Five standard errors: one false alarm in 10^6 checks.
      CHECK(std::abs(sum(j) / rounds) < 5 * sd(j) / std::sqrt(rounds));
      CHECK(std::abs(squares(j) / rounds / (sd(j) * sd(j)) - 1) < 5 * std::sqrt(5.0 / rounds));
    }
  }
}

TEST_CASE("the noise of a round is the same under every action, and other instances have other noise") {
  const LinearArms arms = random_arms_er(6, {}, 3);
  const LinearEnvironment environment(arms);
  for (const std::int64_t t : {0, 17, 4000}) {
    for (const std::uint64_t k : {0, 21, 63}) {
      const Action action = action_from_index(k, 6);
      const std::vector<double> base = row_of(environment, Action(6, 0), {1, 2}, t);
      const std::vector<double> x = row_of(environment, action, {1, 2}, t);
      for (int j = 0; j < 6; ++j) {
        double e_base = base[static_cast<std::size_t>(j)], e = x[static_cast<std::size_t>(j)];
        for (int i = 0; i < 6; ++i) {
          e_base -= arms.weights(0)(i, j) * base[static_cast<std::size_t>(i)];
          e -= arms.weights(action[static_cast<std::size_t>(j)])(i, j) * x[static_cast<std::size_t>(i)];
        }
        CHECK(e == doctest::Approx(e_base).epsilon(1e-9));
      }
      CHECK(x == row_of(environment, action, {1, 2}, t));
      CHECK(x != row_of(environment, action, {1, 3}, t));
      CHECK(x != row_of(environment, action, {2, 2}, t));
      CHECK(x != row_of(environment, action, {1, 2}, t + 1));
    }
  }
}

TEST_CASE("a hard intervention with noise of sd 0 gives exactly the value set") {
  const LinearSem model(Dag(MixedGraph(2, {directed(0, 1)})), {2}, {0, 1}, {1, 1});
  LinearNoise noise;
  noise.sd[1] = {0, 0};
  const LinearEnvironment environment(hard_arms(model, {3, 4}, 1), noise);
  CHECK(row_of(environment, {1, 1}, {}, 0) == std::vector<double>{3, 4});
}

TEST_CASE("generators keep their laws") {
  int edges = 0;
  const int seeds = 200, n = 10;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const LinearArms arms = random_arms_er(n, {}, seed);
    CHECK(arms.has_order());
    for (const int b : {0, 1}) CHECK(arms.weights(b).row(arms.reward()).isZero(0));
    edges += edges_of(arms.weights(0)) + edges_of(arms.weights(1));
    for (const int b : {0, 1}) {
      const Eigen::ArrayXXd size = arms.weights(b).array().abs();
      CHECK(((size == 0) || (size >= 0.5 && size <= 2)).all());
    }
    int same = 0;
    for (int j = 0; j < n; ++j) same += arms.weights(0).col(j) == arms.weights(1).col(j) ? 1 : 0;
    CHECK(same == 1);
  }
  // 90 pairs of (edge, matrix) at probability 1/2 each; only the second node's law differs: both empty (1/4) is drawn
  // again, so it has 4/3 edges instead of 1: 45 + 1/3. Standard error sqrt(90 / 4 / 200).
  CHECK(std::abs(edges / static_cast<double>(seeds) - (45 + 1.0 / 3)) < 4 * std::sqrt(90.0 / 4 / seeds));

  const LinearArms layers = hierarchical_arms(3, 2, {}, 1);
  CHECK(layers.n() == 7);
  CHECK(edges_of(layers.weights(0)) == 12);
  CHECK(layers.weights(1) == -layers.weights(0));
  const LinearArms parallel = enhanced_parallel_arms(6, {}, 1);
  CHECK(edges_of(parallel.weights(0)) == 4 + 5);
  CHECK(parallel.parents(0, 5).size() == 5);
  const LinearArms free = random_arms_scale_free(30, 2, {}, 1);
  CHECK(edges_of(free.weights(0)) == 2 * 28);
  CHECK(free.has_order());
  CHECK_THROWS_AS((void)random_arms_er(3, {.weight_min = 3}, 0), InvalidArgument);
}

TEST_CASE("a change of the graph dethrones every optimal arm and touches only the columns it names") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const LinearArms before = random_arms_er(8, {}, seed);
    const ChangedArms changed = change_graph(before, 2, {}, seed);
    REQUIRE(changed.arms.has_value());
    CHECK(changed.columns.size() >= 1);
    CHECK(changed.columns.size() <= 2);
    for (const int bit : {0, 1}) {
      for (int j = 0; j < 8; ++j) {
        const bool listed =
            std::find(changed.columns.begin(), changed.columns.end(), ArmColumn{bit, j}) != changed.columns.end();
        if (!listed) CHECK(changed.arms->weights(bit).col(j) == before.weights(bit).col(j));
      }
    }
    const std::vector<double> old_rewards = mean_rewards(before), rewards = mean_rewards(*changed.arms);
    const double old_best = *std::max_element(old_rewards.begin(), old_rewards.end());
    const double best = *std::max_element(rewards.begin(), rewards.end());
    for (std::size_t a = 0; a < rewards.size(); ++a) {
      if (old_rewards[a] >= old_best - 0.01) CHECK(rewards[a] < best - 0.01);
    }
  }
}

TEST_CASE("pieces take over at their first round, and a drift ends at its target") {
  const LinearArms from = random_arms_er(5, {.shuffle_labels = false}, 1);
  const LinearArms to = random_arms_er(5, {.shuffle_labels = false}, 2);
  const LinearEnvironment environment(std::vector<LinearPiece>{{0, from}, {100, to}});
  const Action action{1, 0, 1, 0, 1};
  CHECK(environment.mean(action, 99) == mean_reward(from, action));
  CHECK(environment.mean(action, 100) == mean_reward(to, action));
  CHECK(environment.segment(99) == 0);
  CHECK(environment.segment(100) == 1);
  const LinearEnvironment drift(drifting_pieces(from, to, 1000, 10));
  CHECK(drift.mean(action, 0) == mean_reward(from, action));
  CHECK(drift.mean(action, 1000) == mean_reward(to, action));
  CHECK(drift.segment(999) == 9);
  CHECK(drift.linear(500)->weights(0).isApprox((from.weights(0) + to.weights(0)) / 2));
  CHECK_THROWS_AS(LinearEnvironment(std::vector<LinearPiece>{{1, from}}), InvalidArgument);
  CHECK_THROWS_AS(LinearEnvironment(from, {.sd = {std::vector<double>{1}, {}}}), InvalidArgument);
}
