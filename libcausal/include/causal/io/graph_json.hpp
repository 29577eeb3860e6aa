#pragma once
// The causal.graph/1 schema.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"
#include "causal/io/json.hpp"

namespace causal::io {

/// The graph as `causal.graph/1`; key order fixed, `timing` last and only when the graph carries one.
/// An option value that prints as a number or a boolean is written as one.
/// Errors: InvalidArgument when an option name stands twice.
[[nodiscard]] Json graph_to_json(const LearnedGraph& graph);

/// Reads what `graph_to_json` writes: all of it comes back, but for `stats.phase_seconds` and `stats.threads_used`,
/// which stand in the timing. Unknown members are passed over; only `schema`, `kind`, `nodes` (id, name) and `edges`
/// (from, to and the marks) must be there. Edges may come in any order and writing.
/// Errors: DataError whose place is the path of the member ("edges[3].to") that is missing, of the wrong type or out of
/// range: ids that do not count up, repeated names or edges, a set that holds its own pair, lists out of order.
[[nodiscard]] LearnedGraph graph_from_json(const Json& json);

/// The block `timing` of every file that a run writes.
[[nodiscard]] Json timing_to_json(const TimingRecord& timing);

}  // namespace causal::io
