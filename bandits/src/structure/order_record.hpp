#pragma once
// What a chain over orders has met, and how far several of them agree.

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

#include "order_walk.hpp"

namespace causal::bandits {

/// Sums over the recorded orders of one chain.
struct OrderRecord {
  explicit OrderRecord(int n)
      : edges{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)}, before(Eigen::MatrixXd::Zero(n, n)) {}
  /// Records where the chain stands. O(n^2 + sums over the sets of all mechanisms).
  void add(const OrderWalk& walk, std::span<const ParentSetTable> tables);

  std::array<Eigen::MatrixXd, 2> edges;  ///< Probabilities of edges given the order.
  Eigen::MatrixXd before;                ///< Orders in which i comes before j.
  std::vector<double> scores;            ///< Of each order.
};

/// Gelman and Rubin's potential scale reduction of the scores over the halves of all chains; NaN with fewer than 4
/// orders or when no score ever changed.
[[nodiscard]] double split_rhat(std::span<const OrderRecord> records);

}  // namespace causal::bandits
