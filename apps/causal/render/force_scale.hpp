#pragma once
// From the values of a driving force to coordinates: choice of what is drawn.

#include <cstddef>
#include <span>
#include <vector>

#include "render/plot_parts.hpp"

namespace causal::render {

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
