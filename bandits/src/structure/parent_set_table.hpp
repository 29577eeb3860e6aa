#pragma once
// The parent sets of one mechanism, the most credible first, for sums over those within given predecessors.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "causal/bandits/structure/order_posterior.hpp"
#include "parent_set_evidence.hpp"

namespace causal::bandits {

/// Sets of predecessors are masks over candidates(). Sums leave out sets 2^-45 below their largest term.
class ParentSetTable {
 public:
  /// edges[i] is what is known of i -> node. O(max_candidates n^2) for the screen, then a handful of operations a set
  /// and a sort.
  void fill(const ColumnStatistics& statistics, int node, const OrderPosteriorOptions& options,
            std::span<const EdgePrior> edges, int max_candidates);
  /// Ascending.
  [[nodiscard]] const std::vector<int>& candidates() const { return candidates_; }
  /// The place of a node among the candidates, -1 when it is none of them.
  [[nodiscard]] int place(int node) const { return places_[static_cast<std::size_t>(node)]; }
  /// ln of the sum of the evidences of all sets within `allowed`; -inf when there is none.
  [[nodiscard]] double log_sum(std::uint32_t allowed) const;
  /// Adds to each entry of `column` (n) the probability that the node is a parent.
  void add_probabilities(std::uint32_t allowed, Eigen::Ref<Eigen::VectorXd> column) const;
  /// A set within `allowed`, with the probability of its evidence over their sum; there must be one.
  [[nodiscard]] std::uint32_t draw(std::uint32_t allowed, RandomStream& stream) const;

 private:
  // Calls use(k, evidence over that of the first set within `allowed` up to a factor in [1, 2)).
  template <class Use>
  void for_each(std::uint32_t allowed, Use&& use) const;

  std::vector<int> candidates_;
  std::vector<std::int8_t> places_;  // per node
  std::vector<std::uint32_t> masks_;
  std::vector<double> mantissas_;
  std::vector<std::int64_t> exponents_;
};

}  // namespace causal::bandits
