#pragma once
// Maximally oriented partially directed graphs: a CPDAG and what background knowledge adds to it.

#include <optional>
#include <string>

#include "causal/graph/pdag.hpp"

namespace causal {

/// A Pdag that some DAG extends and in which Meek's rules orient nothing more. It stands for the DAGs that share its
/// skeleton, its unshielded colliders and its directed edges; every undirected edge is directed either way by some of
/// them. Source: Meek, "Causal inference and causal explanation with background knowledge", UAI 1995.
class Mpdag {
 public:
  /// Errors: GraphError with the reason of `why_not_mpdag`. Memory n^2 bytes.
  explicit Mpdag(Pdag pdag);
  /// A CPDAG is one. O(n + m).
  explicit Mpdag(const Cpdag& cpdag) : pdag_(cpdag.pdag()) {}

  [[nodiscard]] const MixedGraph& graph() const { return pdag_.graph(); }
  [[nodiscard]] const Pdag& pdag() const { return pdag_; }
  [[nodiscard]] int n() const { return pdag_.n(); }

 private:
  Pdag pdag_;
};

/// Nothing when `pdag` may be an Mpdag; otherwise a sentence naming the edge that a rule orients, or the nodes that no
/// DAG can order. Memory n^2 bytes, cost as meek_closure.
[[nodiscard]] std::optional<std::string> why_not_mpdag(const Pdag& pdag);

}  // namespace causal
