#pragma once
// Round numbers along an axis.

#include <string>
#include <vector>

namespace causal::render {

struct Tick {
  double value = 0;
  std::string label;
};

/// Multiples of 1, 2 or 5 times a power of ten that lie in [low, high], about `wanted` of them and never more than
/// twice as many; the labels have the decimals that tell neighbours apart. Both ends finite, low <= high; equal ends,
/// or ends between which doubles are too coarse for such steps, give one tick, at `low`.
[[nodiscard]] std::vector<Tick> round_ticks(double low, double high, int wanted);

}  // namespace causal::render
