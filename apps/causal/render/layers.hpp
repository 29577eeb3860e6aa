#pragma once
// The steps of layered_layout on one connected component, in the order they run.

#include <span>
#include <vector>

#include "render/layout.hpp"

namespace causal::render {

/// A connected graph cut into layers. Vertices are the boxes 0..boxes-1 and, behind them, one bend for every layer
/// that a line passes, so that every segment joins consecutive layers.
struct Layers {
  int boxes = 0;
  std::vector<double> width;            ///< Per vertex; 0 for bends.
  std::vector<int> layer;               ///< Per vertex.
  std::vector<std::vector<int>> order;  ///< Per layer: its vertices, left to right.
  std::vector<std::vector<int>> above;  ///< Per vertex: neighbours in the layer above, one per segment.
  std::vector<std::vector<int>> below;  ///< Per vertex: neighbours in the layer below.
  std::vector<std::vector<int>> chain;  ///< Per edge: its vertices from top to bottom.

  [[nodiscard]] bool is_bend(int v) const { return v >= boxes; }
};

/// Ranks the boxes so that definite edges (tail at one end, an arrowhead at the other) go from lower to higher rank,
/// except for as few as a greedy choice leaves on directed cycles; circle-arrow edges follow where they can.
[[nodiscard]] std::vector<int> acyclic_rank(int boxes, std::span<const Edge> edges);

/// Layers by longest path over the edges taken from lower to higher rank; a layer is closed when it is wider than
/// `preferred_width`. Boxes then sink towards their lower neighbours where that shortens the lines.
[[nodiscard]] Layers cut_into_layers(std::span<const Size> boxes, std::span<const Edge> edges,
                                     const LayoutOptions& options);

/// Reorders the layers to reduce crossings: median sweeps and transposition from several starts; the best is kept.
void reduce_crossings(Layers& layers);

/// Number of pairs of segments that cross.
[[nodiscard]] long count_crossings(const Layers& layers);

/// The x coordinate of every vertex, order and gaps respected, long lines straight, leftmost border at 0.
[[nodiscard]] std::vector<double> horizontal_positions(const Layers& layers, const LayoutOptions& options);

}  // namespace causal::render
