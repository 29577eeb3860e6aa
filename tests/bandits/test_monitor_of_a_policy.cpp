// labels: stat
// The monitor beside a policy that learns: its actions depend on the noise it has seen.
#include <cmath>
#include <cstdint>
#include <vector>

#include "causal/bandits/change/mechanism_monitor.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/linear_thompson.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/run/parallel.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

TEST_CASE("few false alarms, and shifts under the best arm found, while a policy learns") {
  const int n = 10, runs = 120;
  const std::int64_t change = 150, horizon = 250;
  std::vector<int> found(runs), others(runs);
  parallel_for(runs, 0, [&](std::int64_t run) {
    const auto k = static_cast<std::size_t>(run);
    const auto instance = static_cast<std::uint32_t>(run);
    const LinearArms arms = random_arms_er(n, {}, 5000 + static_cast<std::uint64_t>(run));
    const std::array<Eigen::VectorXd, 2> offsets{arms.offsets(0), arms.offsets(1)};
    const std::array<Eigen::MatrixXi, 2> graphs{(arms.weights(0).array() != 0).cast<int>().matrix(),
                                                (arms.weights(1).array() != 0).cast<int>().matrix()};
    const int node = static_cast<int>(run % n);
    const ArmColumn column{best_arm(arms).action[static_cast<std::size_t>(node)], node};
    auto shifted = offsets;
    shifted[static_cast<std::size_t>(column.bit)](node) += run / n % 2 == 0 ? 2 : -2;
    const LinearEnvironment environment(
        {LinearPiece{0, arms},
         LinearPiece{change, LinearArms({arms.weights(0), arms.weights(1)}, shifted, arms.reward())}});
    const PolicyPtr policy = make_linear_thompson(BanditModel::of(arms), graphs);
    MechanismMonitor monitor(offsets, graphs);
    std::vector<double> row(n);
    for (std::int64_t t = 0; t < horizon; ++t) {
      RandomStream stream(1, RandomDomain::Policy, instance, static_cast<std::uint32_t>(t));
      const Action action = policy->select(t, stream);
      environment.observe(action, {2, instance}, t, row);
      policy->update(action, row);
      for (const MechanismAlarm& alarm : monitor.add(t, action, row)) {
        const bool right = t >= change && alarm.mechanism == column;
        (right ? found : others)[k] = right ? 1 : others[k] + 1;
      }
    }
  });
  int total = 0, wrong = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    total += found[k];
    wrong += others[k];
  }
  CHECK(total >= 114);  // 95 %; the share measured in 300 other runs was 99 %
  // One false alarm in 10^4 rounds would be 3 in these 30000; 10 is the .999 quantile of Poisson(3).
  CHECK(wrong <= 10);
}
