#pragma once
// Directing undirected edges along an order of the nodes.

#include <span>

#include "causal/graph/dag.hpp"

namespace causal::detail {

/// `graph` with its undirected edges directed from the node that comes first in `order`, which holds all their ends.
[[nodiscard]] inline Dag orient_along(const MixedGraph& graph, std::span<const NodeId> order) {
  std::vector<std::size_t> place(slot(graph.n()), 0);
  for (std::size_t i = 0; i < order.size(); ++i) place[slot(order[i])] = i;
  std::vector<Edge> edges = graph.edges();
  for (Edge& edge : edges) {
    if (!edge.is_undirected()) continue;
    const bool forward = place[slot(edge.from)] < place[slot(edge.to)];
    edge = forward ? directed(edge.from, edge.to) : directed(edge.to, edge.from);
  }
  return Dag(MixedGraph(graph.names(), std::move(edges)));
}

}  // namespace causal::detail
