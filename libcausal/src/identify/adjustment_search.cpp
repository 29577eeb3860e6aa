#include "identify/adjustment_search.hpp"

namespace causal::detail {

AdjustmentSearch::AdjustmentSearch(const char* function, const AdjustmentGraph& graph, const NodeSet& x,
                                   const NodeSet& y, const SeparatorBounds& bounds)
    : graph_(graph),
      checked_(function, graph.graph(), x, y, bounds),
      region_(region_of(graph, checked_.x, checked_.y)),
      in_x_(mask_of(graph.graph(), checked_.x)),
      causal_(mask_of(graph.graph(), region_.causal)) {
  for (const NodeId v : region_.forbidden) checked_.allowed[slot(v)] = 0;
  forbidden_include_ = filtered(checked_.include, mask_of(graph.graph(), region_.forbidden));
}

std::optional<AdjustmentResult> AdjustmentSearch::hopeless() const {
  if (!region_.not_amenable.empty()) {
    return none(region_.not_amenable, not_amenable_reason(graph_, region_.not_amenable));
  }
  if (!forbidden_include_.empty()) {
    return none({}, set_text(graph_.graph(), forbidden_include_) +
                        " may not be adjusted for: on a causal path from x to y, or below one");
  }
  return std::nullopt;
}

Walk AdjustmentSearch::open_walk(const NodeSet& z) const {
  return walk_in(graph_.graph(), search_open_walk(graph_.member(), checked_.x, checked_.y, z, cut()).witness);
}

AdjustmentResult AdjustmentSearch::none(const NodeSet& tried) const {
  Walk walk = open_walk(tried);
  CAUSAL_ASSERT(!walk.empty());
  const std::string text = walk_text(walk, graph_.graph().names());
  return none(std::move(walk), "no set within the bounds is valid: the non-causal walk " + text + " stays open given " +
                                   set_text(graph_.graph(), tried) + ", all upstream that may be adjusted for");
}

AdjustmentResult AdjustmentSearch::none(Walk witness, std::string reason) const {
  if (region_.unaffected.size() == checked_.y.size()) {
    reason += "; none is needed: x has no effect on y, which is not downstream of it";
  }
  return {std::nullopt, std::move(witness), std::move(reason), region_.unaffected};
}

}  // namespace causal::detail
