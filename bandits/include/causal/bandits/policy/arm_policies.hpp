#pragma once
// Policies that see the reward of each arm and nothing of the graph.

#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

enum class ArmRule {
  Uniform,            ///< Any arm, always.
  Ucb1,               ///< Every arm once, then the largest mean + ucb_coefficient reward_sd sqrt(ln t / n).
  EpsilonGreedy,      ///< The largest mean, with probability epsilon any arm.
  ExploreThenCommit,  ///< Every arm explore_rounds times in turn, then the largest mean for ever.
  GaussianThompson    ///< The largest draw from N(n mean / (n + 1), reward_sd^2 / (n + 1)).
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::ArmRule> {
  static constexpr std::array<std::pair<bandits::ArmRule, std::string_view>, 5> names{
      {{bandits::ArmRule::Uniform, "uniform"},
       {bandits::ArmRule::Ucb1, "ucb1"},
       {bandits::ArmRule::EpsilonGreedy, "epsilon_greedy"},
       {bandits::ArmRule::ExploreThenCommit, "explore_then_commit"},
       {bandits::ArmRule::GaussianThompson, "gaussian_thompson"}}};
};

namespace causal::bandits {

struct ArmPolicyOptions {
  ArmRule rule = ArmRule::Ucb1;
  double ucb_coefficient = 1.4142135623730951;
  double reward_sd = 1;  ///< Scale of the rewards.
  double epsilon = 0.1;
  int explore_rounds = 1;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"rule", "how the arm is chosen"}, self.rule);
    visitor(Field{"ucb_coefficient", "of the width of UCB1", at_least(0)}, self.ucb_coefficient);
    visitor(Field{"reward_sd", "scale of the rewards", open_interval(0, 1e100)}, self.reward_sd);
    visitor(Field{"epsilon", "probability of a random arm", closed_interval(0, 1)}, self.epsilon);
    visitor(Field{"explore_rounds", "rounds of each arm before it commits", closed_interval(1, 1e9)},
            self.explore_rounds);
  }
};

/// A policy over the given arms (all of n bits), or over all 2^n when `arms` is empty (n <= 20). Equal arms are chosen
/// between at random. Errors: InvalidArgument for an option out of range, arms that do not fit or repeat.
/// Source of UCB1: Auer, Cesa-Bianchi and Fischer, Mach. Learn. 47, 2002.
[[nodiscard]] PolicyPtr make_arm_policy(const BanditModel& model, const ArmPolicyOptions& options = {},
                                        std::vector<Action> arms = {});

}  // namespace causal::bandits
