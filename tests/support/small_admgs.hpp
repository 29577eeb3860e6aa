#pragma once
// Every ADMG on few nodes, and random ones.

#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// Calls visit(admg) for each of the 4^(n(n-1)/2) ADMGs on n nodes with the topological order 0 < 1 < ...
template <class Visit>
void for_each_admg(int n, Visit&& visit) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = a + 1; b < n; ++b) pairs.emplace_back(a, b);
  }
  for (unsigned code = 0; code < 1U << (2 * pairs.size()); ++code) {
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto [a, b] = pairs[i];
      if ((code >> (2 * i) & 1) != 0) edges.push_back(directed(a, b));
      if ((code >> (2 * i + 1) & 1) != 0) edges.push_back(bidirected(a, b));
    }
    visit(Admg(MixedGraph(n, std::move(edges))));
  }
}

/// Every pair has a directed edge, along a random order, with probability `directed_share`, and independently a
/// bidirected one with probability `bidirected_share`.
inline Admg random_admg(RandomStream& random, int n, double directed_share, double bidirected_share) {
  const std::vector<int> order = random.permutation(n);
  std::vector<Edge> edges;
  for (int i = 0; i < n; ++i) {
    for (int j = i + 1; j < n; ++j) {
      const NodeId a = order[static_cast<std::size_t>(i)], b = order[static_cast<std::size_t>(j)];
      if (random.uniform() < directed_share) edges.push_back(directed(a, b));
      if (random.uniform() < bidirected_share) edges.push_back(bidirected(a, b));
    }
  }
  return Admg(MixedGraph(n, std::move(edges)));
}

}  // namespace causal::test
