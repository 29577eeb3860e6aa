#pragma once
// Which interventions on a discrete model are worth being arms.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/bandits/environment/discrete_environment.hpp"
#include "causal/graph/admg.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::bandits {

enum class ArmSets {
  PossiblyOptimal,  ///< Every value of every possibly optimal minimal intervention set: always holds a best arm.
  Minimal,          ///< Of every minimal intervention set: holds a best arm, and others that cannot be best.
  All,              ///< Of every set of nodes.
  AllAtOnce         ///< Of the set of all nodes: often without a best arm when there are confounders.
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::ArmSets> {
  static constexpr std::array<std::pair<bandits::ArmSets, std::string_view>, 4> names{
      {{bandits::ArmSets::PossiblyOptimal, "possibly_optimal"},
       {bandits::ArmSets::Minimal, "minimal"},
       {bandits::ArmSets::All, "all"},
       {bandits::ArmSets::AllAtOnce, "all_at_once"}}};
};

namespace causal::bandits {

struct InterventionArmOptions {
  ArmSets sets = ArmSets::PossiblyOptimal;
  std::int64_t max_arms = 100'000;  ///< Give none rather than more.
  NodeSet not_settable = {};        ///< Nodes that nobody can set, beside the reward.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"sets", "which sets of nodes are set"}, self.sets);
    visitor(Field{"max_arms", "give none rather than more arms", closed_interval(1, 1e8)}, self.max_arms);
  }
};

/// Arms for make_arm_policy, and the sets they come from.
struct InterventionArms {
  std::vector<Action> arms;    ///< Set by set, values in lexicographic order. Empty unless status is Ok.
  std::vector<NodeSet> sets;   ///< By size, then lexicographically; incomplete unless status is Ok.
  Status status = Status::Ok;  ///< BudgetExceeded: more than max_arms arms.
  std::string reason;
};

/// The arms of a graph whose node v has cardinalities[v] levels; y is the reward. Nodes that nobody can set are
/// projected out of the graph before sets are looked for. Possibly optimal sets hold a best arm whatever the tables
/// behind the graph, given that the graph is right: a confounder that it leaves out can make the best arm be missing.
/// Errors: InvalidArgument for cardinalities that do not fit or lie outside 1..254, a node that is unknown, y among
/// not_settable, and those of possibly_optimal_sets. Sources: Lee and Bareinboim, NeurIPS 2018; for nodes that cannot
/// be set, "Structural causal bandits with non-manipulable variables", AAAI 2019.
[[nodiscard]] InterventionArms intervention_arms(const Admg& graph, NodeId y, const std::vector<int>& cardinalities,
                                                 const InterventionArmOptions& options = {});
/// Of the environment's graph, reward, levels and nodes that cannot be set (added to options.not_settable).
[[nodiscard]] InterventionArms intervention_arms(const DiscreteEnvironment& environment,
                                                 const InterventionArmOptions& options = {});

}  // namespace causal::bandits
