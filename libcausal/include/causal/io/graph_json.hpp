#pragma once
// The causal.graph/1 schema.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"
#include "causal/io/json.hpp"

namespace causal::io {

/// The graph as `causal.graph/1`; key order fixed, `timing` last and only when the graph carries one.
[[nodiscard]] Json graph_to_json(const LearnedGraph& graph);

/// Errors: DataError naming the member that is missing, of the wrong type or out of range.
[[nodiscard]] LearnedGraph graph_from_json(const Json& json);

}  // namespace causal::io
