#pragma once
// The table of every policy of this module: what the command line, `list`, `describe` and the docs read.

#include <cstdint>
#include <span>
#include <string_view>

#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/bandits/policy/csl_ucb.hpp"
#include "causal/bandits/policy/linear_sem_ucb.hpp"
#include "causal/bandits/policy/ga_lcb.hpp"
#include "causal/bandits/policy/linear_thompson.hpp"
#include "causal/bandits/policy/linear_ucb.hpp"
#include "causal/bandits/policy/order_chain_thompson.hpp"
#include "causal/bandits/policy/order_thompson.hpp"
#include "causal/bandits/policy/policy.hpp"
#include "causal/data/method_info.hpp"

namespace causal::bandits {

/// The options of all policies; each reads its own. What a registry entry sets itself is not read: the rule of an arm
/// policy, the horizons, and the graphs of CslUcbOptions.
struct PolicyOptions {
  ArmPolicyOptions arm = {};
  CslUcbOptions csl_ucb = {};
  GaLcbOptions ga_lcb = {};
  LinearSemUcbOptions linear_sem_ucb = {};
  OrderChainThompsonOptions order_chain_thompson = {};
  LinearUcbOptions linear_ucb = {};
  LinearThompsonOptions linear_thompson = {};
  OrderThompsonOptions order_thompson = {};

  /// Calls `use` with the options of the policy of that name.
  template <class Self, class Use>
  static void with(Self& self, std::string_view policy, Use&& use) {
    if (enum_from_name<ArmRule>(policy)) use(self.arm);
    if (policy == "csl_ucb" || policy == "csl_ucb_known") use(self.csl_ucb);
    if (policy == "linear_thompson") use(self.linear_thompson);
    if (policy == "linear_ucb") use(self.linear_ucb);
    if (policy == "linear_sem_ucb") use(self.linear_sem_ucb);
    if (policy == "ga_lcb") use(self.ga_lcb);
    if (policy == "order_chain_thompson") {
      use(self.order_chain_thompson);
      use(self.order_chain_thompson.chain);
      use(self.order_chain_thompson.chain.posterior);
    }
    if (policy != "order_thompson") return;
    use(self.order_thompson);
    use(self.order_thompson.posterior);
    use(self.order_thompson.monitor);
  }
};

/// What a policy is told of the system it plays, beside the number of nodes and the reward.
enum class PolicyKnowledge {
  Nothing,
  Offsets,          ///< The means of the noise.
  OffsetsAndGraphs  ///< Also the edges of both mechanisms of every node, but no weights.
};

/// A policy that can be made from a linear model: it is told no more of the model than `knows` says.
struct PolicyEntry {
  MethodInfo info;
  PolicyKnowledge knows = PolicyKnowledge::Nothing;
  /// Errors: those of the policy's own function.
  PolicyPtr (*make)(const LinearArms& arms, std::int64_t horizon, const PolicyOptions& options) = nullptr;
};

[[nodiscard]] std::span<const PolicyEntry> policies();

/// Another name of a policy with its defaults.
struct PolicyPreset {
  std::string_view name;
  std::string_view policy;
};
/// `recommended` (for unknown graphs) and `paper` (the published policy as published).
[[nodiscard]] std::span<const PolicyPreset> policy_presets();

/// The entry with that name, or of the preset with that name. Errors: InvalidArgument that suggests the nearest name.
[[nodiscard]] const PolicyEntry& find_policy(std::string_view name);

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::PolicyKnowledge> {
  static constexpr std::array<std::pair<bandits::PolicyKnowledge, std::string_view>, 3> names{
      {{bandits::PolicyKnowledge::Nothing, "nothing"},
       {bandits::PolicyKnowledge::Offsets, "offsets"},
       {bandits::PolicyKnowledge::OffsetsAndGraphs, "offsets_and_graphs"}}};
};
