#pragma once
// Where the boxes and lines of a graph drawing go: a layered layout, causes above effects.

#include <optional>
#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::render {

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Size {
  double width = 0;
  double height = 0;
};

/// An axis-parallel box by its centre.
struct Box {
  Point centre;
  Size size;
  [[nodiscard]] double left() const { return centre.x - size.width / 2; }
  [[nodiscard]] double right() const { return centre.x + size.width / 2; }
  [[nodiscard]] double top() const { return centre.y - size.height / 2; }
  [[nodiscard]] double bottom() const { return centre.y + size.height / 2; }
};

/// A chain of cubic Bezier segments: 1 + 3k points, from the border of the box `from` to that of `to`.
using Curve = std::vector<Point>;

/// Distances in user units (CSS pixels at natural size).
struct LayoutOptions {
  double node_gap = 26;          ///< Between neighbouring boxes of a layer.
  double line_gap = 14;          ///< Between a line that passes a layer and its neighbours there.
  double layer_gap = 64;         ///< Between the boxes of consecutive layers, at least.
  double component_gap = 48;     ///< Between the drawings of components.
  double margin = 16;            ///< Around everything.
  double preferred_width = 920;  ///< Layers and rows are broken near this width where the edges allow it.
};

struct Layout {
  Size size;
  std::vector<Box> nodes;              ///< One per box given.
  std::vector<Curve> edges;            ///< One per edge given.
  std::optional<double> isolated_top;  ///< Top of the rows that hold the nodes without edges, if there are any.
};

/// Draws in layers (Sugiyama, Tagawa, Toda 1981): layers by longest path, crossings reduced by median sweeps with
/// transposition, x by Brandes and Koepf (2001). Directed edges point down unless they lie on a directed cycle, of
/// which one edge then points up; other edges take whatever direction suits the layers, an arrowhead preferably below.
/// Components are packed in rows; nodes without edges stand in rows at the bottom.
///
/// boxes: one size per node; edges: endpoints in range, no self loops, a pair may repeat. Boxes never overlap and all
/// lie inside `size`. Deterministic. Cost about O(sweeps * E' log E') for E' edges cut at every layer: 200 nodes with
/// 400 edges take well under a second.
[[nodiscard]] Layout layered_layout(std::span<const Size> boxes, std::span<const Edge> edges,
                                    const LayoutOptions& options = {});

}  // namespace causal::render
