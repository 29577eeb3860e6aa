#pragma once
// The force that drives a changing mechanism, as inline SVG.

#include <cstddef>
#include <string>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// One <svg> element for a page with the style of page_style.hpp, and how much of the force it shows.
struct ForcePicture {
  std::string svg;  ///< Empty when the force has no value at all.
  std::size_t drawn_places = 0;
  std::size_t all_places = 0;
  std::size_t drawn_components = 0;
};

/// Draws a force of graph.changes, which must be there. Over time: a line per component, the first strong, the others
/// thin and dashed; change points as marked vertical lines. Over domains: bars, the other components as marks beside
/// them. At most three components, and 600 points of each: of a longer series the lowest and the highest of each
/// stretch, of more domains those where the first component is largest. The element carries role, label and a
/// description in words. Values that are missing leave a gap.
[[nodiscard]] ForcePicture draw_force(const LearnedGraph& graph, const DrivingForce& force);

}  // namespace causal::render
