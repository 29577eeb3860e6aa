#pragma once
// Finding the best single intervention on independent causes: watch first, then play what watching did not teach.

#include <cstdint>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/graph/mixed_graph.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct ParallelBanditOptions {
  std::int64_t horizon = 1000;  ///< Rounds until it commits to one arm.
  NodeSet not_settable = {};    ///< Nodes that nobody can set, beside the reward.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "rounds until it commits to one arm", closed_interval(2, 1e12)}, self.horizon);
  }
};

/// Doing nothing, then every level of every node that can be set, in ascending order: 1 + sum of cardinalities arms.
/// Errors: InvalidArgument for a reward or a node that is none of the cardinalities.size() nodes, a cardinality outside
/// [1, 254].
[[nodiscard]] std::vector<Action> single_interventions(const std::vector<int>& cardinalities, NodeId reward,
                                                       const NodeSet& not_settable = {});

/// Does nothing for horizon / 2 rounds and counts how often each node has each of its levels; plays the arms rarer than
/// 1 / m there, m = infrequency of these shares, in turn for the rest of the horizon (or goes on watching when none is
/// rare); then plays the arm of single_interventions with the largest mean for ever, of equal ones the first. The mean
/// of a rare arm is that of its plays, that of another one is over the rounds watched in which the node had the level.
/// Rare arms that were never played for lack of rounds are not chosen. Rows after the horizon change nothing.
///
/// Right when no two nodes have a common cause and none causes another, so that seeing a level is as good as setting
/// it: with a confounder the means are wrong and stay so. Rows hold codes of levels, as in DiscreteEnvironment. The
/// regret of the final arm is of order sqrt(m / horizon) and not of sqrt(arms / horizon); regret on the way is not its
/// aim. Errors: InvalidArgument for options out of range, cardinalities.size() other than model.n, and those of
/// single_interventions; `update` throws InvalidArgument for another action than one of its arms or one in the first
/// half, DataError for a cell that is no level or a reward that is not finite. Cost of a round: O(arms). Source:
/// Lattimore, Lattimore and Reid, "Causal bandits: learning good interventions via causal inference", NeurIPS 2016,
/// algorithm 1.
[[nodiscard]] PolicyPtr make_parallel_bandit(const BanditModel& model, const std::vector<int>& cardinalities,
                                             const ParallelBanditOptions& options = {});

}  // namespace causal::bandits
