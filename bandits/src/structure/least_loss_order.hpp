#pragma once
// One order of the nodes where what speaks for orders of pairs may contradict itself.

#include <Eigen/Core>
#include <array>
#include <vector>

namespace causal::bandits {

/// An order with small weight against it: weight(i, j) speaks for i before j. The greedy rule of Eades, Lin and Smyth
/// (Information Processing Letters 47, 1993): what nothing speaks against goes to its end, else the node with the
/// largest weight for it less that against it goes next; the lowest of equals. O(n^3).
[[nodiscard]] std::vector<int> feedback_arc_order(const Eigen::MatrixXd& weight);

/// An order of the nodes that loses little: the sum of strength(i, j) >= 0 (n x n, of i -> j) over pairs with j before
/// i. The least possible for up to 12 nodes, by subsets; above that feedback_arc_order, improved by moving single
/// nodes. Nothing is lost when the edges have no cycle. O(2^n n^2), or O(n^3) and O(n^2) a pass.
[[nodiscard]] std::vector<int> least_loss_order(const Eigen::MatrixXd& strength);

/// Drops the edges that go backwards in the order and says how many, of both graphs together, there were.
int drop_backward_edges(const std::vector<int>& order, std::array<Eigen::MatrixXi, 2>& graphs);

}  // namespace causal::bandits
