#pragma once
// Sufficient statistics: computed in one pass, mergeable across shards of rows.

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/run/options.hpp"

namespace causal {

/// Mean and scatter of continuous columns: everything a Gaussian test or score sees.
struct Moments {
  std::int64_t n = 0;              ///< Rows (sum of integer weights when weighted).
  Eigen::VectorXd mean;            ///< p.
  Eigen::MatrixXd scatter;         ///< p x p, symmetric: sum over rows of (x - mean)(x - mean)^T.
  std::vector<std::string> names;  ///< p.

  [[nodiscard]] int p() const { return static_cast<int>(mean.size()); }
  /// scatter / (n - 1). Needs n >= 2.
  [[nodiscard]] Eigen::MatrixXd covariance() const;
  /// Correlation matrix; a column with zero scatter gets zeros off the diagonal.
  [[nodiscard]] Eigen::MatrixXd correlation() const;
};

/// Scales a scatter or covariance matrix to correlations in place: the same matrix `Moments::correlation` returns,
/// without a second p x p matrix.
void scale_to_correlation(Eigen::MatrixXd& scatter);

/// Moments of all columns of a table without missing cells.
/// Errors: DataError for a missing cell (names the column). Cost: n p^2 / 2 multiply-adds, blocked.
[[nodiscard]] Moments compute_moments(const Dataset& data, const RunOptions& run = {});

/// The same with a non-negative integer weight per row (a resample as multiplicities); never copies the data.
[[nodiscard]] Moments compute_weighted_moments(const Dataset& data, const std::vector<std::int32_t>& weights,
                                               const RunOptions& run = {});

/// Moments of the union of two disjoint row sets. Errors: InvalidArgument when the names differ.
[[nodiscard]] Moments merge(const Moments& a, const Moments& b);

/// Moments from a covariance matrix (divisor n - 1) of n samples, means taken as zero.
/// Errors: DataError naming the first asymmetric or non-finite entry or negative variance.
[[nodiscard]] Moments moments_from_covariance(const Eigen::MatrixXd& covariance, std::int64_t n,
                                              std::vector<std::string> names);

}  // namespace causal
