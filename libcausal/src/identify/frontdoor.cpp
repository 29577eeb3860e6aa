#include "causal/identify/frontdoor.hpp"

#include <algorithm>

#include "causal/graph/explicit_latents.hpp"
#include "graph/separator_search.hpp"
#include "identify/frontdoor_rules.hpp"
#include "identify/include_exclude.hpp"

namespace causal {
namespace {

using detail::CheckedBounds;
using detail::joined;
using detail::Mask;
using detail::mask_of;
using detail::set_text;

// The graph with every bidirected edge as a latent root; a DAG as it is.
class ExplicitGraph {
 public:
  explicit ExplicitGraph(const MixedGraph& given) : given_(given) {
    const auto& edges = given.edges();
    if (std::any_of(edges.begin(), edges.end(), [](const Edge& edge) { return edge.is_bidirected(); })) {
      explicit_ = with_explicit_latents(Admg(given));
    }
  }
  [[nodiscard]] const MixedGraph& graph() const { return explicit_ ? explicit_->dag.graph() : given_; }
  [[nodiscard]] const MixedGraph& given() const { return given_; }
  // a <- U -> b as a <-> b.
  [[nodiscard]] Walk as_given(const Walk& walk) const {
    Walk shown;
    for (std::size_t i = 0; i < walk.nodes.size(); ++i) {
      if (walk.nodes[i] >= given_.n()) {
        shown.steps.back() = Step::Both;
        continue;
      }
      shown.nodes.push_back(walk.nodes[i]);
      if (i + 1 < walk.nodes.size()) shown.steps.push_back(walk.steps[i]);
    }
    if (!shown.nodes.empty()) shown.steps.resize(shown.nodes.size() - 1);
    return shown;
  }

 private:
  const MixedGraph& given_;
  std::optional<ExplicitLatents> explicit_;
};

Walk reversed(Walk walk) {
  std::reverse(walk.nodes.begin(), walk.nodes.end());
  std::reverse(walk.steps.begin(), walk.steps.end());
  for (Step& step : walk.steps) step = step == Step::Back ? Step::Forward : Step::Back;
  return walk;
}

struct Hits {
  const std::uint8_t* mask;
  bool operator()(NodeId v) const { return mask[slot(v)] != 0; }
};

// One query: x and y fixed, the bounds given with each question.
class FrontdoorSearch {
 public:
  FrontdoorSearch(const MixedGraph& given, const NodeSet& x, const NodeSet& y)
      : explicit_(given),
        graph_(explicit_.graph()),
        x_(x),
        y_(y),
        in_x_(mask_of(graph_, x)),
        in_y_(mask_of(graph_, y)) {
    unconfounded_ = reach(graph_, x_, detail::BackDoorWalks{in_x_.data()}).labels;
    for (std::uint8_t& labels : unconfounded_) labels = (labels & ~(1U << detail::kInit)) == 0 ? 1 : 0;
    opens_ = reach(graph_, joined({&x_, &y_}), detail::DirectedPastStarts<Step::Back>{Mask(slot(graph_.n()), 0).data()})
                 .labels;
  }

  // The nodes of the largest candidate set: of `allowed`, those without a back-door walk from x and then those without
  // one to y that x leaves open.
  [[nodiscard]] Mask candidates(const Mask& allowed) const {
    Mask set = without_backdoor_from_x(allowed);
    const Reached open = reach(graph_, y_, detail::UnblockedToOutcome{in_x_.data(), set.data(), opens_.data()});
    for (std::size_t v = 0; v < set.size(); ++v) set[v] = open.labels[v] == 0 ? set[v] : 0;
    return set;
  }

  // The largest front-door set, nothing when there is none.
  [[nodiscard]] std::optional<Mask> maximal(const NodeSet& include, const Mask& allowed) const {
    Mask set = candidates(allowed);
    if (std::any_of(include.begin(), include.end(), [&set](NodeId v) { return set[slot(v)] == 0; })) return {};
    if (reach(graph_, x_, detail::DirectedUntil{set.data()}, Hits{in_y_.data()}).stopped) return {};
    return set;
  }

  // What of the largest set is met first from y, of that what is met first from x, and what those need.
  [[nodiscard]] NodeSet minimal(const NodeSet& include, const Mask& largest) const {
    Mask stops = largest;
    for (const NodeId v : joined({&x_, &y_})) stops[slot(v)] = 1;
    const Reached up = reach(graph_, y_, detail::DirectedPastStarts<Step::Back>{stops.data()});
    const Mask near_y = both(largest, up.labels);

    Mask candidates = near_y;
    for (const NodeId v : include) candidates[slot(v)] = 1;
    stops = candidates;
    for (const NodeId v : joined({&x_, &y_})) stops[slot(v)] = 1;
    const Reached down = reach(graph_, x_, detail::DirectedPastStarts<Step::Forward>{stops.data()});
    Mask kept = both(near_y, down.labels);
    for (const NodeId v : include) kept[slot(v)] = 1;

    const NodeSet starts = nodes_of(kept);
    const Reached needed = reach(graph_, starts, detail::NeededMediators{in_x_.data(), kept.data(), candidates.data()});
    const NodeSet more = nodes_of(both(near_y, needed.labels));
    return joined({&starts, &more});
  }

  [[nodiscard]] FrontdoorResult none(const NodeSet& include, const Mask& allowed) const {
    const Mask from_x = without_backdoor_from_x(allowed);
    const Mask set = candidates(allowed);
    for (const NodeId v : include) {
      Mask target(set.size(), 0);
      target[slot(v)] = 1;
      if (from_x[slot(v)] == 0) {
        return because(reach(graph_, x_, detail::BackDoorWalks{in_x_.data()}, Hits{target.data()}).walk,
                       "no front-door set holds " + name(v) + ": x and it are confounded by");
      }
      if (set[slot(v)] == 0) {
        const detail::UnblockedToOutcome rule{in_x_.data(), from_x.data(), opens_.data()};
        return because(reversed(reach(graph_, y_, rule, Hits{target.data()}).walk),
                       "no front-door set within the bounds holds " + name(v) + ": x does not block");
      }
    }
    return because(reach(graph_, x_, detail::DirectedUntil{set.data()}, Hits{in_y_.data()}).walk,
                   "no allowed node that could belong to a front-door set lies on");
  }

  [[nodiscard]] FrontdoorReport check(const NodeSet& z) const {
    const Mask in_z = mask_of(graph_, z);
    const auto fails = [this](const Walk& walk, const std::string& words) {
      const Walk shown = explicit_.as_given(walk);
      return FrontdoorReport{false, shown, words + " " + walk_text(shown, explicit_.given().names())};
    };
    const Reached path = reach(graph_, x_, detail::DirectedUntil{in_z.data()}, Hits{in_y_.data()});
    if (path.stopped) return fails(path.walk, "the set does not intercept");
    const Reached from_x = reach(graph_, x_, detail::BackDoorWalks{in_x_.data()}, Hits{in_z.data()});
    if (from_x.stopped) return fails(from_x.walk, "x and the set are confounded by");
    const Mask everything(slot(graph_.n()), 1);
    const SeparationResult to_y =
        detail::search_open_walk(graph_, z, y_, x_, detail::EdgeCut{in_z.data(), everything.data()});
    if (!to_y.separated) return fails(to_y.witness, "x does not block");
    return {true, {}, {}};
  }

  // A mask over the nodes given, for the nodes of the explicit graph.
  [[nodiscard]] Mask extended(Mask mask) const {
    mask.resize(slot(graph_.n()), 0);
    return mask;
  }
  [[nodiscard]] static NodeSet nodes_of(const Mask& mask) {
    NodeSet set;
    for (std::size_t v = 0; v < mask.size(); ++v) {
      if (mask[v] != 0) set.push_back(static_cast<NodeId>(v));
    }
    return set;
  }

 private:
  [[nodiscard]] static Mask both(const Mask& a, const Mask& b) {
    Mask mask(a.size(), 0);
    for (std::size_t v = 0; v < a.size(); ++v) mask[v] = a[v] != 0 && b[v] != 0 ? 1 : 0;
    return mask;
  }
  [[nodiscard]] Mask without_backdoor_from_x(const Mask& allowed) const { return both(allowed, unconfounded_); }
  [[nodiscard]] const std::string& name(NodeId v) const { return graph_.name(v); }
  [[nodiscard]] FrontdoorResult because(const Walk& walk, const std::string& words) const {
    CAUSAL_ASSERT(!walk.empty());
    const Walk shown = explicit_.as_given(walk);
    return {std::nullopt, shown, words + " " + walk_text(shown, explicit_.given().names())};
  }

  ExplicitGraph explicit_;
  const MixedGraph& graph_;
  const NodeSet& x_;
  const NodeSet& y_;
  Mask in_x_, in_y_;
  Mask unconfounded_;  // no back-door walk from x
  // Ancestors of x and of y. Those of x open colliders. Those of y do not, but a candidate that is a collider on an
  // open walk to y drops out, and then what is beyond it reaches y through it.
  Mask opens_;
};

}  // namespace

FrontdoorReport check_frontdoor(SeparationGraph graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  const CheckedBounds checked("check_frontdoor", graph.graph(), x, y, {});
  detail::check_disjoint("check_frontdoor", graph.graph(), {{"x", x}, {"y", y}, {"z", z}});
  return FrontdoorSearch(graph.graph(), checked.x, checked.y).check(joined({&z}));
}

FrontdoorResult maximal_frontdoor(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds) {
  const CheckedBounds checked("maximal_frontdoor", graph.graph(), x, y, bounds);
  const FrontdoorSearch search(graph.graph(), checked.x, checked.y);
  const Mask allowed = search.extended(checked.allowed);
  const auto set = search.maximal(checked.include, allowed);
  if (!set) return search.none(checked.include, allowed);
  return {FrontdoorSearch::nodes_of(*set), {}, {}};
}

FrontdoorResult minimal_frontdoor(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds) {
  const CheckedBounds checked("minimal_frontdoor", graph.graph(), x, y, bounds);
  const FrontdoorSearch search(graph.graph(), checked.x, checked.y);
  const Mask allowed = search.extended(checked.allowed);
  const auto set = search.maximal(checked.include, allowed);
  if (!set) return search.none(checked.include, allowed);
  return {search.minimal(checked.include, *set), {}, {}};
}

FrontdoorSets all_frontdoors(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                             const AllFrontdoorsOptions& options) {
  validate(options, "all_frontdoors");
  const CheckedBounds checked("all_frontdoors", graph.graph(), x, y, options.bounds);
  const FrontdoorSearch search(graph.graph(), checked.x, checked.y);
  const Mask allowed = search.extended(checked.allowed);
  FrontdoorSets result;
  result.status = detail::list_by_include_exclude(
      checked.include, allowed,
      [&search](const NodeSet& include, const Mask& within) { return search.maximal(include, within).has_value(); },
      detail::ListingLimits(options.max_results, options.run), result.sets);
  if (!result.sets.empty() || result.status != Status::Ok) return result;
  FrontdoorResult none = search.none(checked.include, allowed);
  result.witness = std::move(none.witness);
  result.reason = std::move(none.reason);
  return result;
}

}  // namespace causal
