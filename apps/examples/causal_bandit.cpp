// Plays three policies against one system of eight nodes whose graph they do not know, on the same noise.
#include <cstdio>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/policy/csl_ucb.hpp"
#include "causal/bandits/policy/order_thompson.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/bandits/selection/arm_search.hpp"

using namespace causal::bandits;

namespace {

void report(const char* name, const Trace& trace) {
  std::printf("%-16s regret after 100: %6.0f  500: %6.0f  1000: %6.0f   best arm in the last 100: %.2f\n", name,
              trace.pseudo_regret(100), trace.pseudo_regret(500), trace.pseudo_regret(1000), trace.optimal_rate(100));
}

}  // namespace

int main() {
  const LinearArms arms = random_arms_er(8, {}, 7);
  const ArmSearchResult best = best_arm(arms);
  std::printf("best of 256 arms: %s, mean reward %.2f (nothing done: %.2f)\n", action_hex(best.action).c_str(),
              best.value, mean_reward(arms, Action(8, 0)));

  const LinearEnvironment environment(arms);
  const BanditModel model = BanditModel::of(arms);
  const PlayOptions options{.horizon = 1000, .seed = 7};
  report("ucb1", play(environment, *make_arm_policy(model), options));
  report("csl_ucb", play(environment, *make_csl_ucb(model, {.horizon = 1000}), options));
  report("order_thompson", play(environment, *make_order_thompson(model), options));

  // The policy's model of the world is the posterior; the same class answers questions about logged rows.
  ArmStatistics statistics(model.offsets);
  std::vector<double> row(8);
  for (int t = 0; t < 300; ++t) {
    causal::RandomStream stream(1, causal::RandomDomain::Test, 0, static_cast<std::uint32_t>(t));
    const Action action = action_from_index(stream.below(256), 8);
    environment.observe(action, {.seed = 1}, t, row);
    statistics.add(action, row);
  }
  OrderPosterior posterior(8);
  for (int node = 0; node < 8; ++node) {
    for (const int bit : {0, 1}) posterior.update(bit, node, statistics.column(bit, node));
  }
  posterior.refresh();
  int right = 0;
  for (const int bit : {0, 1}) {
    const Eigen::MatrixXd probability = posterior.edge_probabilities(bit);
    for (int i = 0; i < 8; ++i) {
      for (int j = 0; j < 8; ++j) right += (probability(i, j) > 0.5) == (arms.weights(bit)(i, j) != 0) ? 1 : 0;
    }
  }
  std::printf("300 logged rows: %d of 128 possible edges judged rightly\n", right);
  return 0;
}
