#pragma once
// What the adjustment criterion and the search for adjustment sets share.

#include "causal/graph/adjustment_criterion.hpp"
#include "graph/separator_search.hpp"

namespace causal::detail {

/// causal_region of sets already checked, ascending and without repeats.
[[nodiscard]] CausalRegion region_of(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y);
/// Nodes that in some graph of the class are ancestors of `of`, which is included.
[[nodiscard]] NodeSet possible_ancestors_of(const AdjustmentGraph& graph, const NodeSet& of);
/// A walk found in a member of the class, with the marks that its edges have in `graph`.
[[nodiscard]] Walk walk_in(const MixedGraph& graph, Walk walk);
/// The sentence for a walk that makes a query not amenable.
[[nodiscard]] std::string not_amenable_reason(const AdjustmentGraph& graph, const Walk& walk);

}  // namespace causal::detail
