#include "clique_tree.hpp"

#include <algorithm>

namespace causal::detail {

CliqueTree clique_tree(const EliminationOrder& order, std::size_t indices) {
  CliqueTree tree;
  tree.rank.assign(indices, -1);
  tree.home.assign(indices, -1);
  const int steps = static_cast<int>(order.order.size());
  for (int s = 0; s < steps; ++s) tree.rank[at(order.order[at(s)])] = s;
  // The bucket of step s is its index and the neighbours; its parent is the bucket of the neighbour eliminated next.
  std::vector<int> parent(at(steps), -1);
  std::vector<int> group(at(steps), -1);  // the step of the maximal bucket that contains this one
  std::vector<int> top(at(steps), -1);    // per maximal bucket the last step within it
  for (int s = 0; s < steps; ++s) {
    if (group[at(s)] < 0) group[at(s)] = s;
    top[at(group[at(s)])] = s;
    const auto& around = order.neighbours[at(s)];
    for (const VariableId v : around) {
      if (parent[at(s)] < 0 || tree.rank[at(v)] < parent[at(s)]) parent[at(s)] = tree.rank[at(v)];
    }
    const int p = parent[at(s)];
    // The neighbours form a clique, so the parent's bucket holds them all: it is no larger only if it is just them.
    if (p >= 0 && group[at(p)] < 0 && order.neighbours[at(p)].size() + 1 == around.size()) group[at(p)] = group[at(s)];
  }
  std::vector<int> maximal;
  for (int s = 0; s < steps; ++s) {
    if (group[at(s)] == s) maximal.push_back(s);
  }
  std::sort(maximal.begin(), maximal.end(), [&](int a, int b) { return top[at(a)] < top[at(b)]; });
  std::vector<int> number(at(steps), -1);
  for (std::size_t c = 0; c < maximal.size(); ++c) number[at(maximal[c])] = static_cast<int>(c);
  const auto by_rank = [&](VariableId a, VariableId b) { return tree.rank[at(a)] < tree.rank[at(b)]; };
  for (const int s : maximal) {
    JunctionTree::Clique clique;
    clique.scope = order.neighbours[at(s)];
    clique.scope.push_back(order.order[at(s)]);
    std::sort(clique.scope.begin(), clique.scope.end(), by_rank);
    clique.separator = order.neighbours[at(top[at(s)])];
    std::sort(clique.separator.begin(), clique.separator.end(), by_rank);
    const int p = parent[at(top[at(s)])];
    if (p >= 0) clique.parent = number[at(group[at(p)])];
    tree.cliques.push_back(std::move(clique));
  }
  for (int s = 0; s < steps; ++s) tree.home[at(order.order[at(s)])] = number[at(group[at(s)])];
  return tree;
}

}  // namespace causal::detail
