#pragma once
// What an environment can look like: the rows that were seen, and how what lies below the mutable nodes comes about.

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/estimation/invariance/stable_classes.hpp"
#include "causal/estimation/invariance/stable_selection.hpp"
#include "invariance/smooth_regression.hpp"

namespace causal::estimation {

/// Rows with their mechanisms. Row i is predicted by fits that have not seen it, so that setting the mutable nodes to
/// what they were gives back row i.
struct EnvironmentModel {
  const Dag* graph = nullptr;
  StableGraphFacts facts;
  NodeValues table;          ///< n x nodes; zeros where a node is unobserved.
  std::vector<int> fold_of;  ///< n.
  int folds = 5;
  NodeSet below;                             ///< Descendants of mutable nodes, not mutable, in topological order.
  std::vector<NodeSet> observed_parents;     ///< By node.
  std::vector<SmoothRegression> mechanisms;  ///< By node; of `below`, or in the reference's way of its own set.
  Eigen::MatrixXd residuals;                 ///< n x nodes.
  bool noise_free = false;                   ///< The reference's way: regenerate stable variables without residuals.

  [[nodiscard]] bool is_mutable(NodeId v) const;
  /// The value of v given its parents in `values`, whose row i belongs to row rows[i] with the residual of
  /// noise_rows[i].
  [[nodiscard]] Eigen::VectorXd regenerate(NodeId v, const Eigen::MatrixXd& values, std::span<const int> fits,
                                           std::span<const int> noise_rows) const;
};

/// Columns of the graph's nodes and a mechanism for every node below a mutable one. Errors: as select_stable_subset.
[[nodiscard]] EnvironmentModel environment_model(const Dataset& data, const Dag& graph, const StableGraphFacts& facts,
                                                 const StableSelectionOptions& options);

/// Rows as they would be if the mutable nodes were set at random, by their margins: `replicates` times n rows. In the
/// reference's way: with the columns `facts.shuffled` shuffled instead.
[[nodiscard]] NodeValues randomised_rows(const EnvironmentModel& model, const StableSelectionOptions& options);

/// The mutable nodes on which E[target | subset, do(mutable)] depends.
[[nodiscard]] NodeSet relevant_mutable_nodes(const Dag& graph, const StableGraphFacts& facts, const NodeSet& subset);

}  // namespace causal::estimation
