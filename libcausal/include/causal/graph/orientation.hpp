#pragma once
// Orienting undirected edges by background knowledge and by Meek's rules.

#include <span>
#include <string>
#include <vector>

#include "causal/graph/dense_marks.hpp"
#include "causal/graph/knowledge.hpp"

namespace causal {

/// What demands that an edge be directed.
enum class OrientationRule { Knowledge, Meek1, Meek2, Meek3, Meek4 };

template <>
struct EnumNames<OrientationRule> {
  static constexpr std::array<std::pair<OrientationRule, std::string_view>, 5> names{
      {{OrientationRule::Knowledge, "knowledge"},
       {OrientationRule::Meek1, "R1"},
       {OrientationRule::Meek2, "R2"},
       {OrientationRule::Meek3, "R3"},
       {OrientationRule::Meek4, "R4"}}};
};

/// An orientation that was demanded and not made, because something else excludes it.
struct OrientationConflict {
  Edge edge;  ///< Directed as demanded.
  OrientationRule rule = OrientationRule::Meek1;
  std::string reason;  ///< One sentence with the witness: the opposite demand, the cycle, the knowledge.
};

struct MeekOptions {
  /// Rule 4 adds nothing when all directed edges come from unshielded colliders; it is needed for completeness when
  /// some come from background knowledge.
  bool use_rule4 = true;
  /// Unshielded triples a - b - c that may or may not be colliders: no rule takes one for a non-collider, and an
  /// orientation may make one a collider.
  std::span<const AmbiguousTriple> ambiguous = {};
};

struct MeekResult {
  std::vector<Edge> oriented;  ///< Directed edges made, round by round, ascending inside a round.
  std::vector<OrientationConflict> conflicts;
};

/// Orients undirected edges of `marks` until nothing follows any more: first those that `knowledge` decides, then by
/// the rules of Meek ("Causal inference and causal explanation with background knowledge", UAI 1995):
///   R1  a -> b -- c, a and c not adjacent                               =>  b -> c
///   R2  a -> b -> c, a -- c                                             =>  a -> c
///   R3  a -- b, a -- c, a -- d, c -> b, d -> b, c and d not adjacent    =>  a -> b
///   R4  a -- b, a -- d, d -> c -> b, a and c adjacent, b and d not      =>  a -> b
///
/// Only undirected edges change: no edge is reversed, none is added, no directed cycle and (but by knowledge) no new
/// unshielded collider is made. What is demanded in both directions, would close a cycle or make such a collider, or is
/// forbidden by `knowledge` is left undirected and reported. A directed edge that contradicts `knowledge` stays and is
/// reported. Edges with other marks count for adjacency alone.
///
/// The demands of one round are judged together, so the result does not depend on the numbering of the nodes. On a
/// graph that some DAG extends, the result is the unique closure, without conflicts.
///
/// `names` serve the reasons; empty: X1..Xn. Cost of a consistent sparse graph O(n^2 / 8 + m d^2), d the degree.
[[nodiscard]] MeekResult meek_closure(DenseMarks& marks, const KnowledgeIndex& knowledge = {},
                                      std::span<const std::string> names = {}, const MeekOptions& options = {});

/// The first step of meek_closure alone: orients the undirected edges that `knowledge` decides.
[[nodiscard]] MeekResult apply_knowledge(DenseMarks& marks, const KnowledgeIndex& knowledge,
                                         std::span<const std::string> names = {});

}  // namespace causal
