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

/// A set of candidates and ln of its evidence times its prior factors.
struct WeighedSet {
  double log_evidence = 0;
  std::uint32_t mask = 0;
};

/// The same for some nodes as candidates, at most 31, and only for the sets of at most options.max_parents that are not
/// ruled out.
void parent_set_evidences(const ColumnStatistics& statistics, std::span<const int> candidates,
                          const OrderPosteriorOptions& options, std::span<const CandidatePrior> priors,
                          std::vector<WeighedSet>& out);

/// At most `limit` candidates for the parents of `node`, ascending; edges[i] is what is known of i -> node, at most
/// `limit` of them Known.
///
/// All that are not forbidden when they are few enough. Else the known ones; the best of all sets of up to three (of
/// two or one where there would be more than 5000 sets); up to two thirds of the places what a forward search adds to
/// these, each time the node that raises the evidence most; and for the rest the nodes of the best small sets.
///
/// A parent has a weight of its own given any other nodes, so with many rows the forward search finds it while there
/// are places for the node's parents, its children and their other parents. With few rows it follows the first proxies
/// it meets; the small sets are what keeps the true parents in then. O(sets n^2 + limit n^2).
[[nodiscard]] std::vector<int> credible_candidates(const ColumnStatistics& statistics, int node,
                                                   const OrderPosteriorOptions& options,
                                                   std::span<const EdgePrior> edges, int limit);

/// out[mask] becomes the sum over all subsets of mask.
void sum_over_subsets(std::span<ScaledReal> values);
/// out[mask] becomes the sum over all supersets of mask.
void sum_over_supersets(std::span<ScaledReal> values);

}  // namespace causal::bandits
