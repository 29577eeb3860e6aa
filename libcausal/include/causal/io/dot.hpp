#pragma once
// Graphviz DOT.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Reads one graph in the DOT language: graph and digraph, strict, subgraphs and groups, chains, quoted names, ports
/// (passed over), all comments, defaults by `edge [...]`.
///
/// Marks: an end with a normal arrow (also vee, open, empty) is an arrow, with odot a circle, with none a tail. `dir`
/// says which ends are drawn, as in Graphviz; an `arrowtail` without `dir` counts as drawn too. The attributes
/// strength, p_value, frequency, lag (edges), type, lag (nodes) and kind (graph) are read; others are passed over.
/// A node of lag 2 may be called
/// "x[t-2]", which names it x. Without `kind` it is guessed from the edges. In a strict graph a repeated edge counts
/// once; otherwise it is an error. `name` names the text in errors. Errors: ParseError.
[[nodiscard]] LearnedGraph read_dot(std::string_view text, const std::string& name);

/// A digraph in which every node is listed, in order. Holds all of the graph; nothing of the sepsets and the run.
[[nodiscard]] std::string write_dot(const LearnedGraph& graph);

}  // namespace causal::io
