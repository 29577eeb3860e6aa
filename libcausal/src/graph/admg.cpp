#include "causal/graph/admg.hpp"

#include "graph/invariants.hpp"

namespace causal {

Admg::Admg(MixedGraph graph) : graph_(std::move(graph)) {
  detail::require_edges(graph_, "an ADMG", [](const Edge& e) { return e.is_directed() || e.is_bidirected(); });
  detail::require_acyclic(graph_, "an ADMG");
}

}  // namespace causal
