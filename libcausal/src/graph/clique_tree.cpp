#include "graph/clique_tree.hpp"

#include <algorithm>

namespace causal::detail {

std::vector<CliqueTree> clique_forest(const MixedGraph& graph, std::span<const NodeId> elimination_order) {
  std::vector<CliqueTree> forest;
  std::vector<int> place(slot(graph.n()), -1);      // in the search order, once visited
  std::vector<int> clique_of(slot(graph.n()), -1);  // the clique that a node was visited into
  int visited = 0;
  std::size_t previous_earlier = 0;
  for (auto at = elimination_order.rbegin(); at != elimination_order.rend(); ++at, ++visited) {
    const NodeId v = *at;
    const auto neighbours = graph.undirected_neighbours(v);
    if (neighbours.empty()) continue;
    NodeSet earlier;
    NodeId last = -1;
    for (const NodeId w : neighbours) {
      if (place[slot(w)] < 0) continue;
      earlier.push_back(w);
      if (last < 0 || place[slot(w)] > place[slot(last)]) last = w;
    }
    place[slot(v)] = visited;
    const std::size_t count = earlier.size();
    if (count == 0) {
      forest.push_back({{{}}, {-1}, {{}}});
    } else if (count <= previous_earlier) {
      CliqueTree& tree = forest.back();
      tree.cliques.push_back(earlier);
      tree.parents.push_back(clique_of[slot(last)]);
      tree.separators.push_back(std::move(earlier));
    }
    previous_earlier = count;
    CliqueTree& tree = forest.back();
    tree.cliques.back().push_back(v);
    clique_of[slot(v)] = static_cast<int>(tree.cliques.size()) - 1;
  }
  for (CliqueTree& tree : forest) {
    for (NodeSet& clique : tree.cliques) std::sort(clique.begin(), clique.end());
  }
  return forest;
}

}  // namespace causal::detail
