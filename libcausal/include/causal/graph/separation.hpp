#pragma once
// d-separation in DAGs, m-separation in ADMGs, and the search for separating sets.

#include <optional>
#include <string>

#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"
#include "causal/graph/reachability.hpp"

namespace causal {

/// A graph that m-separation is asked of. Refers to the Dag or Admg it is made of, which must outlive it; the
/// conversions are implicit, so that every function below takes either. On a DAG m-separation is d-separation.
class SeparationGraph {
 public:
  SeparationGraph(const Dag& dag) : graph_(dag.graph()) {}     // NOLINT(google-explicit-constructor)
  SeparationGraph(const Admg& admg) : graph_(admg.graph()) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] const MixedGraph& graph() const { return graph_; }

 private:
  const MixedGraph& graph_;
};

/// Whether x and y are separated and, when they are not, why.
struct SeparationResult {
  bool separated = false;
  /// A shortest walk from x to y on which every collider is in z and no other inner node is; empty when separated.
  Walk witness;
};

/// Is every node of `x` m-separated from every node of `y` given `z`? Stops at the first open walk. O(n + m).
/// Errors: InvalidArgument for an unknown node, empty `x` or `y`, or sets that overlap.
/// Source: the linear-time search of Shachter, "Bayes-Ball", UAI 1998, as a table of labelled steps.
[[nodiscard]] SeparationResult separated(SeparationGraph graph, const NodeSet& x, const NodeSet& y, const NodeSet& z);

/// The nodes outside `z` that are not m-separated from `x` given `z`, among them `x`. O(n + m).
/// Errors: InvalidArgument for an unknown node, empty `x`, or sets that overlap.
[[nodiscard]] NodeSet connected_set(SeparationGraph graph, const NodeSet& x, const NodeSet& z);

/// Bounds of a separating set Z: include <= Z <= allowed.
struct SeparatorBounds {
  NodeSet include = {};
  /// Nothing: every node but x and y. Nodes of x and y in it are passed over. Leave out what cannot be measured.
  std::optional<NodeSet> allowed = {};
};

/// A separating set, or why there is none. "No set" is never written as the empty set, which may well separate.
struct SeparatorResult {
  std::optional<NodeSet> set;
  Walk witness;        ///< Without a set: a walk from x to y that stays open given all allowed ancestors.
  std::string reason;  ///< Without a set: a sentence; else empty.
};

/// Some separating set within the bounds: the allowed ancestors of x, y and `include`; found whenever one exists.
/// O(n + m). Errors: as `separated`; InvalidArgument when `include` is not within `allowed` or meets x or y.
/// Source for the three: van der Zander and Liskiewicz, "Finding minimal d-separators in linear time and
/// applications", UAI 2019.
[[nodiscard]] SeparatorResult find_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                             const SeparatorBounds& bounds = {});
/// The separating set nearest to x: of find_separator's set and beside `include`, what x is connected to without
/// passing through the set. O(n + m). Errors: as find_separator.
[[nodiscard]] SeparatorResult nearest_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                                const SeparatorBounds& bounds = {});
/// A separating set of which no proper subset that holds `include` separates. O(n + m). Errors: as find_separator.
[[nodiscard]] SeparatorResult minimal_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                                const SeparatorBounds& bounds = {});

}  // namespace causal
