#pragma once
// An order of the nodes from rows with random bits.

#include <Eigen/Core>
#include <vector>

#include "causal/bandits/structure/contrast_learner.hpp"

namespace causal::bandits {

/// Fills (i, j) with the p-value of "bit i does not move node j", 1 on the diagonal. Returns the number of bits that
/// have fewer than two rows with one of their values: their rows of the matrix are 1.
int contrast_p_values(const ContrastRows& rows, Eigen::MatrixXd& p);

/// (i, j) with i != j: how much more credible i -> j is than j -> i, not negative and 0 for one of both, from
/// regressions of each node on all others under each bit. Mechanisms with too few rows say nothing.
[[nodiscard]] Eigen::MatrixXd direction_credit(const ContrastRows& rows, const ContrastOptions& options);

/// An order with small weight against it: weight(i, j) speaks for i before j. The greedy rule of Eades, Lin and Smyth:
/// what nothing speaks against goes to its end, else the node with the largest weight for it less that against it goes
/// next; the lowest of equals. O(p^3).
[[nodiscard]] std::vector<int> feedback_arc_order(const Eigen::MatrixXd& weight);

}  // namespace causal::bandits
