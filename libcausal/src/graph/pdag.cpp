#include "causal/graph/pdag.hpp"

#include "causal/graph/dag.hpp"
#include "causal/graph/equivalence.hpp"
#include "graph/invariants.hpp"

namespace causal {

Pdag::Pdag(MixedGraph graph) : graph_(std::move(graph)) {
  detail::require_edges(graph_, "a PDAG", [](const Edge& e) { return e.is_directed() || e.is_undirected(); });
  detail::require_acyclic(graph_, "a PDAG");
}

Cpdag::Cpdag(Pdag pdag) : pdag_(std::move(pdag)) {
  if (const auto reason = why_not_cpdag(pdag_.graph())) throw GraphError("not a CPDAG: " + *reason);
}

std::optional<std::string> why_not_cpdag(const MixedGraph& graph) {
  for (const Edge& edge : graph.edges()) {
    if (!edge.is_directed() && !edge.is_undirected()) {
      return "the edge " + edge_text(edge, graph.names()) + " is neither directed nor undirected";
    }
  }
  if (const auto cycle = graph.directed_cycle()) return "directed cycle " + detail::cycle_text(*cycle, graph);
  const PdagExtension extension = extend_to_dag(Pdag(graph));
  if (!extension.dag) return extension.reason;

  const Cpdag completed = dag_to_cpdag(*extension.dag);
  for (const Edge& edge : graph.edges()) {
    const auto marks = completed.graph().marks(edge.from, edge.to);
    CAUSAL_ASSERT(marks.has_value());
    const Edge wanted = canonical({edge.from, edge.to, marks->first, marks->second});
    if (wanted == edge) continue;
    return "the edge " + edge_text(edge, graph.names()) + " would be " + edge_text(wanted, graph.names()) +
           " in the CPDAG of the DAGs that extend it";
  }
  return std::nullopt;
}

}  // namespace causal
