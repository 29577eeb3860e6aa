#pragma once
// Rows into cells, in parallel, with the same bytes at any number of threads.

#include <cstdint>
#include <span>
#include <vector>

#include "causal/estimation/debias/prediction_cells.hpp"

namespace causal::estimation {

/// Smallest and largest of some numbers, and the first row that is not finite (or -1).
struct RangeOfRows {
  double least = 0, most = 0;
  std::int64_t not_finite = -1;
};
[[nodiscard]] RangeOfRows range_of(std::span<const double> values, int threads);

/// Adds rows to cells: arm(i) says to which (0, 1, ...), weight(i) with which weight. Cells must cover the predictions.
/// Blocks of fixed size are gathered apart, a few at a time, and merged in order.
template <class Arm, class Weight>
void gather(std::span<const double> predictions, std::span<PredictionCells* const> cells, int threads, Arm&& arm,
            Weight&& weight);

}  // namespace causal::estimation

#include <algorithm>

#include "causal/run/parallel.hpp"

namespace causal::estimation {

template <class Arm, class Weight>
void gather(std::span<const double> predictions, std::span<PredictionCells* const> cells, int threads, Arm&& arm,
            Weight&& weight) {
  constexpr std::int64_t kBlock = 1 << 17;
  constexpr std::int64_t kAtOnce = 4;
  const std::int64_t n = std::ssize(predictions);
  const std::int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<std::vector<PredictionCells>> parts(static_cast<std::size_t>(std::min(blocks, kAtOnce)));
  for (auto& part : parts) {
    for (const PredictionCells* whole : cells) {
      part.push_back(*whole);
      part.back().clear();
    }
  }
  for (std::int64_t first = 0; first < blocks; first += kAtOnce) {
    const std::int64_t now = std::min(kAtOnce, blocks - first);
    parallel_for(now, threads, [&](std::int64_t k) {
      std::vector<PredictionCells>& part = parts[static_cast<std::size_t>(k)];
      const std::int64_t begin = (first + k) * kBlock;
      for (std::int64_t i = begin; i < std::min(begin + kBlock, n); ++i) {
        part[static_cast<std::size_t>(arm(i))].add(predictions[static_cast<std::size_t>(i)], weight(i));
      }
    });
    for (std::int64_t k = 0; k < now; ++k) {
      for (std::size_t c = 0; c < cells.size(); ++c) {
        cells[c]->merge(parts[static_cast<std::size_t>(k)][c]);
        parts[static_cast<std::size_t>(k)][c].clear();
      }
    }
  }
}

}  // namespace causal::estimation
