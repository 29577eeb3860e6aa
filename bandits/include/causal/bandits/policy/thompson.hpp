#pragma once
// Thompson sampling for linear models: play the best action of a model drawn from the posterior.

#include <Eigen/Core>
#include <array>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/bandits/structure/order_posterior.hpp"
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

struct OrderThompsonOptions {
  OrderPosteriorOptions posterior = {};
  std::vector<EdgePrior> edges = {};  ///< As in OrderPosterior.
  int relearn_after = 200;            ///< Until this round the graphs are learned anew in every round,
  int relearn_every = 1;              ///< afterwards in every round divisible by this. Weights always are.
  double forced_explore = 0;          ///< Probability of a round with uniformly random bits.
  ArmSearchOptions search = {.restarts = 1};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"relearn_after", "rounds with graphs learned anew each time", at_least(0)}, self.relearn_after);
    visitor(Field{"relearn_every", "rounds between later updates of the graphs", closed_interval(1, 1e9)},
            self.relearn_every);
    visitor(Field{"forced_explore", "probability of a round with random bits", closed_interval(0, 1)},
            self.forced_explore);
  }
};

/// Graphs unknown: order, parents and weights are drawn together (see OrderPosterior). No random phase is needed. At
/// most 16 nodes. The recommended policy when the graph is not known. Errors: those of OrderPosterior.
[[nodiscard]] PolicyPtr make_order_thompson(const BanditModel& model, const OrderThompsonOptions& options = {});

}  // namespace causal::bandits
