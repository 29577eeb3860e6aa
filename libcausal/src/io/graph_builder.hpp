#pragma once
// Putting a LearnedGraph together from a text: nodes by name, edges checked and in canonical order.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Collects nodes in order of first mention and edges in any order. Every check returns the complaint as text, so that
/// each reader can throw it with its own kind of place (line and column, or JSON path).
class GraphBuilder {
 public:
  /// The node of that name, made when it is new.
  NodeId node(std::string_view name);
  [[nodiscard]] std::optional<NodeId> find(std::string_view name) const;
  /// Adds a node of a new name (or of one known at other lags only); nothing, or the complaint.
  [[nodiscard]] std::optional<std::string> add_node(LearnedNode node);
  /// Adds an edge; nothing, or the complaint: a self loop at lag 0, an edge beside one of the same pair and lag (only
  /// a directed and a bidirected edge may share them), or a p-value or frequency outside [0, 1].
  [[nodiscard]] std::optional<std::string> add_edge(LearnedEdge edge);

  /// Whether that very edge, marks and lag, is there already.
  [[nodiscard]] bool contains(const LearnedEdge& edge) const;

  [[nodiscard]] LearnedNode& operator[](NodeId v) { return graph_.nodes[static_cast<std::size_t>(v)]; }
  [[nodiscard]] int n() const { return static_cast<int>(graph_.nodes.size()); }
  [[nodiscard]] const std::string& name(NodeId v) const { return graph_.nodes[static_cast<std::size_t>(v)].name; }

  /// The graph with its edges sorted; kind not set. The builder is empty afterwards.
  [[nodiscard]] LearnedGraph take();

 private:
  LearnedGraph graph_;
  std::unordered_map<std::string, NodeId> ids_;
  std::unordered_map<std::string, Edge> taken_;  ///< The edges so far by pair, lag and kind (see the source).
};

/// "a", or for a lag other than 0 "a[t-2]", as LearnedGraph::names() shows it.
[[nodiscard]] std::string with_lag(const std::string& name, int lag);
/// "a o-> b" or, for a lagged edge, "a[t-2] -> b".
[[nodiscard]] std::string edge_text(const LearnedEdge& edge, const std::vector<LearnedNode>& nodes);

/// A number as the shortest digits that read back to it.
[[nodiscard]] std::string number_text(double value);
/// The finite number that all of `text` is, or nothing.
[[nodiscard]] std::optional<double> number_from(std::string_view text);
/// guess_kind, and for a graph with lags the kind for time series that fits its marks.
[[nodiscard]] GraphKind guess_kind_in_time(const LearnedGraph& graph);
/// Whether the edges, read from first to last and from left to right, mention every node, in the order of the ids: then
/// a list of edges holds the nodes too.
[[nodiscard]] bool mentions_nodes_in_order(const LearnedGraph& graph);

/// For formats without time: GraphError naming the first lagged node (or, with the second, edge).
void refuse_node_lags(const LearnedGraph& graph, std::string_view format);
void refuse_lags(const LearnedGraph& graph, std::string_view format);
/// For formats with one number a pair: GraphError naming the first pair with two edges.
void refuse_double_edges(const LearnedGraph& graph, std::string_view format);

}  // namespace causal::io
