#pragma once
// Small graphs by enumeration: the oracles that the fast graph algorithms are held against.

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "causal/graph/dag.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

inline std::vector<std::pair<NodeId, NodeId>> all_pairs(int n) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = a + 1; b < n; ++b) pairs.emplace_back(a, b);
  }
  return pairs;
}

/// Every graph on n nodes with none, ->, <- or (if `lines`) -- on each pair; directed cycles are left out.
inline std::vector<MixedGraph> all_acyclic_graphs(int n, bool lines) {
  const auto pairs = all_pairs(n);
  const int kinds = lines ? 4 : 3;
  std::size_t total = 1;
  for (std::size_t i = 0; i < pairs.size(); ++i) total *= static_cast<std::size_t>(kinds);
  std::vector<MixedGraph> graphs;
  for (std::size_t code = 0; code < total; ++code) {
    std::vector<Edge> edges;
    std::size_t rest = code;
    for (const auto& [a, b] : pairs) {
      const std::size_t kind = rest % static_cast<std::size_t>(kinds);
      rest /= static_cast<std::size_t>(kinds);
      if (kind == 1) edges.push_back(directed(a, b));
      if (kind == 2) edges.push_back(directed(b, a));
      if (kind == 3) edges.push_back(undirected(a, b));
    }
    MixedGraph graph(n, std::move(edges));
    if (!graph.directed_cycle()) graphs.push_back(std::move(graph));
  }
  return graphs;
}

/// The graph with every a <-> b written as a <- latent -> b; the latents come last.
inline MixedGraph with_latents(const MixedGraph& graph) {
  std::vector<Edge> edges;
  int n = graph.n();
  for (const Edge& edge : graph.edges()) {
    if (edge.is_directed()) {
      edges.push_back(edge);
      continue;
    }
    edges.push_back(directed(n, edge.from));
    edges.push_back(directed(n, edge.to));
    ++n;
  }
  return {n, std::move(edges)};
}

/// Unshielded colliders (a, b, c), a < c, a -> b <- c by definition.
inline std::set<std::tuple<NodeId, NodeId, NodeId>> colliders(const MixedGraph& graph) {
  std::set<std::tuple<NodeId, NodeId, NodeId>> found;
  for (NodeId b = 0; b < graph.n(); ++b) {
    for (const NodeId a : graph.parents(b)) {
      for (const NodeId c : graph.parents(b)) {
        if (a < c && !graph.adjacent(a, c)) found.emplace(a, b, c);
      }
    }
  }
  return found;
}

/// Skeleton and unshielded colliders: equal exactly for Markov equivalent DAGs (Verma and Pearl 1990).
inline auto class_key(const MixedGraph& dag) {
  std::set<std::pair<NodeId, NodeId>> skeleton;
  for (const Edge& edge : dag.edges()) skeleton.insert(std::minmax(edge.from, edge.to));
  return std::make_pair(skeleton, colliders(dag));
}

/// What the members of a set of DAGs with one skeleton agree on is directed; the rest is undirected.
inline MixedGraph common_marks(const std::vector<MixedGraph>& dags) {
  std::vector<Edge> edges;
  for (const Edge& edge : dags.front().edges()) {
    const bool agreed = std::all_of(
        dags.begin(), dags.end(), [&edge](const MixedGraph& dag) { return dag.has_directed_edge(edge.from, edge.to); });
    edges.push_back(agreed ? edge : undirected(edge.from, edge.to));
  }
  return {dags.front().names(), std::move(edges)};
}

/// All DAGs that keep the directed edges of `graph`, direct the others, and have exactly its unshielded colliders.
inline std::vector<MixedGraph> consistent_extensions(const MixedGraph& graph) {
  std::vector<Edge> fixed, free;
  for (const Edge& edge : graph.edges()) (edge.is_directed() ? fixed : free).push_back(edge);
  const auto wanted = colliders(graph);
  std::vector<MixedGraph> extensions;
  for (std::size_t code = 0; code < (std::size_t{1} << free.size()); ++code) {
    std::vector<Edge> edges = fixed;
    for (std::size_t i = 0; i < free.size(); ++i) {
      const bool forward = ((code >> i) & 1U) == 0;
      edges.push_back(forward ? directed(free[i].from, free[i].to) : directed(free[i].to, free[i].from));
    }
    MixedGraph dag(graph.names(), std::move(edges));
    if (!dag.directed_cycle() && colliders(dag) == wanted) extensions.push_back(std::move(dag));
  }
  return extensions;
}

/// A DAG on n nodes in a random order, each pair an edge with this probability.
inline Dag random_dag(int n, double density, RandomStream& stream) {
  const std::vector<int> order = stream.permutation(n);
  std::vector<Edge> edges;
  for (const auto& [i, j] : all_pairs(n)) {
    if (stream.uniform() < density) edges.push_back(directed(order[slot(i)], order[slot(j)]));
  }
  return Dag(MixedGraph(n, std::move(edges)));
}

/// The graph with node v renamed to_new[v].
inline MixedGraph relabelled(const MixedGraph& graph, const std::vector<int>& to_new) {
  std::vector<std::string> names(slot(graph.n()));
  for (NodeId v = 0; v < graph.n(); ++v) names[slot(to_new[slot(v)])] = graph.name(v);
  std::vector<Edge> edges = graph.edges();
  for (Edge& edge : edges) {
    edge.from = to_new[slot(edge.from)];
    edge.to = to_new[slot(edge.to)];
  }
  return {std::move(names), std::move(edges)};
}

}  // namespace causal::test
