#pragma once
// Chordal graphs: perfect elimination orders, and the chordless cycle that excludes one.

#include <optional>
#include <string>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// A perfect elimination order, or a cycle that shows that there is none.
struct EliminationOrder {
  /// All nodes; the neighbours of a node that come after it are pairwise adjacent. Reversed, it is an order of maximum
  /// cardinality search, which finishes one connected component before it begins the next.
  std::optional<std::vector<NodeId>> order;
  std::vector<NodeId> cycle;  ///< Without an order: at least 4 nodes, each adjacent to its two neighbours alone.
  std::string reason;         ///< Without an order: a sentence naming the cycle; else empty.
};

/// Whether the undirected edges of `graph` form a chordal graph (every cycle of four or more nodes has a chord). Other
/// edges are passed over. O(n + m); with a cycle to find, O(n m) at worst.
/// Source: Tarjan and Yannakakis, "Simple linear-time algorithms to test chordality of graphs", SIAM J. Comput. 13,
/// 1984.
[[nodiscard]] EliminationOrder perfect_elimination_order(const MixedGraph& graph);

}  // namespace causal
