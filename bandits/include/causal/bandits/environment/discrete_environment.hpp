#pragma once
// Bayesian networks, with nodes that nobody sees, as environments with hard interventions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causal/bandits/environment/environment.hpp"
#include "causal/graph/admg.hpp"
#include "causal/run/options.hpp"
#include "causal/scm/bayesian_network.hpp"

namespace causal::bandits {

struct DiscreteEnvironmentOptions {
  /// The reward of each level of the reward node; empty: the numbers that the texts of its levels are.
  std::vector<double> reward_values = {};
  /// Names of the nodes that can be set; empty: all that are observed, but the reward.
  std::vector<std::string> settable = {};
  /// Refuse a model with more actions on the settable ancestors of the reward: all their means are computed at once.
  std::int64_t max_actions = 65536;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_actions", "most actions whose means are computed", closed_interval(1, 1 << 24)},
            self.max_actions);
  }
};

/// A discrete structural model under hard interventions. Its nodes are the observed nodes of the network in ascending
/// order; latent ones are neither in the row nor in the action. Entry 0 of an action leaves a node alone, v + 1 sets it
/// to its level v; the reward and nodes outside `settable` have no other entry than 0.
///
/// A row holds the codes of the levels (0, 1, ...), and the reward's value at the reward. Rounds with the same (seed,
/// instance, round) draw every node, hidden ones too, by the same uniform number whatever the action. Immutable,
/// thread-safe.
class DiscreteEnvironment final : public Environment {
 public:
  /// `reward` names an observed node. Errors: InvalidArgument for a reward or settable name that is no observed node,
  /// the reward among the settable, a number of reward values other than that of its levels, one that is not finite, a
  /// level of the reward that is no number when no values are given, a node with more than 255 settings, more than
  /// max_actions actions, means that cannot be contracted within the limits of `query`.
  /// Cost: one contraction for every action on the settable ancestors of the reward, 8 bytes each.
  DiscreteEnvironment(BayesianNetwork network, const std::string& reward, DiscreteEnvironmentOptions options = {});

  [[nodiscard]] int n() const override { return static_cast<int>(observed_.size()); }
  [[nodiscard]] int reward() const override { return reward_; }
  /// O(size of the network). Errors: InvalidArgument for an action or row that does not fit.
  void observe(const Action& action, const Episode& episode, std::int64_t round, std::span<double> row) const override;
  /// O(n): looked up. Errors: InvalidArgument for an action that does not fit.
  [[nodiscard]] double mean(const Action& action, std::int64_t round = 0) const override;
  [[nodiscard]] int settings(int node) const override { return settings_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] std::optional<double> best_mean(std::int64_t) const override { return best_mean_; }
  /// An action with that mean: of those the first in the order of their entries at the ancestors of the reward, the
  /// others left alone.
  [[nodiscard]] const Action& best_action() const { return best_action_; }

  [[nodiscard]] const BayesianNetwork& network() const { return network_; }
  /// The latent projection onto the nodes of this environment, under their numbers.
  [[nodiscard]] const Admg& graph() const { return graph_; }
  /// The node of the network that is node j here.
  [[nodiscard]] NodeId network_node(int j) const { return observed_[static_cast<std::size_t>(j)]; }
  [[nodiscard]] const std::string& name(int j) const { return network_.variable(network_node(j)).name; }
  /// The node of that name. Errors: InvalidArgument when there is none.
  [[nodiscard]] int node(const std::string& name) const;
  /// Levels of each node.
  [[nodiscard]] std::vector<int> cardinalities() const;
  /// Nodes with one setting, without the reward.
  [[nodiscard]] NodeSet not_settable() const;
  /// The reward of each of its levels.
  [[nodiscard]] const std::vector<double>& reward_values() const { return reward_values_; }
  /// Throws InvalidArgument naming `function` unless the action has an entry below settings(j) for every node j.
  void require_action(const char* function, const Action& action) const;
  /// "X = 1, Z = b", or "nothing" when no node is set.
  [[nodiscard]] std::string describe(const Action& action) const;

 private:
  void read_reward(const DiscreteEnvironmentOptions& options);
  void read_settings(const DiscreteEnvironmentOptions& options);
  void compute_means(std::int64_t max_actions);

  BayesianNetwork network_;
  NodeSet observed_;
  std::vector<int> place_;  // of the network's nodes among the observed ones; -1 when hidden
  Admg graph_;
  int reward_ = 0;
  std::vector<double> reward_values_;
  std::vector<int> settings_;
  std::vector<int> relevant_;  // settable ancestors of the reward, ascending; the first varies slowest in means_
  std::vector<double> means_;
  double best_mean_ = 0;
  Action best_action_;
};

}  // namespace causal::bandits
