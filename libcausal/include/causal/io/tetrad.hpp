#pragma once
// The text Tetrad prints for a graph.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Reads `Graph Nodes:`, names separated by ';' (or ','), and `Graph Edges:` with lines `1. A --> B`. Names may hold
/// spaces; an edge that can be read in two ways is an error. What follows an edge on its line (nl, pd, [..]) and what
/// follows the edges (attributes, triples) is passed over. The kind is guessed.
/// `name` names the text in errors. Errors: ParseError.
[[nodiscard]] LearnedGraph read_tetrad(std::string_view text, const std::string& name);

/// Holds nodes and marks. Errors: GraphError naming the first lagged edge or node, or the first name the format cannot
/// tell apart: with ';', ',' or a line end in it, a space at either end, or an arrow between spaces.
[[nodiscard]] std::string write_tetrad(const LearnedGraph& graph);

}  // namespace causal::io
