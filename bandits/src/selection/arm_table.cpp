#include "causal/bandits/selection/arm_table.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

class Walk {
 public:
  Walk(const ArmEstimates& estimates, const ActionWidth& width, ArmTable& table)
      : arms_(estimates.arms), width_(width), table_(table), action_(static_cast<std::size_t>(arms_.n()), 0) {
    model_.mean = Eigen::VectorXd::Zero(arms_.n());
    model_.flow = Eigen::VectorXd::Zero(arms_.n());
  }

  void along_order(std::size_t position, std::uint64_t index) {
    if (position == arms_.order().size()) {
      find_flow();
      table_.mean[index] = model_.mean(arms_.reward());
      table_.width[index] = width_(action_, model_);
      return;
    }
    const int node = arms_.order()[position];
    for (const int bit : {0, 1}) {
      action_[static_cast<std::size_t>(node)] = static_cast<std::uint8_t>(bit);
      double mean = arms_.offset(bit, node);
      for (const WeightedParent& parent : arms_.parents(bit, node)) mean += parent.weight * model_.mean(parent.node);
      model_.mean(node) = mean;
      along_order(position + 1, index | static_cast<std::uint64_t>(bit) << (arms_.n() - 1 - node));
    }
  }

 private:
  void find_flow() {
    model_.flow.setZero();
    model_.flow(arms_.reward()) = 1;
    for (std::size_t k = arms_.order().size(); k-- > 0;) {
      const int j = arms_.order()[k];
      const double f = model_.flow(j);
      if (f == 0) continue;
      for (const WeightedParent& parent : arms_.parents(action_[static_cast<std::size_t>(j)], j)) {
        model_.flow(parent.node) += parent.weight * f;
      }
    }
  }

  const LinearArms& arms_;
  const ActionWidth& width_;
  ArmTable& table_;
  Action action_;
  ActionModel model_;
};

}  // namespace

ArmTable arm_table(const ArmEstimates& estimates, const ActionWidth& width) {
  const int n = estimates.arms.n();
  if (n > 20) throw InvalidArgument("arm_table", "nodes", std::to_string(n), "be at most 20");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::size_t count = std::size_t{1} << n;
  ArmTable table{std::vector<double>(count, nan), std::vector<double>(count, nan), 0};
  if (estimates.arms.has_order()) {
    Walk(estimates, width, table).along_order(0, 0);
    return table;
  }
  for (std::uint64_t k = 0; k < count; ++k) {
    const Action action = action_from_index(k, n);
    const std::optional<ActionModel> model = action_model(estimates.arms, action);
    if (!model) {
      ++table.singular;
      continue;
    }
    table.mean[k] = model->mean(estimates.arms.reward());
    table.width[k] = width(action, *model);
  }
  return table;
}

std::uint64_t best_index(const ArmTable& table, double coefficient) {
  std::uint64_t best = table.mean.size();
  double largest = -std::numeric_limits<double>::infinity();
  for (std::uint64_t k = 0; k < table.mean.size(); ++k) {
    const double index = table.mean[k] + coefficient * table.width[k];
    if (!(index > largest)) continue;
    largest = index;
    best = k;
  }
  if (best == table.mean.size()) throw InvalidArgument("best_index: no action of the table has a model");
  return best;
}

}  // namespace causal::bandits
