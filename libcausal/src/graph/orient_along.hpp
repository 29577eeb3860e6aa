#pragma once
// Directing undirected edges along an order of the nodes.

#include <algorithm>
#include <span>

#include "causal/graph/dag.hpp"

namespace causal::detail {

/// `graph` with its undirected edges directed from the node that comes first in `order`, which holds all their ends.
[[nodiscard]] inline Dag orient_along(const MixedGraph& graph, std::span<const NodeId> order) {
  std::vector<std::size_t> place(slot(graph.n()), 0);
  for (std::size_t i = 0; i < order.size(); ++i) place[slot(order[i])] = i;
  // Written in the order in which a graph keeps its edges: sorting them would cost more than all else.
  std::vector<Edge> edges;
  edges.reserve(graph.edges().size());
  std::vector<NodeId> later;
  for (NodeId v = 0; v < graph.n(); ++v) {
    later.clear();
    for (const NodeId w : graph.undirected_neighbours(v)) {
      if (place[slot(v)] < place[slot(w)]) later.push_back(w);
    }
    const auto middle = static_cast<std::ptrdiff_t>(later.size());
    const auto children = graph.children(v);
    later.insert(later.end(), children.begin(), children.end());
    std::inplace_merge(later.begin(), later.begin() + middle, later.end());
    for (const NodeId w : later) edges.push_back(directed(v, w));
  }
  return Dag(MixedGraph(graph.names(), std::move(edges)));
}

}  // namespace causal::detail
