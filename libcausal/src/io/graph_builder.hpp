#pragma once
// Putting a LearnedGraph together from a text: nodes by name, edges checked and in canonical order.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Collects nodes in order of first mention and edges in any order. Every check returns the complaint as text, so that
/// each reader can throw it with its own kind of place (line and column, or JSON path).
class GraphBuilder {
 public:
  /// The node of that name, made when it is new.
  NodeId node(std::string_view name);
  [[nodiscard]] std::optional<NodeId> find(std::string_view name) const;
  /// Adds a node of a new name; nothing, or the complaint.
  [[nodiscard]] std::optional<std::string> add_node(LearnedNode node);
  /// Adds an edge; nothing, or the complaint: a self loop at lag 0, or an edge beside one of the same pair and lag
  /// (only a directed and a bidirected edge may share them).
  [[nodiscard]] std::optional<std::string> add_edge(LearnedEdge edge);

  [[nodiscard]] LearnedNode& operator[](NodeId v) { return graph_.nodes[static_cast<std::size_t>(v)]; }
  [[nodiscard]] int n() const { return static_cast<int>(graph_.nodes.size()); }
  [[nodiscard]] const std::string& name(NodeId v) const { return graph_.nodes[static_cast<std::size_t>(v)].name; }

  /// The graph with its edges sorted; kind not set. The builder is empty afterwards.
  [[nodiscard]] LearnedGraph take();

 private:
  LearnedGraph graph_;
  std::unordered_map<std::string, NodeId> ids_;
  std::unordered_set<std::string> taken_;  ///< (pair, lag, bidirected or not) of the edges so far.
};

/// "a o-> b" or, for a lagged edge, "a[t-2] -> b".
[[nodiscard]] std::string edge_text(const LearnedEdge& edge, const std::vector<LearnedNode>& nodes);

/// For formats without time: GraphError naming the first lagged edge or node.
void refuse_lags(const LearnedGraph& graph, std::string_view format);
/// For formats with one number a pair: GraphError naming the first pair with two edges.
void refuse_double_edges(const LearnedGraph& graph, std::string_view format);

}  // namespace causal::io
