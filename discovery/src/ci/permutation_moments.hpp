#pragma once
// Mean and variance of tr(A P B P') over all permutation matrices P.

#include <cstdint>

namespace causal::discovery::detail {

/// Of a symmetric n x n matrix A whose rows sum to 0.
struct TraceSums {
  double trace = 0;            ///< sum a_ii
  double square = 0;           ///< sum a_ij^2 = tr A^2
  double diagonal_square = 0;  ///< sum a_ii^2
};

struct PermutationMoments {
  double mean = 0;
  double variance = 0;
};

/// n >= 4. Source: Kazi-Aoual et al., Computational Statistics & Data Analysis 20 (1995), 643-656.
[[nodiscard]] PermutationMoments permutation_moments(const TraceSums& a, const TraceSums& b, std::int64_t n);

}  // namespace causal::discovery::detail
