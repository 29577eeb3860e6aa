#pragma once
// Marginal graphs: what a DAG or ADMG says of the observed nodes alone.

#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"

namespace causal {

/// The latent projection of a graph onto the nodes outside `latents`: the ADMG with
///   u -> v    when a directed path leads from u to v whose inner nodes are all latent;
///   u <-> v   when a path with arrowheads at u and at v joins them whose inner nodes are all latent non-colliders.
///
/// Two sets of observed nodes are m-separated given a third in the projection exactly when they are in the graph, and
/// the projection has the same causal effects among the observed nodes. Observed nodes keep their names and order, but
/// not their ids: look them up by `id(name)`. Projecting in two steps gives the same as in one.
///
/// With D(l) the observed nodes that latent l reaches through latents: O(n + m + the sizes of D over the edges into
/// latents + the pairs of nodes below one latent without a latent parent or below the two ends of one bidirected
/// edge), near linear when these sets are small. A latent with k children makes k (k - 1) / 2 edges; algorithms that
/// take latents as nodes avoid that.
/// Errors: InvalidArgument for a node that is not in the graph.
/// Source: Verma and Pearl, "Equivalence and synthesis of causal models", UAI 1990.
[[nodiscard]] Admg latent_projection(const Admg& graph, const NodeSet& latents);
[[nodiscard]] Admg latent_projection(const Dag& graph, const NodeSet& latents);

}  // namespace causal
