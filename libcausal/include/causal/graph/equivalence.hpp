#pragma once
// Markov equivalence: from a DAG to the CPDAG of its class, and from a PDAG to a DAG that extends it.

#include <optional>
#include <string>

#include "causal/graph/dag.hpp"
#include "causal/graph/pdag.hpp"

namespace causal {

/// The completed PDAG of the class of `dag`: same skeleton; an edge is directed exactly when every Markov equivalent
/// DAG directs it that way (it is compelled).
///
/// Cost O(n + sum of |pa(x)| over the edges x -> y), that is O(m d) with d the largest number of parents; linear on
/// sparse graphs. Source: Chickering, "A transformational characterization of equivalent Bayesian network structures",
/// UAI 1995.
[[nodiscard]] Cpdag dag_to_cpdag(const Dag& dag);

/// A DAG that extends a PDAG, or why there is none.
struct PdagExtension {
  std::optional<Dag> dag;
  std::string reason;  ///< Empty when there is a DAG; else a sentence naming the nodes that cannot be ordered.
};

/// A DAG with the skeleton and the unshielded colliders of `pdag`, and all its directed edges, if one exists.
///
/// Exact: nothing is returned only when no such DAG exists. Which of several DAGs comes out depends on nothing but the
/// graph. Cost O(m^1.5 log n), near linear on sparse graphs. Source: Dor and Tarsi, "A simple algorithm to construct a
/// consistent extension of a partially oriented graph", 1992, with counters in place of the repeated tests.
[[nodiscard]] PdagExtension extend_to_dag(const Pdag& pdag);

}  // namespace causal
