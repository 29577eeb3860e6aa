#pragma once
// Rows together with the rows before them.

#include "causal/discovery/ci/node_table.hpp"

namespace causal::discovery::detail {

struct LaggedNodes {
  NodeTable table;           ///< The nodes as they were, then "x[t-1]" of every variable, "x[t-2]", ...
  std::vector<NodeId> past;  ///< Ascending ids of the nodes of earlier rows.
};

/// Drops the first `max_lag` rows, which have no past. Errors: InvalidArgument for a surrogate that is no time;
/// DataError for one that is not ascending, or too few rows.
[[nodiscard]] LaggedNodes with_past(const NodeTable& nodes, int max_lag);

}  // namespace causal::discovery::detail
