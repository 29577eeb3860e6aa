#pragma once
// What a search over changing mechanisms found, as lines for a terminal.

#include <string>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// Which mechanisms change, how directions between them came about, and for each force the share its first component
/// explains and where it jumps; a line each, without a line end after the last. Empty for a graph without `changes`.
[[nodiscard]] std::string changes_text(const LearnedGraph& graph);

}  // namespace causal::render
