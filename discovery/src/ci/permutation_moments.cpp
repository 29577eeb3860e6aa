#include "permutation_moments.hpp"

#include <algorithm>

namespace causal::discovery::detail {

// With tr = sum a_ii, the variance has one term for the spread of the off-diagonal entries and one for that of the
// diagonal. Both factors of each term depend on one matrix only.
PermutationMoments permutation_moments(const TraceSums& a, const TraceSums& b, std::int64_t n) {
  const auto m = static_cast<double>(n);
  const auto off_diagonal = [m](const TraceSums& s) { return (m - 1) * s.square - s.trace * s.trace; };
  const auto diagonal = [m](const TraceSums& s) {
    return m * (m + 1) * s.diagonal_square - (m - 1) * (s.trace * s.trace + 2 * s.square);
  };
  const double first = 2 * off_diagonal(a) * off_diagonal(b) / ((m - 1) * (m - 1) * (m + 1) * (m - 2));
  const double second = diagonal(a) * diagonal(b) / ((m + 1) * m * (m - 1) * (m - 2) * (m - 3));
  return {.mean = a.trace * b.trace / (m - 1), .variance = std::max(0.0, first + second)};
}

}  // namespace causal::discovery::detail
