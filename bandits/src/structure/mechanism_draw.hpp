#pragma once
// Draws of the weights and the noise of one mechanism with given parents.

#include <Eigen/Core>
#include <span>

#include "causal/bandits/structure/order_posterior.hpp"

namespace causal::bandits {

/// Draws the weights of `parents` from their posterior, writes them into the entries of `weights` (n, the rest is left
/// alone) and returns the noise variance drawn with them, or the known one. O(k^3) for k parents.
double draw_mechanism(const ColumnStatistics& statistics, std::span<const int> parents,
                      const OrderPosteriorOptions& options, RandomStream& stream, Eigen::Ref<Eigen::VectorXd> weights);

}  // namespace causal::bandits
