#pragma once
// All marginals of a tensor network at the cost of about two contractions.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "causal/diagram/contraction.hpp"

namespace causal {

/// A tree of index sets ("cliques") in which those that hold an index are connected, each with the marginal of the
/// normalised network over its indices. Indices with evidence stand in no clique. Thread-safe for reads.
class JunctionTree {
 public:
  struct Clique {
    std::vector<VariableId> scope;      ///< Not contained in the scope of any other clique.
    int parent = -1;                    ///< Its index is larger; -1 for a root, one per connected part.
    std::vector<VariableId> separator;  ///< What it shares with its parent.
  };

  [[nodiscard]] const std::vector<Clique>& cliques() const { return cliques_; }
  /// The first clique that holds all these indices, or -1. O(number of cliques).
  [[nodiscard]] int clique_with(std::span<const VariableId> indices) const;

  /// The sum of the network under the evidence, P(evidence) for a Bayesian network. 0 when smaller than any double; its
  /// logarithm is then still exact.
  [[nodiscard]] double mass() const;
  /// Natural logarithm; -infinity for evidence of probability 0.
  [[nodiscard]] double log_mass() const { return log_mass_; }

  /// The distribution of one index given the evidence (of an index with evidence: all on its value). Nothing when the
  /// evidence has no mass. Errors: InvalidArgument for an index outside the network. O(size of a clique).
  [[nodiscard]] std::optional<Factor> marginal(VariableId index) const;
  /// The joint distribution of a clique given the evidence; nothing when the evidence has no mass.
  [[nodiscard]] std::optional<Factor> clique_marginal(int clique) const;

 private:
  friend class JunctionTreeBuilder;
  std::vector<int> cardinalities_;
  std::vector<int> fixed_;
  std::vector<int> home_;  // the clique of each index, -1 for those with evidence
  std::vector<Clique> cliques_;
  std::vector<std::vector<double>> tables_;  // normalised; scope order, last fastest
  double log_mass_ = 0;
};

/// A tree, or why there is none.
struct CalibratedTree {
  Status status = Status::Ok;  ///< BudgetExceeded, TimeLimit or Cancelled: no tree.
  std::optional<JunctionTree> tree = {};
  ContractionPlan plan = {};  ///< `peak_bytes` are those of all cliques; nothing is sliced.
};

/// Builds the tree from an elimination order of all indices, as `plan` chooses it (`network.open` is not looked at),
/// and passes messages to the roots and back (Lauritzen and Spiegelhalter 1988; Jensen et al. 1990). Where a product
/// could leave the range 1e+-300 logarithms are added instead. One thread; memory and time: O(sum of clique sizes).
/// Errors: as `plan`, and InvalidArgument for a negative entry.
[[nodiscard]] CalibratedTree calibrate(const TensorNetwork& network, const Evidence& evidence = {},
                                       const ContractionOptions& options = {});

}  // namespace causal
