#include "causal/graph/learned_graph.hpp"

#include <algorithm>

#include "causal/graph/pdag.hpp"

namespace causal {

std::vector<std::string> LearnedGraph::names() const {
  std::vector<std::string> names;
  names.reserve(nodes.size());
  for (const LearnedNode& node : nodes) {
    const bool lagged = node.lag.value_or(0) != 0;
    names.push_back(lagged ? node.name + "[t-" + std::to_string(*node.lag) + "]" : node.name);
  }
  return names;
}

MixedGraph LearnedGraph::graph() const {
  std::vector<Edge> plain;
  plain.reserve(edges.size());
  for (const LearnedEdge& edge : edges) plain.push_back(edge.edge);
  return {names(), std::move(plain)};
}

std::string LearnedGraph::brief() const {
  const auto directed =
      std::count_if(edges.begin(), edges.end(), [](const LearnedEdge& edge) { return edge.edge.is_directed(); });
  return std::string(enum_name(kind)) + ", " + std::to_string(nodes.size()) + " nodes, " +
         std::to_string(edges.size()) + " edges (" + std::to_string(directed) + " directed), " +
         std::to_string(stats.tests()) + " tests, " + std::string(to_string(status));
}

LearnedGraph learned_graph_from(const MixedGraph& graph, GraphKind kind) {
  LearnedGraph learned;
  learned.kind = kind;
  learned.nodes.reserve(slot(graph.n()));
  for (const std::string& name : graph.names()) learned.nodes.push_back({.name = name});
  learned.edges.reserve(graph.edges().size());
  for (const Edge& edge : graph.edges()) learned.edges.push_back({.edge = edge});
  return learned;
}

GraphKind guess_kind(const MixedGraph& graph) {
  bool any_directed = false, any_undirected = false, any_bidirected = false;
  for (const Edge& edge : graph.edges()) {
    if (edge.is_directed()) {
      any_directed = true;
    } else if (edge.is_undirected()) {
      any_undirected = true;
    } else if (edge.is_bidirected()) {
      any_bidirected = true;
    } else {
      return GraphKind::Pag;
    }
  }
  if (any_undirected && any_bidirected) return GraphKind::Pag;
  if (any_undirected && !any_directed) return GraphKind::Ug;
  if (graph.directed_cycle()) return GraphKind::Pag;
  if (any_bidirected) return GraphKind::Admg;
  if (!any_undirected) return GraphKind::Dag;
  return why_not_cpdag(graph) ? GraphKind::Pdag : GraphKind::Cpdag;
}

}  // namespace causal
