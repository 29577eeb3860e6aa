#pragma once
// Families of random chordal graphs, for tests and benchmarks: undirected graphs on X1..Xn.

#include <algorithm>
#include <vector>

#include "causal/graph/mixed_graph.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// A tree in which every node but the first hangs on a uniformly drawn earlier one; neighbours by node.
inline std::vector<NodeSet> random_tree(int n, RandomStream& stream) {
  std::vector<NodeSet> neighbours(slot(n));
  for (NodeId v = 1; v < n; ++v) {
    const auto parent = static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(v)));
    neighbours[slot(v)].push_back(parent);
    neighbours[slot(parent)].push_back(v);
  }
  return neighbours;
}

/// The graph of nodes that share one of the sets: `sets[k]` becomes a clique.
inline MixedGraph union_of_cliques(int n, const std::vector<NodeSet>& sets) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (const NodeSet& set : sets) {
    for (std::size_t i = 0; i < set.size(); ++i) {
      for (std::size_t j = i + 1; j < set.size(); ++j) pairs.push_back(std::minmax(set[i], set[j]));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<Edge> edges;
  for (const auto& [a, b] : pairs) edges.push_back(undirected(a, b));
  return {n, std::move(edges)};
}

/// Subtree intersection: n subtrees of a random tree of n nodes, of 1..2k-1 nodes each, adjacent when they meet.
/// Seker, Heggernes, Ekim and Taskin, "Linear-time generation of random chordal graphs", CIAC 2017.
inline MixedGraph subtree_intersection_graph(int n, int k, RandomStream& stream) {
  const auto tree = random_tree(n, stream);
  std::vector<NodeSet> at_node(slot(n));  // the subtrees that hold a node of the tree
  for (NodeId subtree = 0; subtree < n; ++subtree) {
    const std::uint64_t size = 1 + stream.below(static_cast<std::uint64_t>(2 * k - 1));
    std::vector<bool> inside(slot(n), false);
    NodeSet frontier{static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(n)))};
    inside[slot(frontier[0])] = true;
    for (std::uint64_t grown = 0; grown < size && !frontier.empty(); ++grown) {
      std::swap(frontier[stream.below(frontier.size())], frontier.back());
      const NodeId v = frontier.back();
      frontier.pop_back();
      at_node[slot(v)].push_back(subtree);
      for (const NodeId w : tree[slot(v)]) {
        if (!inside[slot(w)]) frontier.push_back(w);
        inside[slot(w)] = true;
      }
    }
  }
  return union_of_cliques(n, at_node);
}

/// Random perfect elimination order: every node picks k later ones, and then, from the first node to the last, what a
/// node is joined to among the later ones becomes a clique.
inline MixedGraph random_elimination_graph(int n, int k, RandomStream& stream) {
  std::vector<std::vector<bool>> joined(slot(n), std::vector<bool>(slot(n), false));
  std::vector<Edge> edges;
  for (NodeId v = 0; v + 1 < n; ++v) {
    const auto later = static_cast<std::uint64_t>(n - 1 - v);
    for (int pick = 0; pick < k; ++pick) joined[slot(v)][slot(v) + 1 + stream.below(later)] = true;
    NodeSet set;
    for (NodeId w = v + 1; w < n; ++w) {
      if (joined[slot(v)][slot(w)]) set.push_back(w);
    }
    for (const NodeId a : set) {
      edges.push_back(undirected(v, a));
      for (const NodeId b : set) {
        if (a < b) joined[slot(a)][slot(b)] = true;
      }
    }
  }
  return {n, std::move(edges)};
}

/// Intervals between the places of a random pairing of 1..2n, adjacent when they meet: two of three pairs do.
inline MixedGraph interval_graph(int n, RandomStream& stream) {
  const std::vector<int> ends = stream.permutation(2 * n);
  std::vector<Edge> edges;
  const auto interval = [&ends](NodeId v) { return std::minmax(ends[2 * slot(v)], ends[2 * slot(v) + 1]); };
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = a + 1; b < n; ++b) {
      const auto [low_a, high_a] = interval(a);
      const auto [low_b, high_b] = interval(b);
      if (std::max(low_a, low_b) < std::min(high_a, high_b)) edges.push_back(undirected(a, b));
    }
  }
  return {n, std::move(edges)};
}

/// A thickened tree: nodes of a random tree at distance 2 r or less are joined, so that each ball of radius r is a
/// clique.
inline MixedGraph thickened_tree(int n, int r, RandomStream& stream) {
  const auto tree = random_tree(n, stream);
  std::vector<NodeSet> balls;
  for (NodeId centre = 0; centre < n; ++centre) {
    NodeSet ball{centre};
    std::vector<int> distance(slot(n), -1);
    distance[slot(centre)] = 0;
    for (std::size_t next = 0; next < ball.size(); ++next) {
      if (distance[slot(ball[next])] == r) continue;
      for (const NodeId w : tree[slot(ball[next])]) {
        if (distance[slot(w)] >= 0) continue;
        distance[slot(w)] = distance[slot(ball[next])] + 1;
        ball.push_back(w);
      }
    }
    balls.push_back(std::move(ball));
  }
  return union_of_cliques(n, balls);
}

}  // namespace causal::test
