#pragma once
// A linear model with two mechanisms for every node: the observational one and the intervened one.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "causal/bandits/environment/action.hpp"

namespace causal::bandits {

/// A parent of a node and the weight of the edge from it.
struct WeightedParent {
  int node = 0;
  double weight = 0;
};

/// Which mechanism of a node.
struct ArmColumn {
  int bit = 0;
  int node = 0;
  friend bool operator==(const ArmColumn&, const ArmColumn&) = default;
};

/// The two mechanisms of every node of a linear model. Under the action a
///
///     x_n = sum_i W_{a_n}(i, n) x_i + offset_{a_n}(n) + noise of mean 0,
///
/// so the column n of weights(b) is the mechanism of node n when its bit is b. A soft intervention changes the weights
/// of the edges into a node; do(x_n = v) is a column of zeros with the offset v. The reward is the value of one node.
///
/// Every action gives a model without a cycle if and only if the union of both graphs has none, for the edges of a
/// cycle in the union enter distinct nodes and one action picks them all. Estimates need not be that good: then
/// has_order() is false, and functions that need an order say so. Immutable, thread-safe for reads.
class LinearArms {
 public:
  LinearArms() = default;
  /// weights: n x n each, zero diagonal, (i, j) the weight of i -> j; offsets: n each. `reward` -1 stands for n - 1.
  /// Errors: InvalidArgument for sizes that differ, an entry that is not finite (it is named), a loop at a node, a
  /// reward that is no node. O(n^2).
  LinearArms(std::array<Eigen::MatrixXd, 2> weights, std::array<Eigen::VectorXd, 2> offsets, int reward = -1);

  [[nodiscard]] int n() const { return static_cast<int>(weights_[0].rows()); }
  [[nodiscard]] int reward() const { return reward_; }
  [[nodiscard]] const Eigen::MatrixXd& weights(int bit) const { return weights_[static_cast<std::size_t>(bit)]; }
  [[nodiscard]] const Eigen::VectorXd& offsets(int bit) const { return offsets_[static_cast<std::size_t>(bit)]; }
  [[nodiscard]] double offset(int bit, int node) const { return offsets(bit)(node); }
  /// Parents of the node under that bit, ascending.
  [[nodiscard]] std::span<const WeightedParent> parents(int bit, int node) const {
    const std::size_t row = static_cast<std::size_t>(2 * node + bit);
    return {entries_.data() + rows_[row], entries_.data() + rows_[row + 1]};
  }
  /// Whether the union of both graphs is acyclic.
  [[nodiscard]] bool has_order() const { return order_.size() == static_cast<std::size_t>(n()); }
  /// Parents before children in both graphs, the smallest ready node first; shorter than n when has_order() is false.
  [[nodiscard]] const std::vector<int>& order() const { return order_; }
  /// Per node 1 when its bit can matter to the mean reward: it is the reward or an ancestor of it in the union, and its
  /// two mechanisms differ.
  [[nodiscard]] const std::vector<std::uint8_t>& relevant() const { return relevant_; }

 private:
  void list_parents();
  void find_order();
  void find_relevant();

  std::array<Eigen::MatrixXd, 2> weights_;
  std::array<Eigen::VectorXd, 2> offsets_;
  int reward_ = 0;
  std::vector<WeightedParent> entries_;
  std::vector<std::uint32_t> rows_;
  std::vector<int> order_;
  std::vector<std::uint8_t> relevant_;
};

/// Throws InvalidArgument naming `function` unless the action has one bit, 0 or 1, for each of n nodes.
void require_action(const char* function, const Action& action, int n);
/// Throws InvalidArgument naming `function` unless arms.has_order().
void require_order(const char* function, const LinearArms& arms);

/// The action with the bits that cannot matter to the mean reward set to 0. O(n).
[[nodiscard]] Action effective_action(const LinearArms& arms, const Action& action);
/// Means of all nodes under the action, by forward substitution. Errors: InvalidArgument for an action that does not
/// fit or arms without an order. O(n + edges).
[[nodiscard]] Eigen::VectorXd means(const LinearArms& arms, const Action& action);
/// The entry of the reward of `means`.
[[nodiscard]] double mean_reward(const LinearArms& arms, const Action& action);
/// Entry i: how much the mean reward rises when the offset of node i rises by one, by backward substitution. The mean
/// reward is the inner product of flow and offsets. Errors and cost as `means`.
[[nodiscard]] Eigen::VectorXd flow(const LinearArms& arms, const Action& action);
/// Mean rewards of all 2^n actions, at their action_index. Errors: InvalidArgument for more than 24 nodes or arms
/// without an order. O(2^n) and the edges into the last nodes of the order.
[[nodiscard]] std::vector<double> mean_rewards(const LinearArms& arms);

}  // namespace causal::bandits
