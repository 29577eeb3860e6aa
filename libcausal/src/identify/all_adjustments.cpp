// All adjustment sets, and all minimal ones.
//
// Minimal ones are the minimal vertex separators of x and y in the moral graph of the ancestors of x, y and `include`
// in the proper back-door graph, `include` taken out. Takata's search keeps a set of nodes that shall lie on the side
// of x and a set that shall not. A separator S is determined by the nodes on the side of x; the one nearest to the side
// required is found by two searches, and every other one takes in some node of it.

#include "identify/adjustment_search.hpp"
#include "identify/include_exclude.hpp"

namespace causal {
namespace {

using detail::AdjustmentSearch;
using detail::joined;
using detail::ListingLimits;
using detail::Mask;
using detail::mask_of;

class MinimalSeparators {
 public:
  MinimalSeparators(const AdjustmentSearch& search, ListingLimits limits, std::vector<NodeSet>& sets)
      : query_(search),
        search_(search.within_bounds()),
        graph_(search.graph().member()),
        removable_(mask_of(graph_, search_.allowed_ancestors())),
        limits_(limits),
        sets_(sets) {
    for (const NodeId v : query_.include()) removable_[slot(v)] = 0;
  }

  Status list() {
    const auto first = nearest({});
    if (!first) return Status::Ok;
    // A state: what shall lie on the side of x, what shall not, and the separator nearest to that side.
    struct State {
      NodeSet side;
      NodeSet barred;
      Separator nearest;
    };
    std::vector<State> states;
    states.push_back({{}, {}, *first});
    while (!states.empty()) {
      if (const Status status = limits_.status(); status != Status::Ok) return status;
      State state = std::move(states.back());
      states.pop_back();
      const auto next = std::find_if(state.nearest.nodes.begin(), state.nearest.nodes.end(), [&](NodeId v) {
        return !std::binary_search(state.barred.begin(), state.barred.end(), v);
      });
      if (next == state.nearest.nodes.end()) {
        NodeSet set = joined({&state.nearest.nodes, &query_.include()});
        if (!limits_.admits(sets_, set.size())) return Status::BudgetExceeded;
        sets_.push_back(std::move(set));
        continue;
      }
      const NodeSet moved{*next};
      NodeSet wider = joined({&state.nearest.side, &moved});
      auto beyond = nearest(wider);
      if (beyond && !meets(beyond->side, state.barred)) {
        states.push_back({std::move(wider), state.barred, std::move(*beyond)});
      }
      state.barred = joined({&state.barred, &moved});
      states.push_back(std::move(state));
    }
    return Status::Ok;
  }

 private:
  struct Separator {
    NodeSet nodes;
    NodeSet side;  // removable nodes on the side of x
  };

  // The minimal separator nearest to x and `side`, nothing when none has `side` on the side of x.
  [[nodiscard]] std::optional<Separator> nearest(const NodeSet& side) const {
    Mask blocked = removable_;
    for (const NodeId v : side) blocked[slot(v)] = 0;
    const auto around = search_.moral_reach(joined({&query_.x(), &side}), query_.y(), with_include(blocked));
    if (!around) return std::nullopt;
    const auto from_y = search_.moral_reach(query_.y(), query_.x(), with_include(both(*around, blocked)));
    if (!from_y) return std::nullopt;
    const Mask separator = both(both(*around, blocked), *from_y);
    const auto near = search_.moral_reach(query_.x(), query_.y(), with_include(separator));
    CAUSAL_ASSERT(near.has_value());
    Separator found;
    for (NodeId v = 0; v < graph_.n(); ++v) {
      if (separator[slot(v)] != 0) {
        found.nodes.push_back(v);
      } else if (removable_[slot(v)] != 0 && (*near)[slot(v)] != 0) {
        found.side.push_back(v);
      }
    }
    return found;
  }

  [[nodiscard]] Mask with_include(Mask mask) const {
    for (const NodeId v : query_.include()) mask[slot(v)] = 1;
    return mask;
  }
  [[nodiscard]] static Mask both(const Mask& a, const Mask& b) {
    Mask mask(a.size(), 0);
    for (std::size_t v = 0; v < a.size(); ++v) mask[v] = a[v] != 0 && b[v] != 0 ? 1 : 0;
    return mask;
  }
  [[nodiscard]] static bool meets(const NodeSet& a, const NodeSet& b) {
    return std::any_of(a.begin(), a.end(), [&b](NodeId v) { return std::binary_search(b.begin(), b.end(), v); });
  }

  const AdjustmentSearch& query_;
  AdjustmentSearch::Search search_;
  const MixedGraph& graph_;
  Mask removable_;
  ListingLimits limits_;
  std::vector<NodeSet>& sets_;
};

}  // namespace

AdjustmentSets all_adjustments(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                               const AllAdjustmentsOptions& options) {
  validate(options, "all_adjustments");
  const AdjustmentSearch search("all_adjustments", graph, x, y, options.bounds);
  AdjustmentSets result;
  result.unaffected = search.region().unaffected;
  auto refusal = search.hopeless();
  if (!refusal) {
    const ListingLimits limits(options.max_results, options.run);
    if (options.minimal) {
      result.status = MinimalSeparators(search, limits, result.sets).list();
    } else {
      const auto exists = [&search](const NodeSet& include, const Mask& allowed) {
        const auto candidate = search.within(include, allowed);
        return candidate.open_walk(candidate.allowed_ancestors()).separated;
      };
      result.status = detail::list_by_include_exclude(search.include(), search.allowed(), exists, limits, result.sets);
    }
    if (!result.sets.empty() || result.status != Status::Ok) return result;
    refusal = search.none(search.within_bounds().allowed_ancestors());
  }
  result.witness = std::move(refusal->witness);
  result.reason = std::move(refusal->reason);
  return result;
}

}  // namespace causal
