#pragma once
// Possibly directed paths in a graph whose orientations may come from background knowledge.

#include "causal/graph/reachability.hpp"
#include "graph/node_sets.hpp"

namespace causal::detail {

/// Nodes that a node of `of` reaches by steps of `step` (Forward or Back) and along undirected edges such that no two
/// neighbours on the way are adjacent past the node between them, without entering `avoid`; `of` included.
///
/// In an Mpdag those are exactly the nodes to which some DAG of the class has a directed path (from which, for Back):
/// every possibly causal path has such an unshielded part, and Meek's first rule directs all that follows a directed
/// edge. In a CPDAG shielded paths may be taken as well, which is simpler. O(m d log d), d the degree.
[[nodiscard]] NodeSet unshielded_reach(const MixedGraph& graph, const NodeSet& of, const NodeSet& avoid, Step step);

/// Such a way forward from v to a node marked in `targets`, which does not mark v; empty when there is none.
[[nodiscard]] Walk unshielded_walk(const MixedGraph& graph, NodeId v, const NodeSet& avoid, const Mask& targets);

}  // namespace causal::detail
