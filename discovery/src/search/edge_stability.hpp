#pragma once
// How often an edge is found again in resamples of the rows.

#include <functional>

#include "causal/discovery/ci/node_table.hpp"
#include "causal/graph/learned_graph.hpp"
#include "causal/run/stop.hpp"

namespace causal::discovery::detail {

/// Rows of one resample, as many as the table has. Over domains: rows drawn with replacement within each domain, in
/// blocks of `block_length`; else blocks of `block_length` consecutive rows from anywhere, strung together. A function
/// of its arguments alone.
[[nodiscard]] std::vector<std::int64_t> resampled_rows(const NodeTable& nodes, int block_length, std::uint64_t seed,
                                                       std::uint32_t replicate);

/// Block length that `given` stands for: itself unless 0; then 1 over domains, else n^(1/3) rounded up.
[[nodiscard]] int resolve_block_length(const NodeTable& nodes, int given);

/// Runs `search` on resamples and sets each edge's frequency: the share of resamples in whose graph its nodes are
/// adjacent. A search that refuses its rows counts as one that found nothing. Stops early with the shares of the
/// resamples that were finished, and sets the status.
void add_edge_frequencies(const NodeTable& nodes, int replicates, int block_length, const RunOptions& run,
                          const StopSignal& stop,
                          const std::function<LearnedGraph(const NodeTable&, const RunOptions&)>& search,
                          LearnedGraph& graph);

}  // namespace causal::discovery::detail
