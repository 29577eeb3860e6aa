#pragma once
// One order of the nodes for graphs that were learned apart and may contradict each other.

#include <Eigen/Core>
#include <array>
#include <vector>

namespace causal::bandits {

/// An order of the nodes that loses little: the sum of strength(i, j) >= 0 (n x n, of i -> j) over pairs with j before
/// i. The least possible for up to 12 nodes, by subsets; above that a greedy order (sinks to the back, sources to the
/// front, else the node of the largest difference between strength out and in to the front; Eades, Lin and Smyth 1993)
/// improved by moving single nodes. Nothing is lost when the edges have no cycle. O(2^n n) or O(n^2) a pass.
[[nodiscard]] std::vector<int> least_loss_order(const Eigen::MatrixXd& strength);

/// Drops the edges that go backwards in the order and says how many, of both graphs together, there were.
int drop_backward_edges(const std::vector<int>& order, std::array<Eigen::MatrixXi, 2>& graphs);

}  // namespace causal::bandits
