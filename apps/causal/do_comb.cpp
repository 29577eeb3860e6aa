// The comb route to an effect.

#include <algorithm>

#include "causal/diagram/comb.hpp"
#include "do_query.hpp"

namespace causal::cli {

CombRoute comb_route(const Admg& graph, NodeId x, int value, const std::vector<NodeId>& y, const Factor& joint) {
  NodeSet outcomes = y;
  std::sort(outcomes.begin(), outcomes.end());
  const auto found = find_comb(graph, x, outcomes);
  const auto names = [&](const auto& nodes) {
    std::vector<std::string> list;
    for (const NodeId v : nodes) list.push_back(graph.graph().name(v));
    return list;
  };
  CombRoute route;
  if (const auto* obstruction = std::get_if<CombObstruction>(&found)) {
    route.path = names(obstruction->path);
    return route;
  }
  const auto& witness = std::get<CombWitness>(found);
  for (const NodeSet& tooth : witness.teeth) route.teeth.push_back(names(tooth));
  const CombEffect effect = comb_effect(witness, joint, x, outcomes);
  if (!effect.undefined[static_cast<std::size_t>(value)]) {
    route.distribution = effect.effect.slice(x, value).marginal(y);
  }
  return route;
}

}  // namespace causal::cli
