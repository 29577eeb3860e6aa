#pragma once
// The evidences of all parent sets of one mechanism.

#include <cstdint>
#include <span>
#include <vector>

#include "causal/bandits/structure/order_posterior.hpp"
#include "scaled_real.hpp"

namespace causal::bandits {

/// What is known of each candidate parent: ln of the factor for being a parent, and whether it must or must not be.
struct CandidatePrior {
  double log_odds = 0;
  EdgePrior edge = EdgePrior::Open;
};

/// Fills out[mask] with the evidence of the parents whose bit is set in mask, times their prior factors, for all masks
/// over the n - 1 candidates (all nodes but `node`, ascending).
///
/// Candidates are taken in or left out one after another; taking one in eliminates it from what is left of the Gram
/// matrix, so the sets of a common beginning share its work and a set costs a handful of operations on average.
void parent_set_evidences(const ColumnStatistics& statistics, int node, const OrderPosteriorOptions& options,
                          std::span<const CandidatePrior> priors, std::span<ScaledReal> out);

/// out[mask] becomes the sum over all subsets of mask.
void sum_over_subsets(std::span<ScaledReal> values);
/// out[mask] becomes the sum over all supersets of mask.
void sum_over_supersets(std::span<ScaledReal> values);

}  // namespace causal::bandits
