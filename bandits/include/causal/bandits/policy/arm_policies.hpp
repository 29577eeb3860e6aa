#pragma once
// Policies that see the reward of each arm and nothing of the graph.

#include <cstdint>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

enum class ArmRule {
  Uniform,            ///< Any arm, always.
  Ucb1,               ///< Every arm once, then the largest mean + ucb_coefficient reward_sd sqrt(ln t / n).
  EpsilonGreedy,      ///< The largest mean, with probability epsilon any arm.
  ExploreThenCommit,  ///< Every arm explore_rounds times in turn, then the largest mean for ever.
  GaussianThompson,   ///< The largest draw from N(n mean / (n + 1), reward_sd^2 / (n + 1)).
  KlUcb,              ///< Rewards in [0, 1]: the largest kl_upper_bound(mean, n, ln t + kl_loglog ln max(ln t, 1)).
  BetaThompson,       ///< Rewards 0 and 1: the largest draw from Beta(1 + ones, 1 + zeros).
  SlidingUcb,         ///< UCB1 on the last `window` rounds, with ln min(t, window): for rewards that change.
  SuccessiveRejects   ///< Finds the best arm in `horizon` rounds, whatever it costs in between; then plays it.
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::ArmRule> {
  static constexpr std::array<std::pair<bandits::ArmRule, std::string_view>, 9> names{
      {{bandits::ArmRule::Uniform, "uniform"},
       {bandits::ArmRule::Ucb1, "ucb1"},
       {bandits::ArmRule::EpsilonGreedy, "epsilon_greedy"},
       {bandits::ArmRule::ExploreThenCommit, "explore_then_commit"},
       {bandits::ArmRule::GaussianThompson, "gaussian_thompson"},
       {bandits::ArmRule::KlUcb, "kl_ucb"},
       {bandits::ArmRule::BetaThompson, "beta_thompson"},
       {bandits::ArmRule::SlidingUcb, "sliding_ucb"},
       {bandits::ArmRule::SuccessiveRejects, "successive_rejects"}}};
};

namespace causal::bandits {

struct ArmPolicyOptions {
  ArmRule rule = ArmRule::Ucb1;
  double ucb_coefficient = 1.4142135623730951;
  double reward_sd = 1;  ///< Scale of the rewards.
  double epsilon = 0.1;
  int explore_rounds = 1;
  double kl_loglog = 3;         ///< 3 in the proof of its regret bound; 0 does better in most runs.
  std::int64_t window = 0;      ///< Rounds that SlidingUcb looks back, at least as many as there are arms; 0: twice.
  std::int64_t horizon = 1000;  ///< Rounds that SuccessiveRejects may use; at least as many as there are arms.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"rule", "how the arm is chosen"}, self.rule);
    visitor(Field{"ucb_coefficient", "of the width of UCB1", at_least(0)}, self.ucb_coefficient);
    visitor(Field{"reward_sd", "scale of the rewards", open_interval(0, 1e100)}, self.reward_sd);
    visitor(Field{"epsilon", "probability of a random arm", closed_interval(0, 1)}, self.epsilon);
    visitor(Field{"explore_rounds", "rounds of each arm before it commits", closed_interval(1, 1e9)},
            self.explore_rounds);
    visitor(Field{"kl_loglog", "coefficient of ln ln t in KL-UCB", closed_interval(0, 1e6)}, self.kl_loglog);
    visitor(Field{"window", "rounds that the sliding window holds; 0: two an arm", closed_interval(0, 1e9)},
            self.window);
    visitor(Field{"horizon", "rounds in which successive rejects finds the best arm", closed_interval(1, 1e12)},
            self.horizon);
  }
};

/// Kullback-Leibler divergence of Bernoulli(q) from Bernoulli(p), nats; infinite when q is 0 or 1 and p is not. Errors:
/// InvalidArgument for p or q outside [0, 1].
[[nodiscard]] double bernoulli_divergence(double p, double q);

/// The largest q with count * bernoulli_divergence(mean, q) <= budget, by bisection to 1e-15; 1 when count is 0.
/// Errors: InvalidArgument for a mean outside [0, 1], a negative count or budget.
[[nodiscard]] double kl_upper_bound(double mean, double count, double budget);

/// Entry k: how often each arm still in play has been pulled when the (k + 1)-th worst is dropped; arms - 1 entries.
/// The pulls of all arms, the last two to the end of the last phase, are at most `horizon`. Errors: InvalidArgument
/// unless 2 <= arms <= horizon. Source: Audibert, Bubeck and Munos, "Best arm identification in multi-armed bandits",
/// COLT 2010.
[[nodiscard]] std::vector<std::int64_t> successive_rejects_pulls(std::int64_t arms, std::int64_t horizon);

/// A policy over the given arms (n entries each, see Action), or over all 2^n actions of bits when `arms` is empty (n
/// <= 20). Equal arms are chosen between at random. Errors: InvalidArgument for an option out of range, arms that do
/// not fit or repeat, a window or horizon (of a rule that uses it) smaller than the number of arms. `update` throws
/// DataError for a reward outside [0, 1] under KlUcb, other than 0 and 1 under BetaThompson. Cost of a round: O(arms),
/// and O(window) for SlidingUcb. Sources: UCB1: Auer, Cesa-Bianchi and Fischer, Mach. Learn. 47, 2002. KL-UCB: Garivier
/// and Cappe, COLT 2011. Beta Thompson: Kaufmann, Korda and Munos, ALT 2012. Sliding window: Garivier and Moulines, ALT
/// 2011. Successive rejects: see successive_rejects_pulls.
[[nodiscard]] PolicyPtr make_arm_policy(const BanditModel& model, const ArmPolicyOptions& options = {},
                                        std::vector<Action> arms = {});

}  // namespace causal::bandits
