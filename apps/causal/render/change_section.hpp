#pragma once
// The section of the report about changing mechanisms.

#include <string>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// Which mechanisms change, how directions between them were found, and the force behind each, as one <section>;
/// nothing for a graph without `changes`. At most 60 forces are drawn.
[[nodiscard]] std::string change_section(const LearnedGraph& graph);

}  // namespace causal::render
