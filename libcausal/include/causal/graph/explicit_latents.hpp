#pragma once
// From bidirected edges to the latent roots they stand for.

#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"

namespace causal {

/// A DAG whose nodes first_latent, first_latent + 1, ... are hidden roots; the nodes before it keep their ids and
/// names.
struct ExplicitLatents {
  Dag dag;
  NodeId first_latent = 0;
  /// Per hidden root its two children (a < b), in ascending order of the pairs.
  std::vector<std::pair<NodeId, NodeId>> children;
};

/// Every a <-> b becomes a fresh root U(a,b) with children a and b. Directed edges stay. O(n + m log m).
/// Among observed nodes the DAG has the m-separations of `admg`; its latent projection is `admg`.
[[nodiscard]] ExplicitLatents with_explicit_latents(const Admg& admg);

}  // namespace causal
