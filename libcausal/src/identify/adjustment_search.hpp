#pragma once
// One query for adjustment sets: checked bounds, the causal region, and the searches in the proper back-door graph.

#include "causal/identify/adjustment.hpp"
#include "graph/adjustment_query.hpp"

namespace causal::detail {

class AdjustmentSearch {
 public:
  using Search = SeparatorSearch<EdgeCut>;

  AdjustmentSearch(const char* function, const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                   const SeparatorBounds& bounds);

  [[nodiscard]] const NodeSet& x() const { return checked_.x; }
  [[nodiscard]] const NodeSet& y() const { return checked_.y; }
  [[nodiscard]] const NodeSet& include() const { return checked_.include; }
  /// What may be adjusted for: allowed and not forbidden.
  [[nodiscard]] const Mask& allowed() const { return checked_.allowed; }
  [[nodiscard]] const CausalRegion& region() const { return region_; }
  [[nodiscard]] const AdjustmentGraph& graph() const { return graph_; }

  /// Why no set within the bounds can be valid whatever it is, as far as that is known without a search.
  [[nodiscard]] std::optional<AdjustmentResult> hopeless() const;
  /// Separators of x and y in the graph without the first edges of causal paths, within other bounds.
  [[nodiscard]] Search within(const NodeSet& include, const Mask& allowed) const {
    return {graph_.member(), {checked_.x, checked_.y, include, allowed}, cut()};
  }
  [[nodiscard]] Search within_bounds() const { return within(checked_.include, checked_.allowed); }
  /// The open non-causal walk given `z`, with the marks of the graph as given; empty when there is none.
  [[nodiscard]] Walk open_walk(const NodeSet& z) const;

  [[nodiscard]] AdjustmentResult found(NodeSet set) const { return {std::move(set), {}, {}, region_.unaffected}; }
  /// The answer when canonical nodes `tried` leave a walk open.
  [[nodiscard]] AdjustmentResult none(const NodeSet& tried) const;
  [[nodiscard]] AdjustmentResult none(Walk witness, std::string reason) const;

 private:
  [[nodiscard]] EdgeCut cut() const { return {in_x_.data(), causal_.data()}; }
  AdjustmentGraph graph_;
  CheckedBounds checked_;
  CausalRegion region_;
  Mask in_x_;
  Mask causal_;
  NodeSet forbidden_include_;
};

}  // namespace causal::detail
