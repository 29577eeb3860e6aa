#pragma once
// Sets of nodes as arguments, as masks and as text.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::detail {

/// Per node 1 when it is in the set.
using Mask = std::vector<std::uint8_t>;

[[nodiscard]] inline Mask mask_of(const MixedGraph& graph, const NodeSet& nodes) {
  Mask mask(slot(graph.n()), 0);
  for (const NodeId v : nodes) mask[slot(v)] = 1;
  return mask;
}

/// The union, ascending and without repeats, of sets that need be neither.
[[nodiscard]] inline NodeSet joined(std::initializer_list<const NodeSet*> sets) {
  NodeSet all;
  for (const NodeSet* set : sets) all.insert(all.end(), set->begin(), set->end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// The nodes of `set`, in its order, that `mask` marks (or does not, when `marked` is false).
[[nodiscard]] inline NodeSet filtered(const NodeSet& set, const Mask& mask, bool marked = true) {
  NodeSet kept;
  for (const NodeId v : set) {
    if ((mask[slot(v)] != 0) == marked) kept.push_back(v);
  }
  return kept;
}

/// "{A, B}".
[[nodiscard]] inline std::string set_text(const MixedGraph& graph, const NodeSet& set) {
  std::string text = "{";
  for (const NodeId v : set) text += (text.size() > 1 ? ", " : "") + graph.name(v);
  return text + "}";
}

/// A set as a function's argument.
struct NodeArgument {
  const char* name;
  const NodeSet& nodes;
};

/// Throws InvalidArgument for an unknown node and for a node that stands in two of the sets.
void check_disjoint(const char* function, const MixedGraph& graph, std::initializer_list<NodeArgument> arguments);
/// Throws InvalidArgument for an empty set.
void check_not_empty(const char* function, const NodeArgument& argument);

}  // namespace causal::detail
