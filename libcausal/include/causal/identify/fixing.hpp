#pragma once
// Identification by fixing: a second route to what ID finds, for verdicts on large graphs and as its oracle.

#include <optional>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/graph/district.hpp"
#include "causal/identify/expression.hpp"

namespace causal {

/// An order in which nodes can be fixed, or where the order got stuck.
struct FixingOrder {
  std::vector<NodeId> order;
  /// Empty when everything was fixed; else the nodes left: no node of `stuck` outside the district is fixable, and
  /// (stuck, district) is a hedge.
  NodeSet stuck = {};
};

/// May v be fixed in the subgraph of `within`: is v the only one of its descendants in its district? O(n^2 / 64).
[[nodiscard]] bool is_fixable(const AdmgRows& graph, NodeId v, const NodeBits& within);

/// Fixes every node of `within` outside `district`, which must be bidirected-connected inside `within`. The greedy
/// order never misses a possible one. O(n^3 / 64) at worst.
[[nodiscard]] FixingOrder fixing_order(const AdmgRows& graph, const NodeBits& district, const NodeBits& within);

/// The nodes of a district of which P(y | do(x)) is built, and how each is reached.
struct FixingResult {
  /// Ancestors of y that no action on x cuts off.
  NodeSet relevant;
  /// The districts of `relevant`.
  std::vector<NodeSet> districts;
  /// Per district; the run ends at the first that is stuck.
  std::vector<FixingOrder> orders;
  [[nodiscard]] bool identified() const { return orders.empty() || orders.back().stuck.empty(); }
};

/// Is P(y | do(x)) identified? Verdict and orders only, no formula. O(n^3 / 64) per district at worst.
/// Errors: as identify.
/// Source: Richardson, Evans, Robins and Shpitser, "Nested Markov properties for acyclic directed mixed graphs", Annals
/// of Statistics 51, 2023.
[[nodiscard]] FixingResult fixing_verdict(const Admg& admg, const NodeSet& y, const NodeSet& x);

/// The formula that the orders stand for: every fixing of v divides by the conditional of v given its
/// non-descendants. Larger than what ID writes; equal in value wherever nothing is divided by zero.
/// The result must be identified. Linear in the fixings.
[[nodiscard]] Expression fixing_expression(const Admg& admg, const NodeSet& y, const FixingResult& result,
                                           ExpressionPool& pool);

}  // namespace causal
