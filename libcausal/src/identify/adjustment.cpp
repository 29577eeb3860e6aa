#include "causal/identify/adjustment.hpp"

#include "identify/adjustment_search.hpp"

namespace causal {
namespace {

using detail::AdjustmentSearch;
using detail::filtered;
using detail::joined;
using detail::mask_of;

// In a class the possible ancestors, so that the set does not depend on the DAG the search runs in.
NodeSet canonical_set(const AdjustmentSearch& search) {
  const NodeSet of = joined({&search.x(), &search.y(), &search.include()});
  return filtered(detail::possible_ancestors_of(search.graph(), of), search.allowed());
}

// The parents of causal nodes that are none themselves.
NodeSet outcome_parents(const AdjustmentSearch& search) {
  const MixedGraph& graph = search.graph().graph();
  const CausalRegion& region = search.region();
  detail::Mask passed_over = mask_of(graph, region.forbidden);
  for (const NodeId v : search.x()) passed_over[slot(v)] = 1;
  NodeSet parents;
  for (const NodeId v : region.causal) {
    for (const NodeId p : graph.parents(v)) {
      if (passed_over[slot(p)] == 0) parents.push_back(p);
    }
  }
  return joined({&parents});
}

// y holds no unaffected node beside affected ones.
AdjustmentResult optimal_for_affected(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                      const SeparatorBounds& bounds) {
  const MixedGraph& mixed = graph.graph();
  const AdjustmentSearch search("optimal_adjustment", graph, x, y, bounds);
  if (auto refusal = search.hopeless()) return *refusal;
  if (search.region().causal.empty()) return search.none({}, "no estimate is best where there is nothing to estimate");
  const NodeSet parents = outcome_parents(search);
  if (const NodeSet barred = filtered(parents, search.allowed(), false); !barred.empty()) {
    return search.none({}, "the optimal set " + detail::set_text(mixed, parents) + " holds " +
                               detail::set_text(mixed, barred) + ", which may not be used; other sets may be valid");
  }
  NodeSet set = joined({&parents, &search.include()});
  Walk open = search.open_walk(set);
  if (!open.empty()) {
    const std::string text = walk_text(open, mixed.names());
    return search.none(std::move(open), "the walk " + text + " is open given the only candidate for the optimal set, " +
                                            detail::set_text(mixed, set));
  }
  return search.found(std::move(set));
}

}  // namespace

AdjustmentResult canonical_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                      const SeparatorBounds& bounds) {
  const AdjustmentSearch search("canonical_adjustment", graph, x, y, bounds);
  if (auto refusal = search.hopeless()) return *refusal;
  NodeSet set = canonical_set(search);
  if (!search.open_walk(set).empty()) return search.none(set);
  return search.found(std::move(set));
}

AdjustmentResult minimal_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                    const SeparatorBounds& bounds) {
  const AdjustmentSearch search("minimal_adjustment", graph, x, y, bounds);
  if (auto refusal = search.hopeless()) return *refusal;
  auto set = search.within_bounds().minimal();
  if (!set) return search.none(canonical_set(search));
  return search.found(std::move(*set));
}

AdjustmentResult optimal_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                    const SeparatorBounds& bounds) {
  const MixedGraph& mixed = graph.graph();
  for (const Edge& edge : mixed.edges()) {
    if (!edge.is_bidirected()) continue;
    throw InvalidArgument("optimal_adjustment", "graph", "'" + edge_text(edge, mixed.names()) + "'",
                          "hold no bidirected edge");
  }
  const CausalRegion region = causal_region(graph, x, y);
  const NodeSet affected = filtered(joined({&y}), mask_of(mixed, region.unaffected), false);
  if (affected.empty()) return optimal_for_affected(graph, x, y, bounds);
  AdjustmentResult result = optimal_for_affected(graph, x, affected, bounds);
  result.unaffected = region.unaffected;
  return result;
}

}  // namespace causal
