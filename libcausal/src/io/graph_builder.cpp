#include "graph_builder.hpp"

#include <algorithm>
#include <tuple>

#include "causal/run/error.hpp"

namespace causal::io {
namespace {

bool edge_order(const LearnedEdge& a, const LearnedEdge& b) {
  const auto key = [](const LearnedEdge& e) {
    return std::tuple(e.edge.from, e.edge.to, e.lag, e.edge.is_bidirected());
  };
  return key(a) < key(b);
}

}  // namespace

NodeId GraphBuilder::node(std::string_view name) {
  const auto [entry, is_new] = ids_.emplace(std::string(name), static_cast<NodeId>(graph_.nodes.size()));
  if (is_new) graph_.nodes.push_back({std::string(name)});
  return entry->second;
}

std::optional<NodeId> GraphBuilder::find(std::string_view name) const {
  const auto found = ids_.find(std::string(name));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> GraphBuilder::add_node(LearnedNode node) {
  if (node.name.empty()) return "a node needs a name";
  if (!ids_.emplace(node.name, static_cast<NodeId>(graph_.nodes.size())).second) {
    return "node '" + node.name + "' is given twice";
  }
  graph_.nodes.push_back(std::move(node));
  return std::nullopt;
}

std::optional<std::string> GraphBuilder::add_edge(LearnedEdge edge) {
  // A lagged edge has its direction in time: its ends must not be swapped.
  if (edge.lag == 0) edge.edge = canonical(edge.edge);
  const Edge& e = edge.edge;
  if (e.from == e.to && edge.lag == 0) return "edge from '" + name(e.from) + "' to itself";
  const bool in_order = edge.lag != 0 || e.from < e.to;
  const auto [low, high] = in_order ? std::pair(e.from, e.to) : std::pair(e.to, e.from);
  const std::string place = std::to_string(low) + ' ' + std::to_string(high) + ' ' + std::to_string(edge.lag);
  const auto is_taken = [&](char kind) { return taken_.count(place + kind) != 0; };
  const char kind = e.is_directed() ? 'd' : e.is_bidirected() ? 'b' : 'o';
  if (is_taken(kind) || is_taken('o') || (kind == 'o' && (is_taken('d') || is_taken('b')))) {
    return "a second edge between '" + name(e.from) + "' and '" + name(e.to) + "': " + edge_text(edge, graph_.nodes);
  }
  taken_.insert(place + kind);
  graph_.edges.push_back(edge);
  return std::nullopt;
}

LearnedGraph GraphBuilder::take() {
  std::sort(graph_.edges.begin(), graph_.edges.end(), edge_order);
  ids_.clear();
  taken_.clear();
  return std::exchange(graph_, LearnedGraph{});
}

std::string edge_text(const LearnedEdge& edge, const std::vector<LearnedNode>& nodes) {
  const Edge local{0, 1, edge.edge.mark_from, edge.edge.mark_to};
  std::string from = nodes[static_cast<std::size_t>(edge.edge.from)].name;
  if (edge.lag != 0) from += "[t-" + std::to_string(edge.lag) + "]";
  return causal::edge_text(local, std::vector{from, nodes[static_cast<std::size_t>(edge.edge.to)].name});
}

void refuse_lags(const LearnedGraph& graph, std::string_view format) {
  const std::string hint = "Write json, dot, graphml or csv instead.";
  for (const LearnedEdge& edge : graph.edges) {
    if (edge.lag != 0) {
      throw GraphError("the " + std::string(format) + " format has no lags", "edge " + edge_text(edge, graph.nodes),
                       hint);
    }
  }
  for (const LearnedNode& node : graph.nodes) {
    if (node.lag) {
      throw GraphError("the " + std::string(format) + " format has no lags", "node '" + node.name + "'",
                       "Write json, dot or graphml instead.");
    }
  }
}

void refuse_double_edges(const LearnedGraph& graph, std::string_view format) {
  // Canonical order puts a <-> b under (min, max) and a directed edge under either, so collect the pairs.
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (const LearnedEdge& edge : graph.edges) pairs.push_back(std::minmax(edge.edge.from, edge.edge.to));
  std::sort(pairs.begin(), pairs.end());
  const auto twice = std::adjacent_find(pairs.begin(), pairs.end());
  if (twice == pairs.end()) return;
  throw GraphError("the " + std::string(format) + " format holds one edge a pair",
                   "two edges between '" + graph.nodes[static_cast<std::size_t>(twice->first)].name + "' and '" +
                       graph.nodes[static_cast<std::size_t>(twice->second)].name + "'",
                   "Write json, dot, graphml, csv or dagitty instead.");
}

}  // namespace causal::io
