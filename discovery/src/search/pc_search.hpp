#pragma once
// The steps of PC, for searches that go on from its result.

#include <span>

#include "causal/discovery/search/pc.hpp"

namespace causal::discovery::detail {

/// PC with checked options and compiled knowledge. `exogenous` (ascending): nodes that knowledge makes causes of their
/// neighbours; no triple with one in the middle is judged, and pairs that the tests separated without it are named in a
/// warning.
[[nodiscard]] LearnedGraph pc_search(const CiTest& test, const PcOptions& options, const KnowledgeIndex& knowledge,
                                     std::span<const NodeId> exogenous);

}  // namespace causal::discovery::detail
