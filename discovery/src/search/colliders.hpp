#pragma once
// Deciding and orienting the colliders of a skeleton.

#include <vector>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/graph/dense_marks.hpp"

namespace causal::discovery::detail {

/// An unshielded triple a - b - c, a < c, found to be a collider.
struct Collider {
  NodeId a = 0;
  NodeId b = 0;
  NodeId c = 0;
  double p_value = 0;  ///< Of the separating set that decided; orders the triples under max_p.
};

struct ColliderDecision {
  std::vector<Collider> colliders;           ///< In the order in which they are to be oriented.
  std::vector<AmbiguousTriple> ambiguous;    ///< Sorted by (b, a, c).
  std::vector<std::int64_t> tests_by_level;  ///< Tests beyond those of the skeleton.
  bool stopped = false;                      ///< Triples whose tests were cut short stand among the ambiguous ones.
};

/// Applies the collider rule to every unshielded triple. Under `sepset` a pair that knowledge made non-adjacent, and
/// which was therefore never tested, is decided by the first separating set among the neighbours of either.
[[nodiscard]] ColliderDecision decide_colliders(const CiTest& test, const Skeleton& skeleton,
                                                const KnowledgeIndex& knowledge, const PcOptions& options,
                                                const StopSignal& stop);

/// Orients the colliders under the conflict rule; never against knowledge. Returns a sentence per conflict.
[[nodiscard]] std::vector<std::string> orient_colliders(const std::vector<Collider>& colliders,
                                                        const KnowledgeIndex& knowledge, ConflictRule rule,
                                                        const std::vector<std::string>& names, DenseMarks& marks);

}  // namespace causal::discovery::detail
