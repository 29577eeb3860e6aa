#pragma once
// What rows with random bits say of the order of the nodes.

#include <Eigen/Core>

#include "causal/bandits/structure/contrast_learner.hpp"

namespace causal::bandits {

/// Fills (i, j) with the p-value of "bit i does not move node j", 1 on the diagonal. Returns the number of bits that
/// have fewer than two rows with one of their values: their rows of the matrix are 1.
int contrast_p_values(const ContrastRows& rows, Eigen::MatrixXd& p);

/// (i, j) with i != j: how much more credible i -> j is than j -> i, not negative and 0 for one of both, from
/// regressions of each node on all others under each bit. Mechanisms with too few rows say nothing.
[[nodiscard]] Eigen::MatrixXd direction_credit(const ContrastRows& rows, const ContrastOptions& options);

}  // namespace causal::bandits
