#pragma once
// Means over nearest rows.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace causal::estimation {

/// Rows arranged for search by a k-d tree (Bentley 1975; Friedman, Bentley and Finkel 1977). Rows that are equal in all
/// columns are held once, with their number, weight and weighted sum of outcomes, so that ties cost nothing.
class NearestRows {
 public:
  /// X: n x p, finite, p >= 1; y, weights: n, weights > 0. Columns are divided by their weighted standard deviation;
  /// constant ones are left out. O(n p log n).
  NearestRows(const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::VectorXd>& y,
              const Eigen::Ref<const Eigen::VectorXd>& weights);

  /// For each row of Q (m x p) the weighted mean of y over the k nearest rows and all others that are as near as the
  /// k-th; k >= 1, all rows when there are fewer. Rows count once whatever their weight. O(m p log n) for few columns,
  /// O(m n p) for many.
  [[nodiscard]] Eigen::VectorXd means(const Eigen::Ref<const Eigen::MatrixXd>& Q, std::int64_t k, int threads) const;

 private:
  struct Node {
    double cut = 0;
    std::int32_t column = -1;  ///< -1: a leaf.
    std::int32_t right = 0;    ///< The left child follows its parent.
    std::int32_t begin = 0;    ///< Points of the node.
    std::int32_t end = 0;
  };
  struct Found;

  void collect(const Eigen::MatrixXd& sorted, const std::vector<std::int32_t>& order,
               const Eigen::Ref<const Eigen::VectorXd>& y, const Eigen::Ref<const Eigen::VectorXd>& weights);
  void build(std::vector<std::int32_t>& order, std::int32_t begin, std::int32_t end);
  [[nodiscard]] double distance(std::int32_t point, const double* query) const;
  template <class Visit>
  void search(const double* query, const double& radius, std::vector<double>& gaps, Visit&& visit, std::int32_t node,
              double bound) const;
  [[nodiscard]] double mean_near(const double* query, std::int64_t k) const;

  std::vector<Eigen::Index> columns_;  ///< Columns that vary.
  Eigen::VectorXd scale_;
  Eigen::Index dims_ = 0;
  std::vector<double> points_;  ///< Distinct rows, dims_ numbers each, in the order of the tree.
  std::vector<std::int64_t> count_;
  std::vector<double> weight_;
  std::vector<double> sum_;
  std::vector<Node> nodes_;
};

}  // namespace causal::estimation
