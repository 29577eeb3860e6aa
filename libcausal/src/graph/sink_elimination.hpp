#pragma once
// The elimination at the heart of Dor and Tarsi: nodes leave a partially directed graph one by one as its sinks.

#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::detail {

/// The nodes of a graph with directed and undirected edges in an order of elimination: each one, when it leaves, has no
/// directed edge out and every undirected neighbour adjacent to all its other neighbours.
struct SinkElimination {
  std::vector<NodeId> order;  ///< Eliminated nodes, first to leave first; shorter than n when the process got stuck.
  std::vector<NodeId> stuck;  ///< The nodes left over, ascending.
};

/// `edges` directed or undirected, at most one a pair, no directed cycle. Cost O(m^1.5 log n).
[[nodiscard]] SinkElimination eliminate_sinks(int n, std::span<const Edge> edges);

}  // namespace causal::detail
