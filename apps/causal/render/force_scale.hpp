#pragma once
// From the values of a driving force to coordinates: choice of what is drawn, and scales that survive any numbers.

#include <cstddef>
#include <span>
#include <vector>

namespace causal::render {

/// Maps [low, high] to [from, to]; equal ends map to the middle. Safe against overflow.
class Scale {
 public:
  Scale(double low, double high, double from, double to) : low_(low), high_(high), from_(from), to_(to) {}
  [[nodiscard]] double operator()(double value) const {
    const double length = high_ / 2 - low_ / 2;
    const double share = length > 0 ? (value / 2 - low_ / 2) / length : 0.5;
    return from_ + share * (to_ - from_);
  }

 private:
  double low_, high_, from_, to_;
};

struct Extent {
  double low = 0;
  double high = 0;
};

/// The finite values of the first `count` components together with 0; [-1, 1] when there is nothing but 0.
[[nodiscard]] Extent extent_with_zero(const std::vector<std::vector<double>>& components, std::size_t count);

/// Ascending indices of at most `most` values to draw as a line: all that are finite, or of each of most / 2 stretches
/// the lowest and the highest.
[[nodiscard]] std::vector<std::size_t> line_places(std::span<const double> values, std::size_t most);

/// Ascending indices of the `most` largest values by size; the first ones of a tie. NaN is smallest.
[[nodiscard]] std::vector<std::size_t> largest_places(std::span<const double> values, std::size_t most);

}  // namespace causal::render
