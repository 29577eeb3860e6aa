#pragma once
// How hard single interventions are to learn about by watching.

#include <span>

namespace causal::bandits {

/// The smallest m >= 2 with at most m assignments of observed probability below 1/m. `probabilities` holds P(X_i = j)
/// for every arm do(X_i = j), in any order: with binary variables two entries each. Arms at or above 1/m are learned
/// about while nothing is done; only the others, at most m, must be played, which gives a simple regret of order
/// sqrt(m / T) instead of sqrt(arms / T). Valid for variables without common causes (the parallel graph). O(k^2) for k
/// entries. Errors: InvalidArgument for a probability outside [0, 1].
/// Source: Lattimore, Lattimore and Reid, "Causal bandits: learning good interventions via causal inference", NeurIPS
/// 2016.
[[nodiscard]] int infrequency(std::span<const double> probabilities);

}  // namespace causal::bandits
