#pragma once
// GraphML.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Reads the first graph of a GraphML document. A node is named by its data `name`, else by its id; an edge's marks
/// are its data mark_from and mark_to, else it is directed or not as GraphML says. Data strength, p_value, frequency,
/// lag, type (and kind of the graph) are read, other data are passed over. Two directed edges a -> b and b -> a with
/// the description "U", as R's causaleffect writes them, are one bidirected edge.
/// No document type declaration, at most 64 levels. `name` names the text in errors. Errors: ParseError.
[[nodiscard]] LearnedGraph read_graphml(std::string_view text, const std::string& name);

/// Holds all of the graph; nothing of the sepsets and the run.
/// Errors: GraphError naming the first node whose name has a control character, which XML cannot hold.
[[nodiscard]] std::string write_graphml(const LearnedGraph& graph);

}  // namespace causal::io
