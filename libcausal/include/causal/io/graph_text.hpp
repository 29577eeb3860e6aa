#pragma once
// One edge a line, as a terminal shows it.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Reads lines such as `a -> b`, `a o-> b`, `"my x"[t-1] -> y`; a line with one name is a node. Names with spaces,
/// quotes or brackets stand in double quotes. Empty lines and lines that start with # are passed over. The kind is
/// guessed. `name` names the text in errors. Errors: ParseError.
[[nodiscard]] LearnedGraph read_graph_text(std::string_view text, const std::string& name);

/// When the edges alone would not give back all nodes in their order, a line for every node comes first.
/// Holds nodes, marks and lags of edges. Errors: GraphError naming the first node with a lag.
[[nodiscard]] std::string write_graph_text(const LearnedGraph& graph);

}  // namespace causal::io
