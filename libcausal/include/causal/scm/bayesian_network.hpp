#pragma once
// Bayesian networks: a DAG over discrete variables with one conditional table per node.

#include <vector>

#include "causal/graph/dag.hpp"
#include "causal/probability/discrete_variable.hpp"
#include "causal/probability/factor.hpp"

namespace causal {

/// A joint distribution that factorises over a DAG. Nodes are variables; node v has the name variables()[v].name.
/// Immutable, thread-safe for reads.
class BayesianNetwork {
 public:
  BayesianNetwork() = default;
  /// variables[v] describes node v; tables[v] is P(v | parents), its scope the parents of v in ascending order and then
  /// v, so that every conditional distribution is contiguous. `latents` are nodes that nobody observes.
  /// Errors: InvalidArgument for sizes, names, scopes or cardinalities that do not fit the graph, an unknown latent;
  /// for a negative entry, or a distribution that does not sum to one within 1e-12 per level: it names the node and the
  /// values of its parents.
  BayesianNetwork(Dag dag, std::vector<DiscreteVariable> variables, std::vector<Factor> tables, NodeSet latents = {});

  [[nodiscard]] const Dag& dag() const { return dag_; }
  [[nodiscard]] int n() const { return dag_.n(); }
  [[nodiscard]] const std::vector<DiscreteVariable>& variables() const { return variables_; }
  [[nodiscard]] const DiscreteVariable& variable(NodeId v) const { return variables_[slot(v)]; }
  [[nodiscard]] const Factor& table(NodeId v) const { return tables_[slot(v)]; }
  [[nodiscard]] const std::vector<Factor>& tables() const { return tables_; }
  [[nodiscard]] const NodeSet& latents() const { return latents_; }
  [[nodiscard]] NodeSet observed() const;

  /// Code of the level `text` of node v. Errors: InvalidArgument that lists the levels.
  [[nodiscard]] int level(NodeId v, const std::string& text) const;

  friend bool operator==(const BayesianNetwork&, const BayesianNetwork&) = default;

 private:
  Dag dag_;
  std::vector<DiscreteVariable> variables_;
  std::vector<Factor> tables_;
  NodeSet latents_;
};

/// "a = yes, b = no": the assignment of `scope` in the words of the variables.
[[nodiscard]] std::string assignment_text(const std::vector<DiscreteVariable>& variables,
                                          std::span<const VariableId> scope, std::span<const int> codes);

}  // namespace causal
