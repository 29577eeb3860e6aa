#pragma once
// Thompson sampling without a known graph for more nodes than all orders can be summed over.

#include <cstdint>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/bandits/structure/order_chain.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct OrderChainThompsonOptions {
  OrderChainOptions chain = {.posterior = {.edge_probability = 0.2, .max_parents = 6}, .chains = 2};
  std::vector<EdgePrior> edges = {};  ///< As in OrderChain.
  int relearn_after = 50;             ///< Until this round the evidences are computed anew in every round,
  int relearn_every = 10;             ///< afterwards in every round divisible by this. Weights always are.
  int moves = 50;                     ///< Of every chain in every round.
  /// Set bits that cannot matter in the drawn model at random instead of to 0, so that both mechanisms of every node
  /// are seen. Nodes that may not be intervened on stay at 0, and all do under a limit on interventions or costs.
  bool random_ties = true;
  double forced_explore = 0;  ///< Probability of a round with uniformly random bits.
  std::uint64_t seed = 0;     ///< Of the orders at which the chains begin.
  /// Of the best arm of a draw. Few branchings: the draw is wrong by more than the search may miss.
  ArmSearchOptions search = {.node_budget = 20'000, .total_budget = 200'000, .restarts = 1};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"relearn_after", "rounds with evidences computed anew each time", at_least(0)}, self.relearn_after);
    visitor(Field{"relearn_every", "rounds between later updates of the evidences", closed_interval(1, 1e9)},
            self.relearn_every);
    visitor(Field{"moves", "moves of every chain in every round", closed_interval(0, 1e9)}, self.moves);
    visitor(Field{"random_ties", "set bits that cannot matter in the drawn model at random"}, self.random_ties);
    visitor(Field{"forced_explore", "probability of a round with random bits", closed_interval(0, 1)},
            self.forced_explore);
    visitor(Field{"seed", "of the orders at which the chains begin"}, self.seed);
  }
};

/// Graphs unknown: a model is drawn in every round at the order of a chain that goes on moving from round to round (see
/// OrderChain), and its best arm is played. Approximate: a chain that has not caught up with the rows plays an order
/// that they no longer favour, and a draw whose best arm is beyond the budget of the search is answered by the best arm
/// seen. Up to 16 nodes make_order_thompson draws exactly; with known graphs make_linear_thompson does. At most 256
/// nodes.
///
/// A round costs `moves` moves of each chain (tens of microseconds each with 30 nodes), the search, and when the
/// evidences are computed anew some hundred microseconds a node. Errors: those of OrderChain and best_arm's options,
/// and InvalidArgument for an option out of range or a model without a reward or offsets.
[[nodiscard]] PolicyPtr make_order_chain_thompson(const BanditModel& model,
                                                  const OrderChainThompsonOptions& options = {});

}  // namespace causal::bandits
