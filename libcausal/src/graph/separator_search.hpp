#pragma once
// The search for separating sets, in a graph or in what is left of it when some directed edges are taken away.

#include <optional>

#include "causal/graph/reachability.hpp"
#include "causal/graph/separation.hpp"
#include "causal/run/error.hpp"
#include "graph/node_sets.hpp"

namespace causal::detail {

/// Takes no edge away.
struct NoCut {
  [[nodiscard]] static constexpr bool cuts(Step, NodeId, NodeId) { return false; }
};

/// Takes away the directed edges from `from` into `to` without copying the graph.
struct EdgeCut {
  const std::uint8_t* from;
  const std::uint8_t* to;
  [[nodiscard]] bool cuts(Step step, NodeId v, NodeId w) const {
    if (step == Step::Forward) return from[slot(v)] != 0 && to[slot(w)] != 0;
    return step == Step::Back && to[slot(v)] != 0 && from[slot(w)] != 0;
  }
};

// Labels: by which mark the walk entered the node. A start counts as entered by a tail.
constexpr int kTail = 0;
constexpr int kArrow = 1;
constexpr std::array kAllSteps{Step::Back, Step::Forward, Step::Both};

constexpr int label_after(Step step) { return step == Step::Back ? kTail : kArrow; }
constexpr bool is_collider(int label, Step step) { return label == kArrow && step != Step::Forward; }

/// Open walks given z: through colliders in z and other nodes outside z.
template <class Cut>
struct OpenWalks {
  static constexpr int kLabels = 2;
  static constexpr int kStart = kTail;
  static constexpr auto kSteps = kAllSteps;
  const std::uint8_t* in_z;
  Cut cut;
  [[nodiscard]] int next(int label, Step step, NodeId v, NodeId w) const {
    if (is_collider(label, step) != (in_z[slot(v)] != 0) || cut.cuts(step, v, w)) return -1;
    return label_after(step);
  }
};

template <>
struct OpenWalks<NoCut> {
  static constexpr int kLabels = 2;
  static constexpr int kStart = kTail;
  static constexpr auto kSteps = kAllSteps;
  static constexpr bool kLabelFollowsStep = true;
  const std::uint8_t* in_z;
  NoCut cut = {};
  [[nodiscard]] int next(int label, Step step, NodeId v) const {
    return is_collider(label, step) == (in_z[slot(v)] != 0) ? label_after(step) : -1;
  }
};

/// Paths in the moral graph of the ancestors that do not pass through z: any collider among them joins its parents.
template <class Cut>
struct MoralPaths {
  static constexpr int kLabels = 2;
  static constexpr int kStart = kTail;
  static constexpr auto kSteps = kAllSteps;
  const std::uint8_t* in_z;
  const std::uint8_t* is_ancestor;
  Cut cut;
  [[nodiscard]] int next(int label, Step step, NodeId v, NodeId w) const {
    if (is_ancestor[slot(w)] == 0 || cut.cuts(step, v, w)) return -1;
    return is_collider(label, step) || in_z[slot(v)] == 0 ? label_after(step) : -1;
  }
};

/// Against the directed edges that are left.
template <class Cut>
struct AncestorWalks {
  static constexpr int kLabels = 1;
  static constexpr int kStart = 0;
  static constexpr std::array kSteps{Step::Back};
  Cut cut;
  [[nodiscard]] int next(int, Step step, NodeId v, NodeId w) const { return cut.cuts(step, v, w) ? -1 : 0; }
};

/// A shortest walk from x to y that is open given z, or nothing.
template <class Cut>
[[nodiscard]] SeparationResult search_open_walk(const MixedGraph& graph, const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z, Cut cut) {
  const Mask in_y = mask_of(graph, y);
  const Mask in_z = mask_of(graph, z);
  Reached reached = reach(graph, x, OpenWalks<Cut>{in_z.data(), cut},
                          [target = in_y.data()](NodeId v) { return target[slot(v)] != 0; });
  return {!reached.stopped, std::move(reached.walk)};
}

/// Where a separator is looked for: between x and y, with include <= Z <= allowed. All ascending; x, y and include are
/// disjoint, include lies within allowed, and allowed holds nothing of x and y. The sets must outlive the search.
struct SeparatorQuery {
  const NodeSet& x;
  const NodeSet& y;
  const NodeSet& include;
  const Mask& allowed;
};

/// One search for separators: the masks its steps share.
template <class Cut>
class SeparatorSearch {
 public:
  SeparatorSearch(const MixedGraph& graph, const SeparatorQuery& query, Cut cut)
      : graph_(graph), query_(query), cut_(cut) {
    const NodeSet of = joined({&query.x, &query.y, &query.include});
    const Reached reached = reach(graph, of, AncestorWalks<Cut>{cut});
    is_ancestor_ = reached.labels;
    for (NodeId v = 0; v < graph.n(); ++v) {
      if (is_ancestor_[slot(v)] != 0 && query.allowed[slot(v)] != 0) allowed_ancestors_.push_back(v);
    }
  }

  /// They separate whenever a set within the bounds does.
  [[nodiscard]] const NodeSet& allowed_ancestors() const { return allowed_ancestors_; }

  [[nodiscard]] SeparationResult open_walk(const NodeSet& z) const {
    return search_open_walk(graph_, query_.x, query_.y, z, cut_);
  }

  /// What of `within` moral paths from `side` meet before they would pass through it, and `include`; nothing when they
  /// get across to `other`.
  [[nodiscard]] std::optional<NodeSet> nearest(const NodeSet& side, const NodeSet& other, const NodeSet& within) const {
    const auto met = moral_reach(side, other, mask_of(graph_, within));
    if (!met) return std::nullopt;
    const NodeSet set = filtered(within, *met);
    return joined({&set, &query_.include});
  }

  /// The separator nearest to x; nothing when there is none.
  [[nodiscard]] std::optional<NodeSet> nearest_to_x() const { return nearest(query_.x, query_.y, allowed_ancestors_); }

  /// A separator of which no proper subset that holds `include` separates; nothing when there is none.
  [[nodiscard]] std::optional<NodeSet> minimal() const {
    const auto near_x = nearest_to_x();
    if (!near_x) return std::nullopt;
    auto near_both = nearest(query_.y, query_.x, *near_x);
    CAUSAL_ASSERT(near_both.has_value());
    return near_both;
  }

  /// The nodes that moral paths from `side` enter when they do not pass through `blocked`, those of it that they meet
  /// included; nothing when they enter a node of `other`.
  [[nodiscard]] std::optional<Mask> moral_reach(const NodeSet& side, const NodeSet& other, const Mask& blocked) const {
    const Mask in_other = mask_of(graph_, other);
    Reached met = reach(graph_, side, MoralPaths<Cut>{blocked.data(), is_ancestor_.data(), cut_},
                        [target = in_other.data()](NodeId v) { return target[slot(v)] != 0; });
    if (met.stopped) return std::nullopt;
    return std::move(met.labels);
  }

 private:
  const MixedGraph& graph_;
  SeparatorQuery query_;
  Cut cut_;
  Mask is_ancestor_;
  NodeSet allowed_ancestors_;
};

/// The bounds a caller gave, checked against x and y: InvalidArgument for overlap, unknown nodes, and an `include` that
/// is not within `allowed`.
struct CheckedBounds {
  CheckedBounds(const char* function, const MixedGraph& graph, const NodeSet& x_given, const NodeSet& y_given,
                const SeparatorBounds& bounds);
  NodeSet x, y;
  NodeSet include;
  Mask allowed;
  [[nodiscard]] SeparatorQuery query() const { return {x, y, include, allowed}; }
};

}  // namespace causal::detail
