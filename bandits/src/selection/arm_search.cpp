#include "causal/bandits/selection/arm_search.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "arm_space.hpp"
#include "causal/run/error.hpp"
#include "russian_doll.hpp"

namespace causal::bandits {
namespace {

constexpr double kTie = 1e-12;

Action action_of(const NodeBits& bits, int n) {
  Action action(static_cast<std::size_t>(n));
  for (std::size_t j = 0; j < action.size(); ++j) {
    action[j] = static_cast<std::uint8_t>(bits[j / 64] >> (63 - j % 64) & 1);
  }
  return action;
}

}  // namespace

ArmSearchResult best_arm(const LinearArms& arms, const ArmSearchOptions& options) {
  const ArmSpace space("best_arm", arms, options);
  if (arms.n() > kMaxSearchNodes) {
    throw InvalidArgument("best_arm", "nodes", std::to_string(arms.n()), "be at most 256");
  }
  const Action first = ascend(arms, space, options.restarts, options.seed);
  RussianDoll doll(arms, space, options.node_budget, options.total_budget);
  const Extreme extreme = doll.maximise_reward(first, mean_reward(arms, first));

  ArmSearchResult result;
  result.action = action_of(extreme.best.arm, arms.n());
  result.branchings = doll.branchings();
  result.value = mean_reward(arms, result.action);
  if (!extreme.exact) {
    const Action more = ascend(arms, space, std::max(20, options.restarts), options.seed + 1);
    const double value = mean_reward(arms, more);
    if (value > result.value) {
      result.action = more;
      result.value = value;
    }
  }
  result.bound = extreme.exact ? result.value : std::max(extreme.bound, result.value);
  result.gap = result.bound - result.value;
  if (result.gap > kTie * (1 + std::abs(result.value))) {
    result.status = Status::BudgetExceeded;
    result.reason = "the search passed its budget of branchings; the best arm may have up to `gap` more";
  }
  return result;
}

ArmSearchResult best_arm_exhaustive(const LinearArms& arms, const ArmSearchOptions& options) {
  const ArmSpace space("best_arm_exhaustive", arms, options);
  const std::vector<double> rewards = mean_rewards(arms);
  ArmSearchResult result;
  result.value = -std::numeric_limits<double>::infinity();
  for (std::uint64_t k = 0; k < rewards.size(); ++k) {
    if (rewards[k] <= result.value + kTie * (1 + std::abs(rewards[k]))) continue;
    const Action action = action_from_index(k, arms.n());
    if (!space.allows(action)) continue;
    result.value = rewards[k];
    result.action = action;
  }
  result.bound = result.value;
  result.branchings = static_cast<std::int64_t>(rewards.size());
  return result;
}

}  // namespace causal::bandits
