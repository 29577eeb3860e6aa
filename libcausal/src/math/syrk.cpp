#include "causal/math/syrk.hpp"

#include <algorithm>

#include "causal/run/parallel.hpp"
#include "panel_kernel.hpp"

// Blocks of kDepth rows are centred and packed into panels of kPanel columns, row by row; a tile of the result is
// panel^T * panel with the sums held in registers. Only tiles on and below the diagonal are computed, then mirrored.

namespace causal {
namespace {

using detail::kPanel;
using detail::multiply_panels;
using detail::PanelBuffer;

constexpr Eigen::Index kDepth = 256;

// Rows [first, first + depth) of panel `index`, centred; columns past p are zero. `scaled` gets the weighted copy.
void pack_panel(const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::VectorXd>& mean,
                std::span<const std::int32_t> weights, Eigen::Index index, Eigen::Index first, Eigen::Index depth,
                double* plain, double* scaled) {
  for (Eigen::Index c = 0; c < kPanel; ++c) {
    const Eigen::Index j = index * kPanel + c;
    const bool inside = j < X.cols();
    const double* column = inside ? X.data() + j * X.outerStride() + first : nullptr;
    const double centre = inside ? mean[j] : 0;
    for (Eigen::Index k = 0; k < depth; ++k) plain[k * kPanel + c] = inside ? column[k] - centre : 0;
  }
  if (weights.empty()) return;
  for (Eigen::Index k = 0; k < depth; ++k) {
    const double w = weights[static_cast<std::size_t>(first + k)];
    for (Eigen::Index c = 0; c < kPanel; ++c) scaled[k * kPanel + c] = w * plain[k * kPanel + c];
  }
}

}  // namespace

Eigen::MatrixXd centred_scatter(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                const Eigen::Ref<const Eigen::VectorXd>& mean, std::span<const std::int32_t> weights,
                                int threads) {
  const Eigen::Index n = X.rows();
  const Eigen::Index p = X.cols();
  const Eigen::Index panels = detail::panels_for(p);
  const auto panel_size = static_cast<std::size_t>(kDepth * kPanel);
  PanelBuffer packed(static_cast<std::size_t>(panels) * panel_size);
  PanelBuffer weighted(weights.empty() ? 0 : static_cast<std::size_t>(panels) * panel_size);
  double* const plain = packed.begin();
  double* const scaled = weights.empty() ? plain : weighted.begin();
  const auto panel_of = [&](double* base, Eigen::Index i) { return base + static_cast<std::size_t>(i) * panel_size; };

  Eigen::MatrixXd scatter = Eigen::MatrixXd::Zero(p, p);
  for (Eigen::Index first = 0; first < n; first += kDepth) {
    const Eigen::Index depth = std::min(kDepth, n - first);
    parallel_for(
        panels, threads,
        [&](std::int64_t i) { pack_panel(X, mean, weights, i, first, depth, panel_of(plain, i), panel_of(scaled, i)); },
        8);
    parallel_for(panels, threads, [&](std::int64_t step) {
      const Eigen::Index right = step;
      const Eigen::Index right_width = std::min(kPanel, p - right * kPanel);
      for (Eigen::Index left = right; left < panels; ++left) {
        alignas(64) double tile[kPanel * kPanel] = {};
        multiply_panels(panel_of(scaled, left), panel_of(plain, right), depth, tile);
        const Eigen::Index left_width = std::min(kPanel, p - left * kPanel);
        for (Eigen::Index c = 0; c < right_width; ++c) {
          double* column = scatter.data() + (right * kPanel + c) * p + left * kPanel;
          for (Eigen::Index r = 0; r < left_width; ++r) column[r] += tile[c * kPanel + r];
        }
      }
    });
  }
  // Mirror in square blocks, so that both sides stay in cache.
  constexpr Eigen::Index kBlock = 64;
  parallel_for((p + kBlock - 1) / kBlock, threads, [&](std::int64_t block) {
    const Eigen::Index begin = block * kBlock;
    const Eigen::Index width = std::min(kBlock, p - begin);
    for (Eigen::Index row = begin; row < p; row += kBlock) {
      for (Eigen::Index j = begin; j < begin + width; ++j) {
        for (Eigen::Index i = std::max(row, j + 1); i < std::min(row + kBlock, p); ++i) scatter(j, i) = scatter(i, j);
      }
    }
  });
  return scatter;
}

}  // namespace causal
