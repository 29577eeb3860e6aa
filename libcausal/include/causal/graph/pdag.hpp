#pragma once
// Partially directed graphs and the CPDAGs among them.

#include <optional>
#include <string>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

class Cpdag;
class Dag;
/// The completed PDAG of the Markov equivalence class of `dag`; see equivalence.hpp.
[[nodiscard]] Cpdag dag_to_cpdag(const Dag& dag);

/// A MixedGraph known to hold directed and undirected edges only, and no directed cycle.
class Pdag {
 public:
  Pdag() = default;
  /// Errors: GraphError naming the first edge of another kind, or the cycle. Cost O(n + m).
  explicit Pdag(MixedGraph graph);

  [[nodiscard]] const MixedGraph& graph() const { return graph_; }
  [[nodiscard]] int n() const { return graph_.n(); }
  friend bool operator==(const Pdag& a, const Pdag& b) { return a.graph_ == b.graph_; }

 private:
  friend Cpdag dag_to_cpdag(const Dag& dag);
  MixedGraph graph_;
};

/// A Pdag known to be the completed PDAG of a Markov equivalence class of DAGs.
class Cpdag {
 public:
  Cpdag() = default;
  /// Errors: GraphError with the reason of `why_not_cpdag`.
  explicit Cpdag(Pdag pdag);

  [[nodiscard]] const MixedGraph& graph() const { return pdag_.graph(); }
  [[nodiscard]] const Pdag& pdag() const { return pdag_; }
  [[nodiscard]] int n() const { return pdag_.n(); }
  friend bool operator==(const Cpdag& a, const Cpdag& b) { return a.pdag_ == b.pdag_; }

 private:
  friend Cpdag dag_to_cpdag(const Dag& dag);
  Pdag pdag_;
};

/// Nothing when `graph` is a CPDAG; otherwise a sentence naming a witness: an edge of another kind, a directed cycle,
/// "no DAG extends it", or an edge whose mark differs from the completed PDAG of its extension.
[[nodiscard]] std::optional<std::string> why_not_cpdag(const MixedGraph& graph);

}  // namespace causal
