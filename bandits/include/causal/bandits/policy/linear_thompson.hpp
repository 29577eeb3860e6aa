#pragma once
// Thompson sampling for linear models with known graphs: play the best action of weights drawn from the posterior.

#include <Eigen/Core>
#include <array>

#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct LinearThompsonOptions {
  double ridge = 1;           ///< lambda of V = lambda I + sum x x^T.
  double variance = 1;        ///< v of the draws N(V^-1 g, v V^-1).
  double forced_explore = 0;  ///< Probability of a round with uniformly random bits.
  ArmSearchOptions search = {.restarts = 1};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"ridge", "ridge of every mechanism", open_interval(0, 1e100)}, self.ridge);
    visitor(Field{"variance", "scale of the draws", at_least(0)}, self.variance);
    visitor(Field{"forced_explore", "probability of a round with random bits", closed_interval(0, 1)},
            self.forced_explore);
  }
};

/// Both graphs known, weights unknown: graphs[b](i, j) is not 0 where i is a parent of j under bit b. Any number of
/// nodes that best_arm can handle. Errors: InvalidArgument for an option out of range, graphs that do not fit or whose
/// union has a cycle. Source: Varici, Shanmugam, Sattigeri and Tajer, "Causal bandits for linear structural equation
/// models", JMLR 24, 2023.
[[nodiscard]] PolicyPtr make_linear_thompson(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
                                             const LinearThompsonOptions& options = {});

}  // namespace causal::bandits
