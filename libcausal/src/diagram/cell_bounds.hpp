#pragma once
// Whether a product of table cells can leave the range of a double.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace causal::detail {

/// Bounds on the positive cells of a non-negative table, as powers of ten; 0 and 0 when there are none.
struct CellBounds {
  double low = 0;
  double high = 0;
  void multiply(const CellBounds& other) {
    low += other.low;
    high += other.high;
  }
  /// No product within these bounds underflows or overflows, nor does a sum of up to 10^8 of them.
  [[nodiscard]] bool are_safe() const { return low > -300 && high < 300; }
};

[[nodiscard]] inline CellBounds bounds_of(const std::vector<double>& cells) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const double cell : cells) {
    if (cell > 0) low = std::min(low, cell);
    high = std::max(high, cell);
  }
  return high > 0 ? CellBounds{std::log10(low), std::log10(high)} : CellBounds{};
}

}  // namespace causal::detail
