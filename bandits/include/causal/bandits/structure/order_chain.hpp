#pragma once
// Orders, graphs and weights of more nodes than all orders can be summed over: Markov chains over orders.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/bandits/structure/order_posterior.hpp"
#include "causal/run/options.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

/// The prior, what is kept of it, and the chains.
struct OrderChainOptions {
  /// As in OrderPosterior. Sparser by default: large graphs are, and the sets that are kept grow with max_parents.
  OrderPosteriorOptions posterior = {.edge_probability = 0.1, .max_parents = 6};
  int max_candidates = 12;  ///< Candidate parents of a mechanism; with no more nodes than that all of them.
  int chains = 4;           ///< Run side by side from different orders.
  int threads = 1;          ///< Over chains; 0: one a core. Inside runs that are parallel themselves 1 is right.
  /// Refuse to allocate more than this.
  std::int64_t memory_limit_bytes = std::int64_t{1} << 30;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_candidates", "candidate parents of a mechanism", closed_interval(1, 31)}, self.max_candidates);
    visitor(Field{"chains", "chains over orders", closed_interval(1, 1000)}, self.chains);
    visitor(Field{"threads", "worker threads; 0 means one per core", closed_interval(0, 1024)}, self.threads);
    visitor(Field{"memory_limit_bytes", "refuse to allocate more than this", at_least(0)}, self.memory_limit_bytes);
  }
};

/// One draw: an order, the parents along it, weights and noise variances.
struct OrderChainDraw {
  std::vector<int> order;
  std::array<std::vector<std::vector<int>>, 2> parents;  ///< Per bit and node, ascending.
  LinearArms arms;
  std::array<std::vector<double>, 2> noise_variance;
};

/// How far the chains agree. They may agree and be wrong; when they disagree, none of them is to be believed.
struct OrderChainAgreement {
  std::int64_t orders = 0;  ///< Recorded by each chain since the last update.
  /// Potential scale reduction of the log score over the halves of all chains; near 1 when they have mixed, NaN with
  /// fewer than 4 orders or when no score changed, inf when none changed within the halves. Source: Gelman and Rubin,
  /// Stat. Sci. 7, 1992.
  double score_rhat = 0;
  /// Largest difference between two chains in the posterior probability of an edge, over both graphs.
  double edge_gap = 0;
  double acceptance = 0;  ///< Share of the Metropolis moves that were accepted since construction or `restart`.
  std::vector<std::string> warnings;
};

/// The posterior of OrderPosterior for more nodes: approximate, by Markov chains over orders (Friedman and Koller,
/// "Being Bayesian about network structure", Machine Learning 50, 2003).
///
/// The probability of an order is a product over mechanisms of the summed evidences of the parent sets within the
/// predecessors, the same as in OrderPosterior. A move swaps two neighbours, swaps two nodes, or takes a node out and
/// puts it back by the exact probabilities of all n places; only mechanisms whose candidates' places change are scored
/// again. Each leaves the posterior invariant.
///
/// Three approximations: an order's visits are a dependent sample (see agreement()); sets have at most
/// posterior.max_parents members; above max_candidates + 1 nodes parents come from the candidates that the evidence
/// favours (small sets, then a forward search, done anew in each update), others have no mass. With all nodes
/// as candidates and the same max_parents it converges to what OrderPosterior computes: use that one up to 16 nodes.
///
/// Memory: 20 bytes a set, sum over k <= max_parents of C(min(n - 1, max_candidates), k) sets a mechanism (2510 with
/// the defaults), 2n mechanisms, and 24 n^2 + 8300 n bytes a chain. Not thread-safe while it changes.
class OrderChain {
 public:
  /// edges (n x n, empty: all Open): edges(i, j) is what is known of i -> j. The chains begin at random orders; every
  /// mechanism begins without rows. Errors: InvalidArgument for n outside [1, 256], an option out of range, a matrix
  /// that does not fit, known edges that form a cycle or are more than max_parents or max_candidates into a node, more
  /// memory than memory_limit_bytes.
  OrderChain(int n, const OrderChainOptions& options = {}, const std::vector<EdgePrior>& edges = {},
             std::uint64_t seed = 0);
  ~OrderChain();
  OrderChain(OrderChain&&) noexcept;
  OrderChain& operator=(OrderChain&&) noexcept;

  [[nodiscard]] int n() const;
  /// Takes new statistics of one mechanism in and forgets the recorded orders. Some hundred microseconds with the
  /// default options.
  void update(int bit, int node, const ColumnStatistics& statistics);
  /// New starts: the first chain at a greedy order, built from the front by the node that loses least when the rest may
  /// not be its parents; the others at random orders. Forgets the recorded orders. O(n^2) scores.
  void restart(RandomStream& stream);
  /// Moves every chain `moves` times, and records nothing. `stream` gives one number, the key of the chains' streams.
  void advance(std::int64_t moves, RandomStream& stream);
  /// Records `orders` orders of every chain, n moves apart.
  void sample(std::int64_t orders, RandomStream& stream);

  /// (i, j): estimated posterior probability of i -> j in the graph of that bit, the average over the recorded orders
  /// of the probability given the order. Errors: InvalidArgument for a bit other than 0 and 1, and without recorded
  /// orders (so for the next).
  [[nodiscard]] Eigen::MatrixXd edge_probabilities(int bit) const;
  /// (i, j): estimated posterior probability that i comes before j in the order.
  [[nodiscard]] Eigen::MatrixXd order_probabilities() const;
  [[nodiscard]] OrderChainAgreement agreement() const;

  /// The order at which a chain stands, and ln of its probability up to a constant.
  [[nodiscard]] const std::vector<int>& order(int chain) const;
  [[nodiscard]] double log_score(int chain) const;
  /// The candidate parents of a mechanism, ascending.
  [[nodiscard]] const std::vector<int>& candidates(int bit, int node) const;
  /// A draw at the order of a random chain: parents from their posterior given the order, weights given the parents.
  /// Draws are as dependent as the orders are: advance between them. `statistics` may be newer than those last given to
  /// update. O(sets + n^2).
  [[nodiscard]] OrderChainDraw draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const;

  /// The orders of the chains and the count of moves; neither statistics nor recorded orders.
  void save(std::ostream& out) const;
  /// Into a chain made with the same arguments and updated with the same statistics. Errors: DataError.
  void load(std::istream& in);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causal::bandits
