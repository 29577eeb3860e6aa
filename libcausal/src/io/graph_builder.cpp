#include "graph_builder.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
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

/// A lagged edge has its direction in time: its ends must not be swapped.
Edge canonical_in_time(const LearnedEdge& edge) { return edge.lag == 0 ? canonical(edge.edge) : edge.edge; }

/// The pair and the lag; at lag 0 the same for both directions.
std::string place_of(const LearnedEdge& edge) {
  const auto [from, to] = std::pair(edge.edge.from, edge.edge.to);
  const bool in_order = edge.lag != 0 || from < to;
  return std::to_string(in_order ? from : to) + ' ' + std::to_string(in_order ? to : from) + ' ' +
         std::to_string(edge.lag) + ' ';
}

/// Directed, bidirected or other: at most one of a kind at one place, and an other one only alone.
char kind_of(const Edge& edge) { return edge.is_directed() ? 'd' : edge.is_bidirected() ? 'b' : 'o'; }

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
  const std::string shown = with_lag(node.name, node.lag.value_or(0));
  if (!ids_.emplace(shown, static_cast<NodeId>(graph_.nodes.size())).second) {
    return "node '" + shown + "' is given twice";
  }
  graph_.nodes.push_back(std::move(node));
  return std::nullopt;
}

std::optional<std::string> GraphBuilder::add_edge(LearnedEdge edge) {
  edge.edge = canonical_in_time(edge);
  const Edge& e = edge.edge;
  if (e.from == e.to && edge.lag == 0) return "edge from '" + name(e.from) + "' to itself";
  if (edge.p_value < 0 || edge.p_value > 1) return "p-value " + number_text(edge.p_value) + " lies outside [0, 1]";
  if (edge.frequency < 0 || edge.frequency > 1) {
    return "frequency " + number_text(edge.frequency) + " lies outside [0, 1]";
  }
  const std::string place = place_of(edge);
  const auto is_taken = [&](char kind) { return taken_.count(place + kind) != 0; };
  const char kind = kind_of(e);
  if (is_taken(kind) || is_taken('o') || (kind == 'o' && (is_taken('d') || is_taken('b')))) {
    return "a second edge between '" + name(e.from) + "' and '" + name(e.to) + "': " + edge_text(edge, graph_.nodes);
  }
  taken_.emplace(place + kind, e);
  graph_.edges.push_back(edge);
  return std::nullopt;
}

bool GraphBuilder::contains(const LearnedEdge& edge) const {
  const Edge e = canonical_in_time(edge);
  const auto found = taken_.find(place_of(edge) + kind_of(e));
  return found != taken_.end() && found->second == e;
}

LearnedGraph GraphBuilder::take() {
  std::sort(graph_.edges.begin(), graph_.edges.end(), edge_order);
  ids_.clear();
  taken_.clear();
  return std::exchange(graph_, LearnedGraph{});
}

std::string edge_text(const LearnedEdge& edge, const std::vector<LearnedNode>& nodes) {
  const Edge local{0, 1, edge.edge.mark_from, edge.edge.mark_to};
  const std::string from = with_lag(nodes[static_cast<std::size_t>(edge.edge.from)].name, edge.lag);
  return causal::edge_text(local, std::vector{from, nodes[static_cast<std::size_t>(edge.edge.to)].name});
}

std::string with_lag(const std::string& name, int lag) {
  return lag == 0 ? name : name + "[t-" + std::to_string(lag) + "]";
}

std::string number_text(double value) {
  char digits[32];
  return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
}

std::optional<double> number_from(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

GraphKind guess_kind_in_time(const LearnedGraph& graph) {
  bool has_lag = false;
  bool is_directed = true;
  bool needs_pag = false;
  for (const LearnedEdge& e : graph.edges) {
    has_lag = has_lag || e.lag != 0;
    is_directed = is_directed && e.edge.is_directed();
    needs_pag =
        needs_pag || e.edge.is_bidirected() || e.edge.mark_from == Mark::Circle || e.edge.mark_to == Mark::Circle;
  }
  if (has_lag) return is_directed ? GraphKind::TsDag : needs_pag ? GraphKind::TsPag : GraphKind::TsCpdag;
  return guess_kind(graph.graph());
}

bool mentions_nodes_in_order(const LearnedGraph& graph) {
  NodeId seen = 0;
  for (const LearnedEdge& edge : graph.edges) {
    for (const NodeId v : {edge.edge.from, edge.edge.to}) {
      if (v > seen) return false;
      if (v == seen) ++seen;
    }
  }
  return seen == static_cast<NodeId>(graph.nodes.size());
}

void refuse_node_lags(const LearnedGraph& graph, std::string_view format) {
  for (const LearnedNode& node : graph.nodes) {
    if (!node.lag) continue;
    throw GraphError("the " + std::string(format) + " format has no lags of nodes", "node '" + node.name + "'",
                     "Write json, dot or graphml instead.");
  }
}

void refuse_lags(const LearnedGraph& graph, std::string_view format) {
  for (const LearnedEdge& edge : graph.edges) {
    if (edge.lag == 0) continue;
    throw GraphError("the " + std::string(format) + " format has no lags", "edge " + edge_text(edge, graph.nodes),
                     "Write json, dot, graphml, csv, txt or tigramite instead.");
  }
  refuse_node_lags(graph, format);
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
