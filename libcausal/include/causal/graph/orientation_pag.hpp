#pragma once
// Orienting the circles of a partial ancestral graph.

#include <functional>
#include <vector>

#include "causal/graph/dense_marks.hpp"

namespace causal {

/// What turned a circle into a mark. Collider is the first step, R1 to R10 are Zhang's rules.
enum class PagRule { Collider, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 };

template <>
struct EnumNames<PagRule> {
  static constexpr std::array<std::pair<PagRule, std::string_view>, 11> names{{{PagRule::Collider, "collider"},
                                                                               {PagRule::R1, "R1"},
                                                                               {PagRule::R2, "R2"},
                                                                               {PagRule::R3, "R3"},
                                                                               {PagRule::R4, "R4"},
                                                                               {PagRule::R5, "R5"},
                                                                               {PagRule::R6, "R6"},
                                                                               {PagRule::R7, "R7"},
                                                                               {PagRule::R8, "R8"},
                                                                               {PagRule::R9, "R9"},
                                                                               {PagRule::R10, "R10"}}};
};

/// A circle at `at` on the edge to `other` that became `mark`.
struct PagOrientation {
  NodeId other = 0;
  NodeId at = 0;
  Mark mark = Mark::Arrow;
  PagRule rule = PagRule::Collider;
  friend bool operator==(const PagOrientation&, const PagOrientation&) = default;
};

/// in_separator(a, c, b): is b in the set that separated a and c, which are not adjacent?
using InSeparator = std::function<bool(NodeId a, NodeId c, NodeId b)>;

/// Directs a *-> b <-* c for every unshielded triple a, b, c with b outside the separator of a and c. Only circles
/// change. Returns what was done. O(sum of squared degrees) questions.
std::vector<PagOrientation> orient_pag_colliders(DenseMarks& marks, const InSeparator& in_separator);

struct PagRuleOptions {
  /// Rules R5 to R7, which only matter when the sample may be selected by some of its variables or their effects.
  bool selection_bias = true;
};

/// Applies rules R1 to R10 until nothing follows any more; `*` is any mark, `o` a circle:
///   R1   a *-> b o-* c, a and c not adjacent                                         =>  b -> c
///   R2   a -> b *-> c or a *-> b -> c, with a *-o c                                  =>  a *-> c
///   R3   a *-> b <-* c, a *-o d o-* c, d *-o b, a and c not adjacent                 =>  d *-> b
///   R4   a discriminating path d ... a, b, c for b with b o-* c                      =>  b -> c when b is in the
///        separator of d and c, else a <-> b <-> c
///   R5   a o-o b, and an uncovered path a, c, ..., d, b of o-o edges, with neither
///        a, d nor b, c adjacent                                                      =>  all of them --
///   R6   a -- b o-* c                                                                =>  tail at b
///   R7   a -o b o-* c, a and c not adjacent                                          =>  tail at b
///   R8   a -> b -> c or a -o b -> c, with a o-> c                                    =>  a -> c
///   R9   a o-> c, an uncovered possibly directed path a, b, ..., c, b and c not
///        adjacent                                                                    =>  a -> c
///   R10  a o-> c, b -> c <- d, uncovered possibly directed paths from a to b and
///        to d whose first nodes after a differ and are not adjacent                  =>  a -> c
/// Only circles change, so contradictory separators leave marks as first made instead of flipping them. From the
/// colliders and separators of a MAG, the result has exactly the marks that all equivalent MAGs share.
///
/// O(n m) a round for R1 to R4, O(n m^2) for R5, R9 and R10, up to m rounds; meant for n <= 500.
/// Source: Zhang, "On the completeness of orientation rules for causal discovery in the presence of latent confounders
/// and selection bias", Artificial Intelligence 172, 2008.
std::vector<PagOrientation> apply_pag_rules(DenseMarks& marks, const InSeparator& in_separator,
                                            const PagRuleOptions& options = {});

}  // namespace causal
