#include "causal/identify/do_calculus.hpp"

#include <algorithm>
#include <iterator>

#include "causal/graph/reachability.hpp"

namespace causal {
namespace {

bool contains(const NodeSet& set, NodeId v) { return std::binary_search(set.begin(), set.end(), v); }

NodeSet both(const NodeSet& a, const NodeSet& b) {
  NodeSet all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

}  // namespace

Admg mutilated(const Admg& admg, const NodeSet& cut_into, const NodeSet& cut_out_of) {
  std::vector<Edge> kept;
  for (const Edge& edge : admg.graph().edges()) {
    const bool into = contains(cut_into, edge.to) || (edge.is_bidirected() && contains(cut_into, edge.from));
    const bool out = edge.is_directed() && contains(cut_out_of, edge.from);
    if (!into && !out) kept.push_back(edge);
  }
  return Admg(MixedGraph(admg.graph().names(), std::move(kept)));
}

SeparationResult may_delete_observation(const Admg& admg, const RuleSets& sets) {
  return separated(mutilated(admg, sets.x), sets.y, sets.z, both(sets.x, sets.w));
}

SeparationResult may_exchange_action(const Admg& admg, const RuleSets& sets) {
  return separated(mutilated(admg, sets.x, sets.z), sets.y, sets.z, both(sets.x, sets.w));
}

SeparationResult may_delete_action(const Admg& admg, const RuleSets& sets) {
  const Admg without_x = mutilated(admg, sets.x);
  const NodeSet above_w = ancestors(without_x.graph(), sets.w);
  NodeSet cut = sets.x;
  for (const NodeId v : sets.z) {
    if (!contains(above_w, v)) cut.push_back(v);
  }
  std::sort(cut.begin(), cut.end());
  return separated(mutilated(admg, cut), sets.y, sets.z, both(sets.x, sets.w));
}

}  // namespace causal
