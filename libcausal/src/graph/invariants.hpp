#pragma once
// Checks that the typed graphs share.

#include <string>
#include <vector>

#include "causal/graph/mixed_graph.hpp"
#include "causal/run/error.hpp"

namespace causal::detail {

/// "A -> B -> A" for a cycle given as a node sequence.
[[nodiscard]] inline std::string cycle_text(const std::vector<NodeId>& cycle, const MixedGraph& graph) {
  std::string text;
  for (const NodeId v : cycle) text += (text.empty() ? "" : " -> ") + graph.name(v);
  return text;
}

/// Throws GraphError naming the first edge for which `allowed(edge)` is false.
template <class Allowed>
void require_edges(const MixedGraph& graph, const char* what, Allowed&& allowed) {
  for (const Edge& edge : graph.edges()) {
    if (allowed(edge)) continue;
    throw GraphError(std::string(what) + " cannot hold the edge " + edge_text(edge, graph.names()));
  }
}

/// Throws GraphError naming a directed cycle, if there is one.
inline void require_acyclic(const MixedGraph& graph, const char* what) {
  if (const auto cycle = graph.directed_cycle()) {
    throw GraphError(std::string(what) + " cannot hold the directed cycle " + cycle_text(*cycle, graph));
  }
}

}  // namespace causal::detail
