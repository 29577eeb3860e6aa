#pragma once
// Finding the best arm when the law of the reward's parents under each arm is known: every round counts for all arms.

#include <Eigen/Core>
#include <cstdint>

#include "causal/bandits/policy/parent_ucb.hpp"
#include "causal/bandits/policy/policy.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct ImportanceBanditOptions {
  std::int64_t horizon = 1000;  ///< Rounds until it commits to one arm.
  int iterations = 2000;        ///< Steps of the search for the shares.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "rounds until it commits to one arm", closed_interval(2, 1e12)}, self.horizon);
    visitor(Field{"iterations", "steps of the search for the shares", closed_interval(0, 1e7)}, self.iterations);
  }
};

/// How often each arm is played, and what that makes of the weights.
struct ImportanceDesign {
  Eigen::VectorXd shares;  ///< Per arm, sum 1.
  /// The largest over arms a of sum_z P(z|a)^2 / Q(z), Q = the mixture of P(z|a) in these shares: 1 to the number of
  /// arms, and that number divides the rounds.
  double ratio = 1;
  double bound = 0;      ///< Weights P(z|a) / Q(z) above sqrt(ratio horizon / ln(2 horizon arms)) count as 0.
  double truncated = 0;  ///< The largest probability under an arm of a weight that counts as 0: the largest bias.
};

/// Shares with a small ratio, by exponentiated subgradient steps of size ~ 1 / sqrt(step) from equal shares; the best
/// of all steps. The problem is convex, the minimum is approached and not certified. Cost: iterations x arms x
/// configurations. Errors: InvalidArgument for options out of range, and those of require_parent_bandit.
[[nodiscard]] ImportanceDesign importance_design(const ParentBandit& bandit,
                                                 const ImportanceBanditOptions& options = {});

/// Draws an arm by the shares of importance_design in each round of the horizon, then plays for ever the arm with the
/// largest mean of reward times weight, of equal ones the first. Its regret is of order sqrt(ratio / horizon); regret
/// on the way is not its aim. Rewards lie in [0, 1]; assumptions are those of make_parent_ucb. Rows after the horizon
/// change nothing. Errors: as importance_design; `update` as that of make_parent_ucb. Cost of a round: O(arms), of the
/// rounds after the horizon O(arms configurations). Source: Lattimore, Lattimore and Reid, "Causal bandits: learning
/// good interventions via causal inference", NeurIPS 2016, algorithm 2; the search for the shares is ours.
[[nodiscard]] PolicyPtr make_importance_bandit(ParentBandit bandit, const ImportanceBanditOptions& options = {});

}  // namespace causal::bandits
