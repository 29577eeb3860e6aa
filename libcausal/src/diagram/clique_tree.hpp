#pragma once
// The cliques of an elimination order, their tree, and where each one's cells lie in its parent.

#include <vector>

#include "causal/diagram/junction_tree.hpp"
#include "interaction_graph.hpp"

namespace causal::detail {

/// Cliques ascend from leaves to roots. A clique's scope is sorted by elimination, so its separator stands last: its
/// table is a matrix with one row per assignment of the rest and one column per assignment of the separator.
struct CliqueTree {
  std::vector<JunctionTree::Clique> cliques;
  std::vector<int> home;  ///< The clique in which an index is eliminated, or -1.
  std::vector<int> rank;  ///< Position of an index in the order, or -1.
};

[[nodiscard]] CliqueTree clique_tree(const EliminationOrder& order, std::size_t indices);

}  // namespace causal::detail
