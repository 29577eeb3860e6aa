#pragma once
// The action of the largest mean reward, among 2^n, exactly.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::bandits {

/// What an action may be, and how much work a search may do.
struct ArmSearchOptions {
  std::vector<int> forbidden = {};  ///< Nodes that cannot be intervened on.
  int max_interventions = std::numeric_limits<int>::max();
  std::vector<double> cost = {};  ///< Of intervening on each node, not negative; empty: free.
  double cost_budget = std::numeric_limits<double>::infinity();
  std::int64_t node_budget = 2'000'000;    ///< Branchings a sub-problem may take.
  std::int64_t total_budget = 20'000'000;  ///< Branchings all of them may take together.
  int restarts = 4;                        ///< Coordinate ascents that give the search its first arm.
  std::uint64_t seed = 0;                  ///< Of the random starts of these ascents.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_interventions", "how many nodes an action may intervene on", at_least(0)},
            self.max_interventions);
    visitor(Field{"cost_budget", "what an action may cost", at_least(0)}, self.cost_budget);
    visitor(Field{"node_budget", "branchings a sub-problem may take", at_least(1)}, self.node_budget);
    visitor(Field{"total_budget", "branchings all sub-problems may take together", at_least(1)}, self.total_budget);
    visitor(Field{"restarts", "coordinate ascents that give the first arm", closed_interval(0, 1000)}, self.restarts);
    visitor(Field{"seed", "of the random starts"}, self.seed);
  }
};

/// The best action found, and how sure it is.
struct ArmSearchResult {
  Action action;
  double value = 0;  ///< Mean reward of the action.
  double bound = 0;  ///< No allowed action has a larger mean reward; `value` when the search was complete.
  double gap = 0;    ///< bound - value.
  std::int64_t branchings = 0;
  Status status = Status::Ok;  ///< BudgetExceeded when gap > 0.
  std::string reason;
};

/// The allowed action of the largest mean reward; of several within a relative 1e-12 the lexicographically smallest
/// (node 0 first), with every bit that cannot matter at 0.
///
/// Branch and bound in the manner of Russian dolls: along the topological order the largest and the smallest mean of
/// every node are found by the same search that uses those of the nodes before it. A state is the mean reward written
/// as a constant plus a combination of means of nodes still open; its bound takes each of them at its extreme. Open
/// nodes fall into parts that share no ancestor whose bit matters: these are maximised apart (unless interventions are
/// limited), and a part of one node is at its extreme already. When a budget is passed the result is the best of what
/// was seen and of the coordinate ascents (the mean reward is affine in the mechanism of each node, so ascent finds the
/// best answer of one node to all the others), with a bound that holds all the same.
///
/// One thread; a function of the arguments. The worst case is exponential (bipartite quadratic programs are a special
/// case); sparse graphs of a hundred nodes take milliseconds. Errors: InvalidArgument for arms without an order, an
/// unknown forbidden node, more than 256 nodes, costs that do not fit, an option out of range.
/// Source of the idea: Verfaillie, Lemaitre and Schiex, "Russian doll search", AAAI 1996.
[[nodiscard]] ArmSearchResult best_arm(const LinearArms& arms, const ArmSearchOptions& options = {});

/// The same by looking at all actions; the slow and obvious way. Errors: as best_arm, and InvalidArgument for more than
/// 24 nodes.
[[nodiscard]] ArmSearchResult best_arm_exhaustive(const LinearArms& arms, const ArmSearchOptions& options = {});

}  // namespace causal::bandits
