#pragma once
// Thompson sampling for linear models without a known graph: order, parents and weights are drawn together.

#include <cstdint>
#include <vector>

#include "causal/bandits/change/mechanism_monitor.hpp"
#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/bandits/structure/order_posterior.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct OrderThompsonOptions {
  OrderPosteriorOptions posterior = {};
  std::vector<EdgePrior> edges = {};  ///< As in OrderPosterior.
  /// Models drawn in a round. Of their best arms the one is played that is best on the average of them all; 1 is
  /// Thompson sampling, more explore less.
  int draws = 2;
  bool random_ties = true;      ///< Bits that cannot matter in the drawn models are random; else 0.
  int relearn_after = 200;      ///< Until this round the graphs are learned anew in every round,
  int relearn_every = 1;        ///< afterwards in every round divisible by this. Weights always are.
  double forced_explore = 0;    ///< Probability of a round with uniformly random bits.
  bool detect_changes = false;  ///< Watch every mechanism; one that changed forgets the rows before the change.
  int change_after = 100;       ///< Rounds before the watch begins: the graphs must be known well enough.
  MonitorOptions monitor = {};
  ArmSearchOptions search = {.restarts = 1};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"draws", "models drawn in a round", closed_interval(1, 1000)}, self.draws);
    visitor(Field{"random_ties", "set bits that cannot matter in the drawn models at random"}, self.random_ties);
    visitor(Field{"relearn_after", "rounds with graphs learned anew each time", at_least(0)}, self.relearn_after);
    visitor(Field{"relearn_every", "rounds between later updates of the graphs", closed_interval(1, 1e9)},
            self.relearn_every);
    visitor(Field{"forced_explore", "probability of a round with random bits", closed_interval(0, 1)},
            self.forced_explore);
    visitor(Field{"detect_changes", "watch every mechanism for changes"}, self.detect_changes);
    visitor(Field{"change_after", "no detection before this round", at_least(0)}, self.change_after);
  }
};

/// Graphs unknown: order, parents and weights are drawn together (see OrderPosterior). No random phase is needed. At
/// most 16 nodes. The recommended policy when the graph is not known.
///
/// With detect_changes a MechanismMonitor predicts each node from its predecessors in OrderPosterior::likely_order. Its
/// alarm is a suspicion, for innovations also jump when the order is wrong and the policy moves to another action: it
/// counts, and is listed in alarms(), once OrderPosterior::split_gain exceeds ln(monitor.rounds_between_alarms), that
/// is, when a change explains all rows that much better than every order without one. The mechanism then goes on with
/// its rows since the estimated change (those of the last 256 rounds); the earlier ones still speak for orders.
/// Mechanisms that are never played cannot be watched: set forced_explore, .02 say, when a change could make another
/// arm the best.
///
/// A round with graphs learned anew costs O(n^2 2^n), else O(2^n + n^4) a draw, and the search (see best_arm). Errors:
/// those of OrderPosterior and MechanismMonitor; of `update`, for an action or row that does not fit or is not finite.
/// Source: Thompson, "On the likelihood that one unknown probability exceeds another", Biometrika 25, 1933; the
/// posterior: see OrderPosterior. Two draws, idle bits at random and the judged alarms are this library's own.
[[nodiscard]] PolicyPtr make_order_thompson(const BanditModel& model, const OrderThompsonOptions& options = {});

}  // namespace causal::bandits
