#pragma once
// Orders at which chains begin.

#include <span>
#include <vector>

#include "causal/bandits/structure/order_posterior.hpp"
#include "parent_set_table.hpp"

namespace causal::bandits {

/// A random order in which known parents come first: of the nodes that may come next the one that is first in a uniform
/// permutation. priors (n x n): node by node what is known of the edges into it. Empty when known edges form a cycle.
[[nodiscard]] std::vector<int> random_start(std::span<const EdgePrior> priors, int n, RandomStream& stream);

/// The order built from the front by the node, of those that may come next, that loses least when only the nodes before
/// it may be its parents. Two tables a node. O(n^2) sums.
[[nodiscard]] std::vector<int> greedy_start(std::span<const EdgePrior> priors, int n,
                                            std::span<const ParentSetTable> tables);

}  // namespace causal::bandits
