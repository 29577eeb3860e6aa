#pragma once
// Acyclic directed mixed graphs.

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// A MixedGraph known to hold directed and bidirected edges only and no directed cycle; both may share a pair.
class Admg {
 public:
  Admg() = default;
  /// Errors: GraphError naming the first edge of another kind, or the cycle. Cost O(n + m).
  explicit Admg(MixedGraph graph);

  [[nodiscard]] const MixedGraph& graph() const { return graph_; }
  [[nodiscard]] int n() const { return graph_.n(); }

 private:
  MixedGraph graph_;
};

}  // namespace causal
