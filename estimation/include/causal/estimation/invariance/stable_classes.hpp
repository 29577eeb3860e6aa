#pragma once
// Which sets of stable variables give different predictors when the mechanisms of other variables change.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/graph/dag.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::estimation {

/// What is predicted and what may change. Everything else in the graph is stable: how it comes about, given its
/// parents, is the same everywhere.
struct StableQuestion {
  std::string target;
  std::vector<std::string> mutable_nodes = {};  ///< Their mechanisms differ between environments.
  std::vector<std::string> unobserved = {};     ///< Never part of a set: hidden variables, a node for the environment.
};

/// What the graph says of the question before any data are seen.
struct StableGraphFacts {
  NodeId target = 0;
  NodeSet mutable_nodes;
  NodeSet unobserved;
  NodeSet stable;            ///< The candidates: all other nodes.
  NodeSet mutable_children;  ///< Mutable children of the target.
  NodeSet affected;          ///< Descendants of mutable children that are not mutable children themselves.
  /// Mutable children, and their descendants that are no children of the target.
  NodeSet shuffled;
  /// No child of the target is affected. The set of all stable variables then has the least worst-case risk; otherwise
  /// a smaller set may have a lower one.
  bool whole_set_optimal = false;
};

/// Subsets of the stable variables with the same predictor E[target | subset, do(mutable)]: those between `minimal`
/// and `minimal` with all of `optional`, 2^|optional| in number.
struct StableClass {
  NodeSet minimal;  ///< The part that the target depends on: its Markov boundary in every member.
  NodeSet optional;

  [[nodiscard]] double size() const;  ///< Number of members; inf above 2^1023.
  [[nodiscard]] bool contains(const NodeSet& subset) const;
  friend bool operator==(const StableClass&, const StableClass&) = default;
};

struct StableClassOptions {
  std::int64_t max_classes = 100'000;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_classes", "stop after this many classes of subsets", at_least(1)}, self.max_classes);
  }
};

struct StableClasses {
  StableGraphFacts facts;
  std::vector<StableClass> classes;  ///< By size of the minimal set, then by node ids.
  /// Ok: all classes. BudgetExceeded: max_classes were found and there are more; TimeLimit, Cancelled: as they say.
  Status status = Status::Ok;
  std::vector<std::string> warnings;
  std::int64_t separation_queries = 0;
};

/// Children, descendants and the graphical criterion. Errors: InvalidArgument for an unknown, empty or repeated name,
/// or one that has two parts to play (a mutable target). O(n + m).
[[nodiscard]] StableGraphFacts stable_graph_facts(const Dag& graph, const StableQuestion& question);

/// Divides all 2^|stable| subsets into the classes with the same predictor, without listing the subsets.
///
/// Two subsets are in one class when the target has the same Markov boundary in both, in the graph without the mutable
/// nodes (they are set from outside). The search goes from the variables next to the target outwards: those not
/// separable from the target given what is chosen are either chosen or left out for good. One separation query a
/// variable and call; the number of calls is at most the number of classes times the number of variables. The number
/// of classes is linear for a chain and exponential for a star.
///
/// Errors: as stable_graph_facts; InvalidArgument for options out of range. Bit sets of one word up to 64 nodes.
/// Source: after the equivalence of Liu et al., "Which invariance should we transfer? A causal minimax learning
/// approach", ICML 2023.
[[nodiscard]] StableClasses stable_classes(const Dag& graph, const StableQuestion& question,
                                           const StableClassOptions& options = {});

}  // namespace causal::estimation
