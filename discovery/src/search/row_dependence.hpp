#pragma once
// Whether consecutive rows depend on each other beyond what the graph explains.

#include <optional>

#include "causal/discovery/ci/node_table.hpp"

namespace causal::discovery::detail {

/// Lag-one autocorrelation of the residuals of v after a smooth regression on `parents` and the surrogate, rows in the
/// order of the table; the largest over numeric columns. Nothing without numeric columns or with fewer than 30 complete
/// rows. O(n r^2), r <= 100.
[[nodiscard]] std::optional<double> residual_autocorrelation(const NodeTable& nodes, NodeId v, const NodeSet& parents,
                                                             NodeId surrogate, int threads);

}  // namespace causal::discovery::detail
