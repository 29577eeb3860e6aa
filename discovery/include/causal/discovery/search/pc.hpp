#pragma once
// The PC algorithm.

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/search/skeleton.hpp"
#include "causal/graph/knowledge.hpp"
#include "causal/graph/learned_graph.hpp"

namespace causal::discovery {

/// Which unshielded triples a - b - c become colliders a -> b <- c.
enum class ColliderRule {
  Sepset,        ///< b is not in the separating set found for (a, c). Depends on the order of columns.
  Conservative,  ///< b is in none of the separating sets among neighbours of a or c; in some but not all: ambiguous.
  Majority,      ///< b is in fewer than half of them; exactly half: ambiguous. Independent of the order of columns.
  MaxP           ///< b is not in the separating set with the largest p-value; strongest evidence is oriented first.
};

/// What happens when two colliders demand opposite directions of an edge.
enum class ConflictRule {
  KeepFirst,  ///< The first one stays.
  Overwrite,  ///< The last one wins.
  Bidirected  ///< The edge gets arrows at both ends and is reported.
};

struct PcOptions {
  double alpha = 0.01;
  int max_cond_size = -1;
  SkeletonRule skeleton = SkeletonRule::Stable;
  ColliderRule collider_rule = ColliderRule::Sepset;
  ConflictRule conflict = ConflictRule::KeepFirst;
  FdrControl fdr = FdrControl::None;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"alpha", "significance level of each independence test", open_interval(0, 1)}, self.alpha);
    visitor(Field{"max_cond_size", "largest conditioning set; -1 means no limit", at_least(-1)}, self.max_cond_size);
    visitor(Field{"skeleton", "stable removes edges after each level, original at once"}, self.skeleton);
    visitor(Field{"collider_rule", "which separating sets decide that a triple is a collider"}, self.collider_rule);
    visitor(Field{"conflict", "what to do when two colliders demand opposite directions"}, self.conflict);
    visitor(Field{"fdr", "false discovery rate control on the edges' largest p-values"}, self.fdr);
  }
};

/// Learns the CPDAG of a causal DAG without hidden common causes: skeleton, colliders, Meek's rules (Spirtes, Glymour
/// and Scheines 2000; Meek 1995).
///
/// Assumes: the data come from a DAG over the measured variables (no hidden common cause, no selection), and
/// independences in the data are those of the DAG (faithfulness). With a hidden common cause use FCI instead.
/// The result's kind is `Cpdag` (`Mpdag` with knowledge) or, when finite-sample errors contradict each other, `Pdag`
/// with `not_a_cpdag` naming the witness. Respects `knowledge`, which is compiled against test.names().
/// Errors: as find_skeleton, and those of KnowledgeIndex. Same result at any thread count.
[[nodiscard]] LearnedGraph pc(const CiTest& test, const PcOptions& options = {}, const Knowledge& knowledge = {});

}  // namespace causal::discovery

namespace causal {

template <>
struct EnumNames<discovery::ColliderRule> {
  static constexpr std::array<std::pair<discovery::ColliderRule, std::string_view>, 4> names{
      {{discovery::ColliderRule::Sepset, "sepset"},
       {discovery::ColliderRule::Conservative, "conservative"},
       {discovery::ColliderRule::Majority, "majority"},
       {discovery::ColliderRule::MaxP, "max_p"}}};
};
template <>
struct EnumNames<discovery::ConflictRule> {
  static constexpr std::array<std::pair<discovery::ConflictRule, std::string_view>, 3> names{
      {{discovery::ConflictRule::KeepFirst, "keep_first"},
       {discovery::ConflictRule::Overwrite, "overwrite"},
       {discovery::ConflictRule::Bidirected, "bidirected"}}};
};

}  // namespace causal
