#pragma once
// Which sets of nodes are worth setting: possibly optimal minimal intervention sets.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::bandits {

/// Minimal set of nodes that confounders tie to y and its descendants among themselves (the minimal unobserved
/// confounders' territory): the smallest set with y, closed under descendants and under bidirected connection within
/// the ancestors of y. At most 64 nodes, as everywhere in this file. Errors (for all functions below): InvalidArgument
/// for y no node of the graph or more than 64 nodes.
[[nodiscard]] NodeSet confounded_territory(const Admg& graph, NodeId y);
/// The parents of the territory outside of it: what an agent would set if it could set anything.
[[nodiscard]] NodeSet interventional_border(const Admg& graph, NodeId y);
/// The part of `set` that still has a directed path to y when edges into `set` are cut: setting the rest changes
/// nothing. Errors: InvalidArgument for y in the set.
[[nodiscard]] NodeSet minimal_intervention(const Admg& graph, NodeId y, const NodeSet& set);

struct InterventionSetOptions {
  std::int64_t max_sets = 1'000'000;  ///< Stop after so many: their number can be exponential.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_sets", "stop after so many sets", at_least(1)}, self.max_sets);
  }
};

struct InterventionSets {
  std::vector<NodeSet> sets;   ///< By size, then lexicographically.
  Status status = Status::Ok;  ///< BudgetExceeded when there are more than max_sets.
  std::string reason;
};

/// Called once for each set, in the order of discovery; false ends the search.
using InterventionSetVisitor = std::function<bool(const NodeSet&)>;

/// The possibly optimal minimal intervention sets: for every model with this graph one of them, with the right values,
/// is optimal; and each of them alone is so in some model. Without confounders there is one, the parents of y. Applies
/// to hard interventions. Source: Lee and Bareinboim, "Structural causal bandits: where to intervene?", NeurIPS 2018,
/// algorithm 1.
[[nodiscard]] InterventionSets possibly_optimal_sets(const Admg& graph, NodeId y,
                                                     const InterventionSetOptions& options = {});
/// The same, one after another, without holding them for the caller.
void for_each_possibly_optimal_set(const Admg& graph, NodeId y, const InterventionSetVisitor& visit);
/// All minimal intervention sets: those of which no part is idle. Every set is equal in effect to one of them.
[[nodiscard]] InterventionSets minimal_intervention_sets(const Admg& graph, NodeId y,
                                                         const InterventionSetOptions& options = {});
/// The possibly optimal sets by their definition, the borders under all interventions: 2^n, for checks. Errors:
/// InvalidArgument for more than 20 nodes.
[[nodiscard]] InterventionSets possibly_optimal_sets_exhaustive(const Admg& graph, NodeId y);

/// How many arms the sets have when every value of every node of a set may be set: the sum of the products of
/// cardinalities. Errors: InvalidArgument for a node without cardinality.
[[nodiscard]] double count_arms(const std::vector<NodeSet>& sets, const std::vector<int>& cardinalities);

}  // namespace causal::bandits
