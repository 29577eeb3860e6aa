#include "causal/graph/dag.hpp"

#include <functional>
#include <queue>

#include "graph/invariants.hpp"

namespace causal {

Dag::Dag(MixedGraph graph) : graph_(std::move(graph)) {
  detail::require_edges(graph_, "a DAG", [](const Edge& edge) { return edge.is_directed(); });
  std::vector<std::size_t> waiting(slot(n()));
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (NodeId v = 0; v < n(); ++v) {
    waiting[slot(v)] = parents(v).size();
    if (waiting[slot(v)] == 0) ready.push(v);
  }
  order_.reserve(slot(n()));
  while (!ready.empty()) {
    const NodeId v = ready.top();
    ready.pop();
    order_.push_back(v);
    for (const NodeId w : children(v)) {
      if (--waiting[slot(w)] == 0) ready.push(w);
    }
  }
  if (order_.size() != slot(n())) detail::require_acyclic(graph_, "a DAG");
}

}  // namespace causal
