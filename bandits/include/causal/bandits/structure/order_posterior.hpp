#pragma once
// The posterior of both graphs when their mechanisms follow one unknown order of the nodes.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/run/options.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

/// The prior.
struct OrderPosteriorOptions {
  /// sd of the prior of a weight, N(0, prior_sd^2); with unknown noise N(0, s^2 prior_sd^2).
  double prior_sd = 1.5;
  /// sd of the noise; 0: unknown, with s^2 inverse gamma of shape and scale 1.
  double noise_sd = 0;
  double edge_probability = 0.5;  ///< Prior probability of an edge along the order, in each graph.
  int max_parents = 16;           ///< Sets with more have no mass.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"prior_sd", "sd of the prior of a weight", open_interval(0, 1e100)}, self.prior_sd);
    visitor(Field{"noise_sd", "sd of the noise; 0: unknown", closed_interval(0, 1e100)}, self.noise_sd);
    visitor(Field{"edge_probability", "prior probability of an edge along the order", open_interval(0, 1)},
            self.edge_probability);
    visitor(Field{"max_parents", "largest number of parents", closed_interval(0, 16)}, self.max_parents);
  }
};

/// What is known of an edge beforehand, for both graphs.
enum class EdgePrior : std::uint8_t {
  Open,       ///< edge_probability.
  Known,      ///< In both graphs.
  Forbidden,  ///< In neither.
};

/// One draw: an order, the parents along it, weights and noise variances.
struct OrderDraw {
  std::vector<int> order;
  std::array<std::vector<std::uint32_t>, 2> parents;  ///< Per bit and node, node i at bit i.
  LinearArms arms;
  std::array<std::vector<double>, 2> noise_variance;
};

/// Orders, parent sets and weights given the rows seen so far, exact up to 16 nodes.
///
/// Under every order the parents of a node are any set of its predecessors, chosen for both of its mechanisms by
/// themselves. The evidence of a mechanism's parents depends on its own rows only, so the posterior is right however
/// the actions were chosen. The number of orders is summed over by subsets (Koivisto and Sood, "Exact Bayesian
/// structure discovery in Bayesian networks", JMLR 5, 2004). All sums carry a separate exponent: evidences of thousands
/// of nats apart neither overflow nor lose the small ones.
///
/// Memory 64 n 2^(n-1) bytes, and 16 n 2^(n-1) when a mechanism was archived. Not thread-safe while it changes.
class OrderPosterior {
 public:
  /// edges (n x n, empty: all Open): edges(i, j) is what is known of i -> j. Errors: InvalidArgument for n outside
  /// [1, 16], an option out of range, a matrix that does not fit, known edges that form a cycle.
  OrderPosterior(int n, const OrderPosteriorOptions& options = {}, const std::vector<EdgePrior>& edges = {});
  ~OrderPosterior();
  OrderPosterior(OrderPosterior&&) noexcept;
  OrderPosterior& operator=(OrderPosterior&&) noexcept;

  [[nodiscard]] int n() const;
  /// Takes new statistics of one mechanism in: the evidences of its 2^(n-1) parent sets and their sums over subsets.
  /// O(n 2^(n-1)).
  void update(int bit, int node, const ColumnStatistics& statistics);
  /// Takes the rows of a mechanism that is no more, as it was before a change: they go on to speak for orders, and for
  /// nothing else. Parents before and after a change need only agree with one order. O(n 2^(n-1)).
  void archive(int bit, int node, const ColumnStatistics& statistics);
  /// How much likelier the rows are, in nats, when those of one mechanism come from two, the later with parents and
  /// weights of its own: ln of a Bayes factor, summed over all orders. `before` and `after` are the two parts of what
  /// `update` was given last. Under no change, above h with probability at most e^-h. O(n 2^n).
  [[nodiscard]] double split_gain(int bit, int node, const ColumnStatistics& before,
                                  const ColumnStatistics& after) const;
  /// Sums over the orders; call it after updates and before any question. O(n 2^(n-1)).
  void refresh();

  /// ln of the evidence of one parent set times its prior factors (node i at bit i; a set that holds the node or is
  /// ruled out: -inf).
  [[nodiscard]] double log_evidence(int bit, int node, std::uint32_t parents) const;
  /// ln of the sum over all orders of the products of evidences: for comparisons between priors.
  [[nodiscard]] double log_total() const;
  /// (i, j): posterior probability of i -> j in the graph of that bit. O(n^2 2^(n-1)).
  [[nodiscard]] Eigen::MatrixXd edge_probabilities(int bit) const;
  /// (i, j): posterior probability that i comes before j in the order. O(n^2 2^(n-1)).
  [[nodiscard]] Eigen::MatrixXd order_probabilities() const;
  /// An order built from its end, each time with the most probable last node of those left: near the most probable
  /// order, not always that one. O(n^2).
  [[nodiscard]] std::vector<int> likely_order() const;
  /// An independent draw; `statistics` are those last given to update. O(2^n + n^4) .
  [[nodiscard]] OrderDraw draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// ln of the evidence of one parent set computed on its own, without priors on edges: for checks. Errors:
/// InvalidArgument for an option out of range.
[[nodiscard]] double parent_set_evidence(const ColumnStatistics& statistics, const std::vector<int>& parents,
                                         const OrderPosteriorOptions& options);

}  // namespace causal::bandits
