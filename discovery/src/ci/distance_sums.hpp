#pragma once
// Sums over all pairs of rows of distances and of their products, without a matrix where the columns allow it.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "test_columns.hpp"

namespace causal::discovery::detail {

/// What distance covariance needs to know about one node alone; a_ij is the distance of rows i and j.
struct DistanceMargin {
  Eigen::VectorXd row_sums;  ///< sum_j a_ij
  double total = 0;          ///< sum_ij a_ij
  double square = 0;         ///< sum_ij a_ij^2
};

/// The distances between rows of two nodes that are not constant.
///
/// Single quantities: sorting and a tree of partial sums, O(n log n). Levels of a single column: counts, O(n). Anything
/// else: all pairs, O(n^2) time.
class DistancePair {
 public:
  /// Rows are taken in the order of their cells, so that results do not depend on how they stand in the table.
  /// memory_limit_bytes bounds what hold() may take.
  DistancePair(TestColumns x, TestColumns y, std::int64_t n, int threads);

  [[nodiscard]] const DistanceMargin& x() const { return margin_x_; }
  [[nodiscard]] const DistanceMargin& y() const { return margin_y_; }
  [[nodiscard]] std::int64_t rows() const { return n_; }

  /// sum_ij a_ij b_ij
  [[nodiscard]] double product() const { return product_; }
  /// sum_ij a_ij b_o(i)o(j) for a permutation o of the rows.
  [[nodiscard]] double product(std::span<const int> order) const;
  /// Keeps the distances of nodes that need all pairs, n (3 n + 1) / 2 values, to speed product(order) up, if that
  /// takes at most `limit_bytes`.
  void hold(std::int64_t limit_bytes);

 private:
  enum class Kind { Quantity, Levels, General };
  static Kind kind_of(const TestColumns& columns);
  static TestColumns reorder(const TestColumns& columns, const std::vector<std::int64_t>& order);

  void all_pairs(int threads);
  [[nodiscard]] double quantities(std::span<const int> order) const;
  [[nodiscard]] double quantity_and_levels(std::span<const int> order) const;
  [[nodiscard]] double levels(std::span<const int> order) const;
  [[nodiscard]] double general(std::span<const int> order) const;

  std::int64_t n_;
  TestColumns x_, y_;
  Kind kind_x_, kind_y_;
  DistanceMargin margin_x_, margin_y_;
  double product_ = 0;
  std::vector<int> y_rank_;              ///< Two quantities: y as ranks, equal values sharing one.
  std::vector<double> held_x_, held_y_;  ///< The lower triangle of a; all of b.
};

}  // namespace causal::discovery::detail
