// Adjustment for the effect along one edge.

#include "causal/identify/adjustment.hpp"
#include "graph/separator_search.hpp"

namespace causal {

AdjustmentResult direct_effect_adjustment(SeparationGraph graph, NodeId x, NodeId y, const SeparatorBounds& bounds) {
  const MixedGraph& mixed = graph.graph();
  detail::CheckedBounds checked("direct_effect_adjustment", mixed, {x}, {y}, bounds);
  const detail::Mask below = detail::mask_of(mixed, descendants(mixed, checked.y));
  if (const NodeSet barred = detail::filtered(checked.include, below); !barred.empty()) {
    return {std::nullopt, {}, detail::set_text(mixed, barred) + " may not be adjusted for: below y", {}};
  }
  for (std::size_t v = 0; v < below.size(); ++v) checked.allowed[v] = below[v] != 0 ? 0 : checked.allowed[v];

  const detail::Mask at_x = detail::mask_of(mixed, checked.x), at_y = detail::mask_of(mixed, checked.y);
  const detail::SeparatorSearch<detail::EdgeCut> search(mixed, checked.query(),
                                                        detail::EdgeCut{at_x.data(), at_y.data()});
  if (auto set = search.minimal()) return {std::move(set), {}, {}, {}};
  Walk walk = search.open_walk(search.allowed_ancestors()).witness;
  std::string reason = "no set within the bounds blocks every other way from x to y: the walk " +
                       walk_text(walk, mixed.names()) + " stays open given " +
                       detail::set_text(mixed, search.allowed_ancestors());
  return {std::nullopt, std::move(walk), std::move(reason), {}};
}

}  // namespace causal
