#pragma once
// The HTML page of a run, with what the registry knows of its methods.

#include <string>

#include "causal/graph/learned_graph.hpp"

namespace causal::cli {

/// The page; `truth` may be null.
[[nodiscard]] std::string report_page(const LearnedGraph& graph, const LearnedGraph* truth);

}  // namespace causal::cli
