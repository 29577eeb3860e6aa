#pragma once
// An order from contrasts between rows with a bit on and off, and edges pruned by an equivalence test: for comparison.

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "causal/bandits/environment/action.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct ContrastOptions {
  double ancestor_level = 0.05;  ///< Of calling any node an ancestor of another that is none, over all pairs together.
  double least_weight = 0.25;    ///< An edge is pruned only when its weight is surely smaller than this.
  double missing_level = 0.01;   ///< Of pruning any edge with at least that weight, over all edges together; with
  bool level_per_edge = false;   ///< this set, of each edge by itself.
  bool keep_by_bic = true;       ///< Keep an edge also when the BIC of its mechanism is better with it.
  double size_weight = 1;        ///< Of -ln |weight| against the mutual information where the screen says nothing.
  int neighbours = 5;            ///< Of that mutual information.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"ancestor_level", "level of the order screen, over all pairs", open_interval(0, 1)},
            self.ancestor_level);
    visitor(Field{"least_weight", "weights from this on are to be kept", open_interval(0, 1e100)}, self.least_weight);
    visitor(Field{"missing_level", "level of pruning such a weight, over all edges", open_interval(0, 0.5)},
            self.missing_level);
    visitor(Field{"level_per_edge", "missing_level holds for each edge by itself"}, self.level_per_edge);
    visitor(Field{"keep_by_bic", "keep an edge also when the BIC is better with it"}, self.keep_by_bic);
    visitor(Field{"size_weight", "weight of -ln |weight| where the screen says nothing", at_least(0)},
            self.size_weight);
    visitor(Field{"neighbours", "neighbours of the mutual information", closed_interval(1, 100)}, self.neighbours);
  }
};

/// Rows in which every bit was set by a fair coin of its own.
struct ContrastRows {
  std::vector<Action> actions;
  Eigen::MatrixXd values;                  ///< n x p, a row a round.
  std::array<Eigen::VectorXd, 2> offsets;  ///< Per bit the known means of the noise, p each.
};

struct ContrastGraphs {
  std::vector<int> order;  ///< Given, or found.
  /// (i, j): p-value of "bit i does not move j", 1 on the diagonal; empty when the order was given.
  Eigen::MatrixXd ancestor_p;
  int flagged = 0;                        ///< Pairs called ancestor and descendant.
  std::array<Eigen::MatrixXi, 2> graphs;  ///< (i, j) is 1 for i -> j.
  int tested = 0;                         ///< Edges from predecessors, over both graphs.
  int pruned = 0;
  int unfit = 0;  ///< Mechanisms with no more rows than predecessors: nothing could be pruned.
  std::vector<std::string> warnings;
};

/// Learns both graphs along one order.
///
/// Order screen: with random bits the law of a node depends on the bit of another one only when that one is its
/// ancestor (or the node itself). The means are compared by Welch's t, the spreads by Brown and Forsythe's test of
/// absolute deviations from the medians; p = 2 min of both. Pairs with p < ancestor_level / (p (p - 1)) are flagged.
/// The order is a greedy one of small weight against it (Eades, Lin and Smyth, Inf. Process. Lett. 47, 1993) with
/// weights -ln p, and, for pairs that are not flagged, far smaller weights by the credibility of the two directions
/// when each node is regressed on all others: -ln |weight| and the information between residual and parent (of the
/// first 200 rows).
///
/// Pruning: the candidates of a mechanism are all predecessors. An edge goes only when |b| + t se < least_weight, with
/// the quantile t of Student's law at the level missing_level / (2 p k) for k predecessors: whatever weight of at least
/// least_weight there is goes with at most that probability, given the order. Nothing goes for not being significant.
///
/// The pruning is sound; the screen is weak (docs/bandit-structure.md has figures), and an order that is wrong makes
/// edges missing whatever the levels say: for comparison only, OrderPosterior and OrderChain use the same rows better.
///
/// order: the known order, if there is one: the screen is then not used. Errors: InvalidArgument for an option out of
/// range, sizes that differ, a value that is not finite, an order that is no permutation, fewer than 8 rows or more
/// than 63 nodes. Cost: O(p^2 n log n) for the screen, O(p^4 + p^2 n^2) for what it leaves open, O(p^4) for the
/// pruning.
[[nodiscard]] ContrastGraphs contrast_graphs(const ContrastRows& rows, const ContrastOptions& options = {},
                                             const std::optional<std::vector<int>>& order = std::nullopt);

}  // namespace causal::bandits
