#pragma once
// Node sets of queries, checked and put in order.

#include <initializer_list>
#include <utility>

#include "causal/graph/mixed_graph.hpp"

namespace causal::identification {

/// Sorts each set. Errors: InvalidArgument naming function, argument and node for a node outside the graph, a node
/// named twice, in one set or in two.
void check_query_sets(const char* function, const MixedGraph& graph,
                      std::initializer_list<std::pair<const char*, NodeSet*>> sets);

}  // namespace causal::identification
