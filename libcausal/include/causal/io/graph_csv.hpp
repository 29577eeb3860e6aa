#pragma once
// A table with one edge a row.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// Reads `from,to,mark_from,mark_to,lag,strength,p_value,frequency`: columns in any order, only `from` and `to` must be
/// there; without marks an edge is directed. A column `edge` with -->, <->, o-o ... may stand for the two marks.
/// A row with nothing but `from` names a node, so that nodes without edges, and the order of nodes, are kept.
/// Cells may be quoted as in RFC 4180. The kind is guessed from the edges.
/// `name` names the text in errors. Errors: ParseError.
[[nodiscard]] LearnedGraph read_graph_csv(std::string_view text, const std::string& name);

/// When the edges alone would not give back all nodes in their order, a row for every node comes first.
/// Holds nodes, marks, lags of edges and their numbers. Errors: GraphError naming the first node with a lag.
[[nodiscard]] std::string write_graph_csv(const LearnedGraph& graph);

}  // namespace causal::io
