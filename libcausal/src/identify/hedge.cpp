#include "causal/identify/hedge.hpp"

#include <algorithm>

#include "causal/graph/reachability.hpp"
#include "causal/run/error.hpp"

namespace causal {
namespace {

using Mask = std::vector<std::uint8_t>;
using Pairs = std::vector<std::pair<NodeId, NodeId>>;

Mask mask_of(const MixedGraph& graph, const char* argument, const NodeSet& nodes) {
  Mask mask(slot(graph.n()), 0);
  for (const NodeId v : nodes) {
    if (v < 0 || v >= graph.n()) {
      throw InvalidArgument("is_hedge", argument, std::to_string(v), "hold nodes of the graph");
    }
    mask[slot(v)] = 1;
  }
  return mask;
}

// Bidirected edges that join every node of `wanted` to `joined`, growing; false when some cannot be joined.
bool span_by_siblings(const MixedGraph& graph, const NodeSet& wanted, NodeSet frontier, Mask& joined, Pairs& tree) {
  const Mask inside = mask_of(graph, "hedge", wanted);
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId w : graph.siblings(v)) {
      if (inside[slot(w)] == 0 || joined[slot(w)] != 0) continue;
      joined[slot(w)] = 1;
      tree.emplace_back(std::min(v, w), std::max(v, w));
      frontier.push_back(w);
    }
  }
  std::sort(tree.begin(), tree.end());
  return std::all_of(wanted.begin(), wanted.end(), [&](NodeId v) { return joined[slot(v)] != 0; });
}

// A child for every node of `wanted` that leads, inside `wanted`, to a node that has one or is a root already.
bool grow_forest(const MixedGraph& graph, const NodeSet& wanted, Mask& planted, Pairs& child) {
  const Mask inside = mask_of(graph, "hedge", wanted);
  NodeSet frontier;
  for (const NodeId v : wanted) {
    if (planted[slot(v)] != 0) frontier.push_back(v);
  }
  for (std::size_t i = 0; i < frontier.size(); ++i) {
    for (const NodeId p : graph.parents(frontier[i])) {
      if (inside[slot(p)] == 0 || planted[slot(p)] != 0) continue;
      planted[slot(p)] = 1;
      child.emplace_back(p, frontier[i]);
      frontier.push_back(p);
    }
  }
  return frontier.size() == wanted.size();
}

NodeSet childless(const MixedGraph& graph, const NodeSet& nodes) {
  const Mask inside = mask_of(graph, "hedge", nodes);
  NodeSet roots;
  for (const NodeId v : nodes) {
    const auto children = graph.children(v);
    if (std::none_of(children.begin(), children.end(), [&](NodeId c) { return inside[slot(c)] != 0; })) {
      roots.push_back(v);
    }
  }
  return roots;
}

// Ancestors of y when nothing acts on x.
Mask ancestors_without(const MixedGraph& graph, const NodeSet& y, const Mask& x) {
  Mask above(slot(graph.n()), 0);
  NodeSet open = y;
  for (const NodeId v : y) above[slot(v)] = 1;
  while (!open.empty()) {
    const NodeId v = open.back();
    open.pop_back();
    if (x[slot(v)] != 0) continue;
    for (const NodeId p : graph.parents(v)) {
      if (above[slot(p)] != 0) continue;
      above[slot(p)] = 1;
      open.push_back(p);
    }
  }
  return above;
}

}  // namespace

std::optional<HedgeCertificate> hedge_certificate(const Admg& admg, const NodeSet& x, const NodeSet& y,
                                                  const Hedge& hedge) {
  const MixedGraph& graph = admg.graph();
  const Mask in_x = mask_of(graph, "x", x), in_outer = mask_of(graph, "hedge", hedge.outer);
  static_cast<void>(mask_of(graph, "y", y));
  static_cast<void>(mask_of(graph, "hedge", hedge.inner));
  const auto meets_x = [&](NodeId v) { return in_x[slot(v)] != 0; };
  const auto in_f = [&](NodeId v) { return in_outer[slot(v)] != 0; };
  if (hedge.inner.empty() || !std::all_of(hedge.inner.begin(), hedge.inner.end(), in_f) ||
      std::none_of(hedge.outer.begin(), hedge.outer.end(), meets_x) ||
      std::any_of(hedge.inner.begin(), hedge.inner.end(), meets_x)) {
    return std::nullopt;
  }

  HedgeCertificate found;
  Mask joined(slot(graph.n()), 0);
  joined[slot(hedge.inner.front())] = 1;
  if (!span_by_siblings(graph, hedge.inner, {hedge.inner.front()}, joined, found.inner_tree) ||
      !span_by_siblings(graph, hedge.outer, hedge.inner, joined, found.outer_edges)) {
    return std::nullopt;
  }

  // A forest may leave edges out, so the roots of the inner one can be kept as roots of both.
  found.roots = childless(graph, hedge.inner);
  const Mask above = ancestors_without(graph, y, in_x);
  if (!std::all_of(found.roots.begin(), found.roots.end(), [&](NodeId v) { return above[slot(v)] != 0; })) {
    return std::nullopt;
  }
  Mask planted(slot(graph.n()), 0);
  for (const NodeId v : found.roots) planted[slot(v)] = 1;
  if (!grow_forest(graph, hedge.inner, planted, found.child) ||
      !grow_forest(graph, hedge.outer, planted, found.child)) {
    return std::nullopt;
  }
  std::sort(found.child.begin(), found.child.end());
  return found;
}

}  // namespace causal
