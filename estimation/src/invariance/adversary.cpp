#include "invariance/adversary.hpp"

#include <algorithm>

#include "causal/graph/reachability.hpp"
#include "causal/math/optimize.hpp"

namespace causal::estimation {

Attack::Attack(const EnvironmentModel& environments, const SmoothRegression& f, const NodeSet& inputs)
    : model(&environments), predictor(&f) {
  NodeSet moved = inputs;
  moved.push_back(environments.facts.target);
  std::sort(moved.begin(), moved.end());
  const NodeSet matter = ancestors(environments.graph->graph(), moved);
  for (const NodeId v : environments.graph->topological_order()) {
    if (!std::binary_search(matter.begin(), matter.end(), v)) continue;
    if (environments.is_mutable(v)) players.push_back(v);
    const auto& below = environments.below;
    if (environments.is_mutable(v) || std::find(below.begin(), below.end(), v) != below.end()) order.push_back(v);
  }
}

std::vector<int> Attack::fits_of(const std::vector<int>& rows) const {
  std::vector<int> fits;
  fits.reserve(rows.size());
  for (const int row : rows) fits.push_back(model->fold_of[static_cast<std::size_t>(row)]);
  return fits;
}

Eigen::MatrixXd Attack::play(const std::vector<int>& rows, const SetNode& set_node) const {
  Eigen::MatrixXd values = model->table.values(rows, Eigen::all);
  const std::vector<int> fits = fits_of(rows);
  for (const NodeId v : order) {
    values.col(v) = model->is_mutable(v) ? set_node(v, values) : model->regenerate(v, values, fits, rows);
  }
  return values;
}

Eigen::VectorXd Attack::losses(const Eigen::MatrixXd& played, int fold) const {
  const std::vector<int> fits(static_cast<std::size_t>(played.rows()), fold);
  return (played.col(model->facts.target) - predictor->predict(played, fits)).cwiseAbs2();
}

Eigen::VectorXd held_out_losses(const Attack& attack, const StableSelectionOptions& options) {
  const auto n = attack.model->table.values.rows();
  const auto is_discrete = [&](NodeId v) { return attack.model->table.levels[slot(v)] > 0; };
  const bool network =
      options.adversary == AdversaryKind::Network ||
      (options.adversary == AdversaryKind::Auto && attack.players.size() > 1 && optimizer_available() &&
       std::none_of(attack.players.begin(), attack.players.end(), is_discrete));
  Eigen::VectorXd losses(n);
  Eigen::VectorXd parameters;
  for (int fold = 0; fold < options.folds; ++fold) {
    std::vector<int> seen, held_out;
    for (int i = 0; i < static_cast<int>(n); ++i) {
      (attack.model->fold_of[static_cast<std::size_t>(i)] == fold ? held_out : seen).push_back(i);
    }
    Attack::SetNode worst;
    if (!attack.players.empty()) {
      worst = network ? attack_by_network(attack, seen, fold, options, parameters)
                      : attack_by_cells(attack, seen, fold, options);
    }
    losses(held_out) = attack.losses(attack.play(held_out, worst), fold);
  }
  return losses;
}

}  // namespace causal::estimation
