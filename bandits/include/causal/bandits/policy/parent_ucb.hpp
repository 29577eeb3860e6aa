#pragma once
// Policies that know how each arm moves the parents of the reward, and learn one mean per value of these.

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/bandits/environment/discrete_environment.hpp"
#include "causal/bandits/policy/policy.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// What such a policy is told: arms, and the law of the parents of the reward under each. Configurations of the parents
/// are numbered with the first parent as the most significant digit.
struct ParentBandit {
  int n = 0;
  int reward = 0;
  NodeSet parents = {};                 ///< Of the reward, ascending; all of them.
  std::vector<int> cardinalities = {};  ///< Levels of each parent.
  std::vector<Action> arms = {};
  Eigen::MatrixXd probability = {};  ///< arms x configurations; rows sum to 1.
};

/// That of an environment, computed from its tables. Errors: InvalidArgument for no arms or one that does not fit, more
/// than 2^20 configurations, a confounder of the reward (a bidirected edge in environment.graph()): the mean given the
/// parents would then depend on the arm. Cost: one contraction an arm.
[[nodiscard]] ParentBandit parent_bandit(const DiscreteEnvironment& environment, std::vector<Action> arms);

/// Throws InvalidArgument naming `function` for parts that do not fit, arms that repeat, probabilities that are
/// negative or do not sum to 1 within 1e-9.
void require_parent_bandit(const char* function, const ParentBandit& bandit);
/// The number of the configuration of the parents in a row of n cells. Errors: DataError for a cell that is no level.
[[nodiscard]] std::size_t parent_configuration(const ParentBandit& bandit, std::span<const double> row);

enum class ParentRule {
  Ucb,      ///< C-UCB: a configuration has min(1, mean + ucb_coefficient sqrt(ln t / n)), 1 when never seen.
  KlUcb,    ///< The same with kl_upper_bound(mean, n, ln t).
  Thompson  ///< C-TS, rewards 0 and 1: a configuration has a draw from Beta(1 + ones, 1 + zeros).
};

struct ParentUcbOptions {
  ParentRule rule = ParentRule::Ucb;
  double ucb_coefficient = 1.4142135623730951;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"rule", "value of a configuration of the parents"}, self.rule);
    visitor(Field{"ucb_coefficient", "of the width of C-UCB", at_least(0)}, self.ucb_coefficient);
  }
};

/// Plays the arm with the largest sum over configurations z of probability(arm, z) times the value of z; equal ones at
/// random. Every round teaches about all arms that can lead to the configuration seen: regret grows with the number of
/// configurations, not with that of arms. Rewards lie in [0, 1]; rows hold codes of levels, as in DiscreteEnvironment.
/// Errors: InvalidArgument for options out of range, and those of require_parent_bandit. `update` throws
/// InvalidArgument for an action of another length, DataError for a reward or a level out of range. Cost of a round:
/// O(arms configurations). Assumes that the reward depends on the action through its parents only, and that
/// `probability` is right. Source: Lu, Meisami, Tewari and Yan, "Regret analysis of bandit problems with causal
/// background knowledge", UAI 2020; the bound 1 and KL bounds in its place are ours.
[[nodiscard]] PolicyPtr make_parent_ucb(ParentBandit bandit, const ParentUcbOptions& options = {});

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::ParentRule> {
  static constexpr std::array<std::pair<bandits::ParentRule, std::string_view>, 3> names{
      {{bandits::ParentRule::Ucb, "c_ucb"},
       {bandits::ParentRule::KlUcb, "c_kl_ucb"},
       {bandits::ParentRule::Thompson, "c_thompson"}}};
};
