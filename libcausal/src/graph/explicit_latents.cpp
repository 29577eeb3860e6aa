#include "causal/graph/explicit_latents.hpp"

#include <algorithm>
#include <unordered_set>

namespace causal {

ExplicitLatents with_explicit_latents(const Admg& admg) {
  const MixedGraph& graph = admg.graph();
  ExplicitLatents result;
  result.first_latent = graph.n();
  std::vector<std::string> names = graph.names();
  const std::unordered_set<std::string> taken(names.begin(), names.end());
  std::vector<Edge> edges;
  for (const Edge& edge : graph.edges()) {
    if (edge.is_bidirected()) {
      result.children.emplace_back(std::min(edge.from, edge.to), std::max(edge.from, edge.to));
    } else {
      edges.push_back(edge);
    }
  }
  std::sort(result.children.begin(), result.children.end());
  for (const auto& [a, b] : result.children) {
    const auto latent = static_cast<NodeId>(names.size());
    std::string name = "U(" + graph.name(a) + "," + graph.name(b) + ")";
    while (taken.contains(name)) name += "'";
    names.push_back(std::move(name));
    edges.push_back(directed(latent, a));
    edges.push_back(directed(latent, b));
  }
  result.dag = Dag(MixedGraph(std::move(names), std::move(edges)));
  return result;
}

}  // namespace causal
