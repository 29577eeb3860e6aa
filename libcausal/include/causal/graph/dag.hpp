#pragma once
// Directed acyclic graphs.

#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// A MixedGraph known to hold directed edges only and no directed cycle.
class Dag {
 public:
  Dag() = default;
  /// Errors: GraphError naming the first edge that is not directed, or the cycle. Cost O(m + n log n).
  explicit Dag(MixedGraph graph);

  [[nodiscard]] const MixedGraph& graph() const { return graph_; }
  [[nodiscard]] int n() const { return graph_.n(); }
  [[nodiscard]] std::span<const NodeId> parents(NodeId v) const { return graph_.parents(v); }
  [[nodiscard]] std::span<const NodeId> children(NodeId v) const { return graph_.children(v); }
  /// Parents before children; among the ready nodes the smallest id first.
  [[nodiscard]] const std::vector<NodeId>& topological_order() const { return order_; }

  friend bool operator==(const Dag& a, const Dag& b) { return a.graph_ == b.graph_; }

 private:
  MixedGraph graph_;
  std::vector<NodeId> order_;
};

}  // namespace causal
