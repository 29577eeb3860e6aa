#pragma once
// Keeps a growing directed graph acyclic.

#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::detail {

/// Judges batches of new directed edges: which of them would lie on a directed cycle.
///
/// Every node has a rank and edges go from higher to lower ranks. A batch that agrees with the ranks costs nothing
/// more; another costs one pass over the graph for strong components, whose numbers are the new ranks.
class AcyclicityGuard {
 public:
  /// `edges` directed or undirected, at most one a pair. When some DAG extends them, the first ranks are those of one
  /// such DAG, so that all later edges that every extension shares agree with them.
  AcyclicityGuard(int n, std::span<const Edge> edges);

  /// For each edge of the batch, whether it lies on a directed cycle of the graph with the whole batch added.
  /// The edges that do not are taken into the graph.
  [[nodiscard]] std::vector<bool> on_cycle(std::span<const Edge> batch);

  /// A shortest directed path in the graph with `extra` added, empty when there is none.
  [[nodiscard]] std::vector<NodeId> path(NodeId from, NodeId to, std::span<const Edge> extra) const;

 private:
  void rank_by_components(std::span<const Edge> extra);
  void take(const Edge& edge) { children_[slot(edge.from)].push_back(edge.to); }

  std::vector<std::vector<NodeId>> children_;
  std::vector<int> rank_;
  bool given_cyclic_ = false;
};

}  // namespace causal::detail
