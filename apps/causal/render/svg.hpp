#pragma once
// A learned graph as inline SVG.

#include <string>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// One <svg> element with its own style, light and dark; usable inline and as a file of its own.
struct Picture {
  std::string svg;
  double width = 0;  ///< Natural size in CSS pixels.
  double height = 0;
};

/// Draws the graph by layered_layout. Line width grows with |strength| relative to the strongest edge, opacity is the
/// frequency where it is known. A tail is a plain end, an arrowhead a filled triangle, a circle a ring; colours (Okabe
/// and Ito) repeat what the ends say. Names are escaped, long ones cut with the whole name in the hover title. The
/// element carries role, label and a description that lists the first edges. The surrogate of what changes, if the
/// graph has one, is a shaded box with a dashed rim, and its edges are dashed.
[[nodiscard]] Picture draw_graph(const LearnedGraph& graph);

/// A short horizontal line a-b with the ends of `edge`, for a legend beside a drawn graph, whose style it uses.
[[nodiscard]] std::string draw_sample(const Edge& edge);

/// The same for "the mechanism of x changes with the surrogate C".
[[nodiscard]] std::string draw_change_sample();

}  // namespace causal::render
