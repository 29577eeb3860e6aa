#pragma once
// Gamma variates.

#include "causal/run/random.hpp"

namespace causal::bandits {

/// A gamma variate of the shape (at least 1) and scale 1. Source: Marsaglia and Tsang, "A simple method for generating
/// gamma variables", ACM Trans. Math. Softw. 26, 2000.
[[nodiscard]] double random_gamma(double shape, RandomStream& stream);

}  // namespace causal::bandits
