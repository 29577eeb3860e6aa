#pragma once
// LinUCB: the reward as a linear function of the bits of the action, without the graph.

#include <Eigen/Core>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct LinearUcbOptions {
  double alpha = 1;       ///< Of the width.
  double ridge = 1;       ///< lambda of V = lambda I + sum phi phi^T.
  bool pairwise = false;  ///< Products of two bits too.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"alpha", "coefficient of the width", at_least(0)}, self.alpha);
    visitor(Field{"ridge", "ridge of the regression", open_interval(0, 1e100)}, self.ridge);
    visitor(Field{"pairwise", "products of two bits as features too"}, self.pairwise);
  }
};

/// 1, the n bits, and with `pairwise` the products a_i a_j for i < j, (0, 1), (0, 2), ... first: 1 + n or
/// 1 + n + n (n - 1) / 2 entries.
[[nodiscard]] Eigen::VectorXd action_features(const Action& action, bool pairwise);

/// Plays the arm of the largest theta phi(a) + alpha |phi(a)|_{V^-1}, theta the ridge regression of the reward on the
/// features, over `arms` or over all 2^n when these are empty (n <= 20); of equal arms any.
///
/// Learns from every round about all arms, and is right about the best one only when the mean reward is linear in the
/// features: in a linear model that holds when no two nodes whose bits matter lie on one path to the reward; with
/// `pairwise`, no three. Cost of a round: O(arms d^2 + d^3) for d features. Errors: InvalidArgument for an option out
/// of range, a model or arms that do not fit. Source: Li, Chu, Langford and Schapire, "A contextual-bandit approach to
/// personalized news article recommendation", WWW 2010.
[[nodiscard]] PolicyPtr make_linear_ucb(const BanditModel& model, const LinearUcbOptions& options = {},
                                        std::vector<Action> arms = {});

}  // namespace causal::bandits
