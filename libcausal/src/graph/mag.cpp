#include "causal/graph/mag.hpp"

#include <algorithm>

#include "causal/run/error.hpp"
#include "graph/invariants.hpp"
#include "graph/node_sets.hpp"

namespace causal {
namespace {

using detail::Mask;

// Open walks given z, in the presence of undirected edges.
struct OpenWalks {
  static constexpr int kTail = 0;   // the node was entered at a tail
  static constexpr int kArrow = 1;  // at an arrowhead
  static constexpr int kLabels = 2;
  static constexpr int kStart = kTail;
  static constexpr std::array kSteps{Step::Back, Step::Forward, Step::Both, Step::Line};
  static constexpr bool kLabelFollowsStep = true;
  const std::uint8_t* in_z;
  [[nodiscard]] int next(int label, Step step, NodeId v) const {
    const bool collider = label == kArrow && (step == Step::Back || step == Step::Both);
    if (collider != (in_z[slot(v)] != 0)) return -1;
    return step == Step::Forward || step == Step::Both ? kArrow : kTail;
  }
};

SeparationResult open_walk(const MixedGraph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  const Mask in_y = detail::mask_of(graph, y), in_z = detail::mask_of(graph, z);
  Reached reached = reach(graph, x, OpenWalks{in_z.data()}, [&in_y](NodeId v) { return in_y[slot(v)] != 0; });
  return {!reached.stopped, std::move(reached.walk)};
}

std::optional<std::string> why_not_ancestral(const MixedGraph& graph) {
  for (const Edge& edge : graph.edges()) {
    const std::string text = edge_text(edge, graph.names());
    if (edge.mark_from == Mark::Circle || edge.mark_to == Mark::Circle) return "the edge " + text + " has a circle";
    if (edge.is_bidirected() &&
        (graph.has_directed_edge(edge.from, edge.to) || graph.has_directed_edge(edge.to, edge.from))) {
      return "there is another edge beside " + text;
    }
    if (!edge.is_undirected()) continue;
    for (const NodeId v : {edge.from, edge.to}) {
      if (graph.parents(v).empty() && graph.siblings(v).empty()) continue;
      const NodeId w = graph.parents(v).empty() ? graph.siblings(v).front() : graph.parents(v).front();
      return "the undirected edge " + text + " meets the arrowhead of " + graph.name(w) + " at " + graph.name(v);
    }
  }
  if (const auto cycle = graph.directed_cycle()) return "directed cycle " + detail::cycle_text(*cycle, graph);
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (graph.siblings(v).empty()) continue;
    const NodeSet above = ancestors(graph, std::array{v});
    for (const NodeId w : graph.siblings(v)) {
      if (std::binary_search(above.begin(), above.end(), w)) {
        return "there is " + graph.name(v) + " <-> " + graph.name(w) + ", and a directed path from " + graph.name(w) +
               " to " + graph.name(v);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> why_not_maximal(const MixedGraph& graph) {
  for (NodeId a = 0; a < graph.n(); ++a) {
    for (NodeId b = a + 1; b < graph.n(); ++b) {
      if (graph.adjacent(a, b)) continue;
      NodeSet anterior = possible_ancestors(graph, std::array{a, b});
      std::erase_if(anterior, [a, b](NodeId v) { return v == a || v == b; });
      const SeparationResult result = open_walk(graph, {a}, {b}, anterior);
      if (result.separated) continue;
      return "not maximal: " + graph.name(a) + " and " + graph.name(b) +
             " have no edge, but no set separates them: the walk " + walk_text(result.witness, graph.names()) +
             " stays open";
    }
  }
  return std::nullopt;
}

// The MAG of the nodes outside both sets.
template <class Graph>
MixedGraph marginal(const char* function, const Graph& whole, const NodeSet& latents, const NodeSet& selection) {
  const MixedGraph& graph = whole.graph();
  detail::check_disjoint(function, graph, {{"latents", latents}, {"selection", selection}});
  const Mask hidden = detail::mask_of(graph, detail::joined({&latents, &selection}));
  std::vector<std::string> names;
  std::vector<NodeId> observed;
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (hidden[slot(v)] != 0) continue;
    observed.push_back(v);
    names.push_back(graph.name(v));
  }
  std::vector<Mask> above;  // per observed node its ancestors and those of the selection
  for (const NodeId v : observed) {
    NodeSet of = selection;
    of.push_back(v);
    above.push_back(detail::mask_of(graph, ancestors(graph, of)));
  }
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    for (std::size_t j = i + 1; j < observed.size(); ++j) {
      const NodeId u = observed[i], v = observed[j];
      NodeSet z = selection;
      for (const NodeId w : observed) {
        if (w != u && w != v && (above[i][slot(w)] != 0 || above[j][slot(w)] != 0)) z.push_back(w);
      }
      if (separated(whole, {u}, {v}, z).separated) continue;
      edges.push_back({static_cast<NodeId>(i), static_cast<NodeId>(j),
                       above[j][slot(u)] != 0 ? Mark::Tail : Mark::Arrow,
                       above[i][slot(v)] != 0 ? Mark::Tail : Mark::Arrow});
    }
  }
  return {std::move(names), std::move(edges)};
}

}  // namespace

std::optional<std::string> why_not_mag(const MixedGraph& graph) {
  if (auto reason = why_not_ancestral(graph)) return reason;
  return why_not_maximal(graph);
}

Mag::Mag(MixedGraph graph) : graph_(std::move(graph)) {
  if (const auto reason = why_not_mag(graph_)) throw GraphError("not a MAG: " + *reason);
}

Mag dag_to_mag(const Dag& dag, const NodeSet& latents, const NodeSet& selection) {
  Mag mag;  // ancestral and maximal by construction
  mag.graph_ = marginal("dag_to_mag", dag, latents, selection);
  return mag;
}

Mag admg_to_mag(const Admg& admg, const NodeSet& latents, const NodeSet& selection) {
  Mag mag;
  mag.graph_ = marginal("admg_to_mag", admg, latents, selection);
  return mag;
}

SeparationResult separated(const Mag& mag, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  detail::check_not_empty("separated", {"x", x});
  detail::check_not_empty("separated", {"y", y});
  detail::check_disjoint("separated", mag.graph(), {{"x", x}, {"y", y}, {"z", z}});
  return open_walk(mag.graph(), x, y, z);
}

}  // namespace causal
