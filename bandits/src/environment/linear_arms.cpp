#include "causal/bandits/environment/linear_arms.hpp"

#include <cmath>
#include <string>

#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

constexpr int kMaxEnumerated = 24;

double mechanism_mean(const LinearArms& arms, int bit, int node, const double* mean) {
  double sum = arms.offset(bit, node);
  for (const WeightedParent& parent : arms.parents(bit, node)) sum += parent.weight * mean[parent.node];
  return sum;
}

// Depth-first over the bits in topological order: a node's mean depends on bits before it only.
void enumerate(const LinearArms& arms, std::size_t position, std::uint64_t index, std::vector<double>& mean,
               std::vector<double>& out) {
  if (position == arms.order().size()) {
    out[index] = mean[static_cast<std::size_t>(arms.reward())];
    return;
  }
  const int node = arms.order()[position];
  for (const int bit : {0, 1}) {
    mean[static_cast<std::size_t>(node)] = mechanism_mean(arms, bit, node, mean.data());
    enumerate(arms, position + 1, index | static_cast<std::uint64_t>(bit) << (arms.n() - 1 - node), mean, out);
  }
}

}  // namespace

LinearArms::LinearArms(std::array<Eigen::MatrixXd, 2> weights, std::array<Eigen::VectorXd, 2> offsets, int reward)
    : weights_(std::move(weights)), offsets_(std::move(offsets)) {
  const Eigen::Index p = weights_[0].rows();
  for (const std::size_t b : {0U, 1U}) {
    if (p == 0 || weights_[b].rows() != p || weights_[b].cols() != p || offsets_[b].size() != p) {
      throw InvalidArgument("LinearArms: both weight matrices must be n x n and both offsets of length n, n >= 1");
    }
    for (Eigen::Index j = 0; j < p; ++j) {
      const std::string name = "(" + std::to_string(j) + ") of arm " + std::to_string(b);
      if (!std::isfinite(offsets_[b](j))) throw InvalidArgument("LinearArms", "offset" + name, "nan", "be finite");
      if (!weights_[b].col(j).allFinite()) {
        throw InvalidArgument("LinearArms", "weights into node " + name, "nan", "be finite");
      }
      if (weights_[b](j, j) != 0) {
        throw InvalidArgument("LinearArms", "weight of a loop " + name, std::to_string(weights_[b](j, j)), "be 0");
      }
    }
  }
  reward_ = reward == -1 ? n() - 1 : reward;
  if (reward_ < 0 || reward_ >= n()) {
    throw InvalidArgument("LinearArms", "reward", std::to_string(reward), "be a node, or -1 for the last one");
  }
  list_parents();
  find_order();
  find_relevant();
}

void LinearArms::list_parents() {
  rows_.assign(1, 0);
  for (int j = 0; j < n(); ++j) {
    for (const int bit : {0, 1}) {
      const double* const column = weights(bit).col(j).data();
      for (int i = 0; i < n(); ++i) {
        if (column[i] != 0) entries_.push_back({i, column[i]});
      }
      rows_.push_back(static_cast<std::uint32_t>(entries_.size()));
    }
  }
}

void LinearArms::find_order() {
  // An edge of both graphs is counted twice, and taken off twice.
  std::vector<int> waiting(static_cast<std::size_t>(n()));
  for (int j = 0; j < n(); ++j) {
    waiting[static_cast<std::size_t>(j)] = static_cast<int>(parents(0, j).size() + parents(1, j).size());
  }
  for (bool found = true; found;) {
    found = false;
    for (int j = 0; j < n() && !found; ++j) {
      if (waiting[static_cast<std::size_t>(j)] != 0) continue;
      found = true;
      waiting[static_cast<std::size_t>(j)] = -1;
      order_.push_back(j);
      for (int k = 0; k < n(); ++k) {
        const int edges = (weights_[0](j, k) != 0 ? 1 : 0) + (weights_[1](j, k) != 0 ? 1 : 0);
        waiting[static_cast<std::size_t>(k)] -= edges;
      }
    }
  }
}

void LinearArms::find_relevant() {
  std::vector<std::uint8_t> ancestor(static_cast<std::size_t>(n()), 0);
  std::vector<int> stack{reward_};
  ancestor[static_cast<std::size_t>(reward_)] = 1;
  while (!stack.empty()) {
    const int node = stack.back();
    stack.pop_back();
    for (const int bit : {0, 1}) {
      for (const WeightedParent& parent : parents(bit, node)) {
        std::uint8_t& seen = ancestor[static_cast<std::size_t>(parent.node)];
        if (seen == 0) stack.push_back(parent.node);
        seen = 1;
      }
    }
  }
  relevant_ = std::move(ancestor);
  for (int j = 0; j < n(); ++j) {
    if (offsets_[0](j) == offsets_[1](j) && weights_[0].col(j) == weights_[1].col(j)) {
      relevant_[static_cast<std::size_t>(j)] = 0;
    }
  }
}

void require_action(const char* function, const Action& action, int n) {
  if (action.size() != static_cast<std::size_t>(n)) {
    throw InvalidArgument(function, "action", std::to_string(action.size()) + " bits",
                          "have one bit for each of " + std::to_string(n) + " nodes");
  }
  for (const std::uint8_t bit : action) {
    if (bit > 1) throw InvalidArgument(function, "bit of the action", std::to_string(int{bit}), "be 0 or 1");
  }
}

void require_order(const char* function, const LinearArms& arms) {
  if (arms.has_order()) return;
  throw InvalidArgument(function, "arms", "a cycle in the union of both graphs",
                        "be acyclic, so that every action gives a model");
}

Action effective_action(const LinearArms& arms, const Action& action) {
  require_action("effective_action", action, arms.n());
  Action effective = action;
  for (std::size_t j = 0; j < action.size(); ++j) {
    effective[j] = static_cast<std::uint8_t>(action[j] & arms.relevant()[j]);
  }
  return effective;
}

Eigen::VectorXd means(const LinearArms& arms, const Action& action) {
  require_action("means", action, arms.n());
  require_order("means", arms);
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(arms.n());
  for (const int j : arms.order()) {
    mean(j) = mechanism_mean(arms, action[static_cast<std::size_t>(j)], j, mean.data());
  }
  return mean;
}

double mean_reward(const LinearArms& arms, const Action& action) { return means(arms, action)(arms.reward()); }

Eigen::VectorXd flow(const LinearArms& arms, const Action& action) {
  require_action("flow", action, arms.n());
  require_order("flow", arms);
  Eigen::VectorXd f = Eigen::VectorXd::Zero(arms.n());
  f(arms.reward()) = 1;
  for (std::size_t k = arms.order().size(); k-- > 0;) {
    const int j = arms.order()[k];
    if (f(j) == 0) continue;
    for (const WeightedParent& parent : arms.parents(action[static_cast<std::size_t>(j)], j)) {
      f(parent.node) += parent.weight * f(j);
    }
  }
  return f;
}

std::vector<double> mean_rewards(const LinearArms& arms) {
  require_order("mean_rewards", arms);
  if (arms.n() > kMaxEnumerated) {
    throw InvalidArgument("mean_rewards", "nodes", std::to_string(arms.n()), "be at most 24");
  }
  std::vector<double> out(std::size_t{1} << arms.n());
  std::vector<double> mean(static_cast<std::size_t>(arms.n()), 0.0);
  enumerate(arms, 0, 0, mean, out);
  return out;
}

}  // namespace causal::bandits
