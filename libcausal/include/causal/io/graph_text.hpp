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

/// Which nodes get a line of their own: all, before the edges, when the edges alone would not give back all nodes in
/// their order; or, after the edges, only those without an edge, which loses the order.
enum class NodeLines { KeepOrder, Isolated };

/// Holds nodes, marks and lags of edges. Errors: GraphError naming the first node with a lag.
[[nodiscard]] std::string write_graph_text(const LearnedGraph& graph, NodeLines node_lines = NodeLines::KeepOrder);

}  // namespace causal::io
