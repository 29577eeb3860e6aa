#pragma once
// Ancestral graphs by definition and by enumeration: the oracles of MAGs and PAGs.

#include <algorithm>
#include <map>
#include <vector>

#include "support/brute_graphs.hpp"

namespace causal::test {

/// m-connection given z (a bit per node) by trying every path: each collider has a descendant in z, no other inner
/// node is in z.
class OpenPaths {
 public:
  explicit OpenPaths(const MixedGraph& graph) : graph_(graph), below_(slot(graph.n())) {
    for (NodeId v = 0; v < graph.n(); ++v) collect(v, below_[slot(v)]);
  }

  [[nodiscard]] bool connect(NodeId x, NodeId y, unsigned z) const { return extend(x, y, z, 1U << x, x, Mark::Tail); }
  /// Bits of v and its descendants.
  [[nodiscard]] unsigned below(NodeId v) const { return below_[slot(v)]; }

 private:
  void collect(NodeId v, unsigned& bits) const {
    if ((bits >> v & 1U) != 0) return;
    bits |= 1U << v;
    for (const NodeId w : graph_.children(v)) collect(w, bits);
  }

  // The path has come to v with `entered` at v; `start` has no mark to weigh.
  [[nodiscard]] bool extend(NodeId v, NodeId y, unsigned z, unsigned on_path, NodeId start, Mark entered) const {
    for (const Mark at_v : {Mark::Tail, Mark::Arrow}) {
      if (v != start) {
        const bool collider = entered == Mark::Arrow && at_v == Mark::Arrow;
        if (collider ? (below_[slot(v)] & z) == 0 : (z >> v & 1U) != 0) continue;
      }
      for (const Mark at_w : {Mark::Tail, Mark::Arrow}) {
        for (const NodeId w : graph_.neighbours(v, at_v, at_w)) {
          if ((on_path >> w & 1U) != 0) continue;
          if (w == y || extend(w, y, z, on_path | 1U << w, start, at_w)) return true;
        }
      }
    }
    return false;
  }

  const MixedGraph& graph_;
  std::vector<unsigned> below_;
};

/// For every pair and every set of other nodes (ascending as bits), whether the set connects the pair.
inline std::vector<bool> separation_model(const MixedGraph& graph) {
  const OpenPaths paths(graph);
  std::vector<bool> model;
  for (const auto& [a, b] : all_pairs(graph.n())) {
    for (unsigned z = 0; z < 1U << graph.n(); ++z) {
      if ((z >> a & 1U) == 0 && (z >> b & 1U) == 0) model.push_back(paths.connect(a, b, z));
    }
  }
  return model;
}

/// Ancestral by definition: no directed cycle, no a <-> b with a directed path between them, no arrowhead at a node
/// with an undirected edge.
inline bool is_ancestral(const MixedGraph& graph) {
  if (graph.directed_cycle()) return false;
  const OpenPaths paths(graph);
  for (const Edge& edge : graph.edges()) {
    if (edge.is_bidirected() &&
        ((paths.below(edge.from) >> edge.to & 1U) != 0 || (paths.below(edge.to) >> edge.from & 1U) != 0)) {
      return false;
    }
    for (const NodeId v : {edge.from, edge.to}) {
      if (edge.is_undirected() && (!graph.parents(v).empty() || !graph.siblings(v).empty())) return false;
    }
  }
  return true;
}

/// Maximal by definition: some set separates each pair without an edge.
inline bool is_maximal(const MixedGraph& graph) {
  const OpenPaths paths(graph);
  for (const auto& [a, b] : all_pairs(graph.n())) {
    if (graph.adjacent(a, b)) continue;
    bool separated = false;
    for (unsigned z = 0; z < 1U << graph.n() && !separated; ++z) {
      if ((z >> a & 1U) == 0 && (z >> b & 1U) == 0) separated = !paths.connect(a, b, z);
    }
    if (!separated) return false;
  }
  return true;
}

/// Calls visit(graph) for every way to put one of `kinds` (marks at both ends) on the pairs.
template <class Visit>
void each_marking(int n, const std::vector<std::pair<NodeId, NodeId>>& pairs,
                  const std::vector<std::pair<Mark, Mark>>& kinds, bool may_be_absent, const Visit& visit) {
  const std::size_t choices = kinds.size() + (may_be_absent ? 1 : 0);
  std::size_t total = 1;
  for (std::size_t i = 0; i < pairs.size(); ++i) total *= choices;
  for (std::size_t code = 0; code < total; ++code) {
    std::vector<Edge> edges;
    std::size_t rest = code;
    for (const auto& [a, b] : pairs) {
      const std::size_t kind = rest % choices;
      rest /= choices;
      if (kind < kinds.size()) edges.push_back({a, b, kinds[kind].first, kinds[kind].second});
    }
    visit(MixedGraph(n, std::move(edges)));
  }
}

inline const std::vector<std::pair<Mark, Mark>>& ancestral_kinds() {
  static const std::vector<std::pair<Mark, Mark>> kinds{
      {Mark::Tail, Mark::Arrow}, {Mark::Arrow, Mark::Tail}, {Mark::Arrow, Mark::Arrow}, {Mark::Tail, Mark::Tail}};
  return kinds;
}

/// All MAGs on n nodes by definition.
inline std::vector<MixedGraph> all_mags(int n) {
  std::vector<MixedGraph> mags;
  each_marking(n, all_pairs(n), ancestral_kinds(), true, [&mags](MixedGraph graph) {
    if (is_ancestral(graph) && is_maximal(graph)) mags.push_back(std::move(graph));
  });
  return mags;
}

/// The marks that graphs with one skeleton share; circles elsewhere.
inline MixedGraph shared_marks(const std::vector<MixedGraph>& graphs) {
  std::vector<Edge> edges;
  for (const Edge& edge : graphs.front().edges()) {
    Edge shared = edge;
    for (const MixedGraph& graph : graphs) {
      const auto marks = graph.marks(edge.from, edge.to);
      if (marks->first != edge.mark_from) shared.mark_from = Mark::Circle;
      if (marks->second != edge.mark_to) shared.mark_to = Mark::Circle;
    }
    edges.push_back(shared);
  }
  return {graphs.front().names(), std::move(edges)};
}

}  // namespace causal::test
