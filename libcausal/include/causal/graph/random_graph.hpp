#pragma once
// Random DAGs.

#include <cstdint>

#include "causal/graph/dag.hpp"

namespace causal {

/// Erdos-Renyi: in a uniformly random order every pair is an edge with probability expected_degree / (n - 1).
///
/// n >= 1; expected_degree in [0, n - 1], parents and children together. Nodes X1..Xn. A function of the arguments
/// alone. Expected cost O(n log n + m). Errors: InvalidArgument for arguments out of range.
/// Source of the skipping: Batagelj and Brandes, "Efficient generation of large random networks", Phys. Rev. E 71,
/// 2005.
[[nodiscard]] Dag random_dag_er(int n, double expected_degree, std::uint64_t seed);

/// As random_dag_er with exactly `edges` edges, every set of pairs equally likely; 0 <= edges <= n (n - 1) / 2.
[[nodiscard]] Dag random_dag_with_edges(int n, std::int64_t edges, std::uint64_t seed);

/// Scale-free: a Barabasi-Albert graph whose edges point along a uniformly random order, so hubs stand anywhere in it.
///
/// A star of edges_per_node + 1 nodes grows by nodes that join `edges_per_node` distinct earlier ones, each picked in
/// proportion to its degree: edges_per_node (n - edges_per_node) edges in all. 1 <= edges_per_node < n. Nodes X1..Xn.
/// Expected cost O(n log n + m). Errors: InvalidArgument for arguments out of range.
/// Source: Barabasi and Albert, "Emergence of scaling in random networks", Science 286, 1999.
[[nodiscard]] Dag random_dag_scale_free(int n, int edges_per_node, std::uint64_t seed);

}  // namespace causal
