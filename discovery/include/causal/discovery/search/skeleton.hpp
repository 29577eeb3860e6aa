#pragma once
// The adjacency search that PC-like algorithms share.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/graph/knowledge.hpp"
#include "causal/graph/learned_graph.hpp"
#include "causal/run/options.hpp"

namespace causal::discovery {

/// Order in which edges are removed.
enum class SkeletonRule {
  Stable,   ///< Adjacencies frozen within a level: independent of the order of columns (Colombo and Maathuis 2014).
  Original  ///< Removed at once: fewer tests, depends on the order of columns (Spirtes and Glymour 1991).
};

/// Correction of the edge p-values after the search, for the expected share of false edges.
enum class FdrControl { None, Bh, By };

struct SkeletonOptions {
  double alpha = 0.01;
  int max_cond_size = -1;
  SkeletonRule skeleton = SkeletonRule::Stable;
  FdrControl fdr = FdrControl::None;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"alpha", "significance level of each independence test", open_interval(0, 1)}, self.alpha);
    visitor(Field{"max_cond_size", "largest conditioning set; -1 means no limit", at_least(-1)}, self.max_cond_size);
    visitor(Field{"skeleton", "stable removes edges after each level, original at once"}, self.skeleton);
    visitor(Field{"fdr", "false discovery rate control on the edges' largest p-values"}, self.fdr);
  }
};

/// The result: an undirected graph as sorted pairs, and what separated the rest.
struct Skeleton {
  struct Adjacency {
    NodeId x = 0;  ///< x < y.
    NodeId y = 0;
    double max_p_value = 0;  ///< Largest p-value over all tests of the pair; 0 when none had an answer.
    double effect = 0;       ///< Effect size at that p-value.
    bool required = false;   ///< Kept by knowledge, never tested.
  };
  std::vector<Adjacency> edges;                 ///< Sorted by (x, y).
  std::vector<Sepset> sepsets;                  ///< Non-empty ones, sorted by (x, y).
  std::vector<std::vector<NodeId>> neighbours;  ///< Sorted.
  Status status = Status::Ok;
  std::vector<std::string> warnings;
  RunStats stats;

  [[nodiscard]] bool adjacent(NodeId a, NodeId b) const;
  /// The separating set of a non-adjacent pair; null when it was the empty set or a knowledge constraint.
  [[nodiscard]] const Sepset* sepset(NodeId a, NodeId b) const;
};

/// Starts from the complete graph over test.names() and removes x - y when some S among the neighbours of x or of y
/// (without variables that knowledge places after both) separates them, for |S| = 0, 1, 2, ...
///
/// Pairs whose adjacency knowledge forbids are never tested; pairs it requires are never removed. The separating set
/// reported is the first in lexicographic order around the smaller node, else around the larger one. Degenerate tests
/// remove nothing; they are counted and their variables named in a warning.
/// Errors: InvalidArgument for an option out of range or a knowledge index of another size.
/// Cost: exponential in the largest neighbourhood, polynomial for sparse graphs. Stops early, with the current graph,
/// on cancellation or at the time limit. Same result at any thread count.
[[nodiscard]] Skeleton find_skeleton(const CiTest& test, const SkeletonOptions& options = {},
                                     const KnowledgeIndex& knowledge = {});

}  // namespace causal::discovery

namespace causal {

template <>
struct EnumNames<discovery::SkeletonRule> {
  static constexpr std::array<std::pair<discovery::SkeletonRule, std::string_view>, 2> names{
      {{discovery::SkeletonRule::Stable, "stable"}, {discovery::SkeletonRule::Original, "original"}}};
};
template <>
struct EnumNames<discovery::FdrControl> {
  static constexpr std::array<std::pair<discovery::FdrControl, std::string_view>, 3> names{
      {{discovery::FdrControl::None, "none"}, {discovery::FdrControl::Bh, "bh"}, {discovery::FdrControl::By, "by"}}};
};

}  // namespace causal
