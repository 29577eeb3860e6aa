#pragma once
// The environment in which a predictor does worst.

#include <Eigen/Core>
#include <functional>
#include <span>
#include <vector>

#include "invariance/environment_model.hpp"

namespace causal::estimation {

/// A predictor under attack: what the adversary moves, and what follows from it.
struct Attack {
  const EnvironmentModel* model = nullptr;
  const SmoothRegression* predictor = nullptr;
  std::vector<NodeId> order;    ///< Nodes to be set or regenerated, in topological order.
  std::vector<NodeId> players;  ///< Those of them that are mutable.

  /// inputs: what the predictor reads. Mutable nodes that move neither these nor the target are left alone.
  Attack(const EnvironmentModel& environments, const SmoothRegression& f, const NodeSet& inputs);

  /// Gives a mutable node its values, from the rows whose parents stand in `values`.
  using SetNode = std::function<Eigen::VectorXd(NodeId player, const Eigen::MatrixXd& values)>;
  /// The rows with mutable nodes set so and the rest regenerated with their own residuals.
  [[nodiscard]] Eigen::MatrixXd play(const std::vector<int>& rows, const SetNode& set_node) const;
  /// Squared errors of the predictor fitted without `fold`.
  [[nodiscard]] Eigen::VectorXd losses(const Eigen::MatrixXd& played, int fold) const;
  [[nodiscard]] std::vector<int> fits_of(const std::vector<int>& rows) const;
};

/// What the adversary learnt from the rows outside `fold`.
[[nodiscard]] Attack::SetNode attack_by_cells(const Attack& attack, const std::vector<int>& rows, int fold,
                                              const StableSelectionOptions& options);

/// `parameters`: where to start; several starts when empty. On return where the search ended, for the next fold.
[[nodiscard]] Attack::SetNode attack_by_network(const Attack& attack, const std::vector<int>& rows, int fold,
                                                const StableSelectionOptions& options, Eigen::VectorXd& parameters);

/// Squared errors of all rows, each under the adversary that has not seen its fold.
[[nodiscard]] Eigen::VectorXd held_out_losses(const Attack& attack, const StableSelectionOptions& options);

}  // namespace causal::estimation
