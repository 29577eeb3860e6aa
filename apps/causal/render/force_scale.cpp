#include "render/force_scale.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace causal::render {

Extent extent_with_zero(const std::vector<std::vector<double>>& components, std::size_t count) {
  Extent extent;
  for (std::size_t k = 0; k < std::min(count, components.size()); ++k) {
    for (const double value : components[k]) {
      if (!std::isfinite(value)) continue;
      extent.low = std::min(extent.low, value);
      extent.high = std::max(extent.high, value);
    }
  }
  if (extent.low == extent.high) return {-1, 1};
  return extent;
}

std::vector<std::size_t> line_places(std::span<const double> values, std::size_t most) {
  std::vector<std::size_t> finite;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) finite.push_back(i);
  }
  if (finite.size() <= most) return finite;
  std::vector<std::size_t> places;
  const std::size_t stretches = most / 2;
  for (std::size_t s = 0; s < stretches; ++s) {
    const auto begin = finite.begin() + static_cast<std::ptrdiff_t>(s * finite.size() / stretches);
    const auto end = finite.begin() + static_cast<std::ptrdiff_t>((s + 1) * finite.size() / stretches);
    const auto [lowest, highest] =
        std::minmax_element(begin, end, [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    places.push_back(std::min(*lowest, *highest));
    if (*lowest != *highest) places.push_back(std::max(*lowest, *highest));
  }
  return places;
}

std::vector<std::size_t> largest_places(std::span<const double> values, std::size_t most) {
  std::vector<std::size_t> places(values.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  if (places.size() <= most) return places;
  const auto size = [&](std::size_t i) { return std::isfinite(values[i]) ? std::abs(values[i]) : -1.0; };
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
  places.resize(most);
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace causal::render
