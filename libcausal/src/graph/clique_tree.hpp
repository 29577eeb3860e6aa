#pragma once
// Clique trees of chordal graphs.

#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::detail {

/// The maximal cliques of a connected chordal graph as a tree in which the cliques that hold a node are connected.
struct CliqueTree {
  std::vector<NodeSet> cliques;     ///< The root first, every other clique after its parent.
  std::vector<int> parents;         ///< Of each clique; -1 of the root.
  std::vector<NodeSet> separators;  ///< What each clique shares with its parent; empty at the root.
};

/// One tree for each connected component of the undirected edges; isolated nodes are left out. O(n + m log n).
/// `elimination_order` as perfect_elimination_order gives it.
/// Source: Blair and Peyton, "An introduction to chordal graphs and clique trees", 1993.
[[nodiscard]] std::vector<CliqueTree> clique_forest(const MixedGraph& graph, std::span<const NodeId> elimination_order);

}  // namespace causal::detail
