#pragma once
// Weighted least squares with the covariances that people report.

#include <Eigen/Core>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/run/options.hpp"

namespace causal::estimation {

/// Covariance of regression coefficients. Classic assumes equal error variances; Hc0 to Hc3 do not; Cluster allows
/// errors that are dependent within clusters, with the factor G / (G - 1) * (n - 1) / (n - k).
/// Source: White (1980); MacKinnon and White (1985) for Hc1 to Hc3; Liang and Zeger (1986) for Cluster.
enum class CovarianceKind { Classic, Hc0, Hc1, Hc2, Hc3, Cluster };

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::CovarianceKind> {
  using K = causal::estimation::CovarianceKind;
  static constexpr std::array<std::pair<K, std::string_view>, 6> names{{{K::Classic, "classic"},
                                                                        {K::Hc0, "hc0"},
                                                                        {K::Hc1, "hc1"},
                                                                        {K::Hc2, "hc2"},
                                                                        {K::Hc3, "hc3"},
                                                                        {K::Cluster, "cluster"}}};
};

namespace causal::estimation {

/// A column of ones and the columns of X: n x (p + 1). Copies X.
[[nodiscard]] Eigen::MatrixXd with_intercept(const Eigen::Ref<const Eigen::MatrixXd>& X);

/// The columns of a design that are no linear functions of the columns before them, and those that are.
struct IndependentColumns {
  std::vector<int> kept;
  std::vector<int> aliased;
};

/// A fitted linear regression on the design of n rows and k columns that it was given.
struct LeastSquaresFit {
  Eigen::VectorXd coefficients;  ///< k; exactly 0 for an aliased column.
  Eigen::MatrixXd bread;         ///< k x k: (X' W X)^-1 on the kept columns, 0 in aliased rows and columns.
  Eigen::VectorXd residuals;     ///< n, unweighted: y - X b.
  IndependentColumns columns;
  double dof = 0;  ///< Rows of positive weight minus kept columns.

  /// x_i' (X' W X)^-1 w_i x_i for each of the n rows, in [0, 1]. design and weights: those of the fit. O(n k^2).
  [[nodiscard]] Eigen::VectorXd leverages(const Eigen::Ref<const Eigen::MatrixXd>& design,
                                          const Eigen::Ref<const Eigen::VectorXd>& weights) const;
};

/// Least squares by Householder QR. A column whose part orthogonal to the columns before it is below 1e-9 of its
/// length is aliased: it gets coefficient 0, as in R.
///
/// design: n x k, finite, any column of ones included; y: n; weights: n, >= 0, or empty for ones.
/// Errors: InvalidArgument for sizes that differ; DataError for a negative weight, or fewer rows of positive weight
/// than independent columns. Cost 2 n k^2 flops and one copy of the design.
[[nodiscard]] LeastSquaresFit least_squares(const Eigen::Ref<const Eigen::MatrixXd>& design,
                                            const Eigen::Ref<const Eigen::VectorXd>& y,
                                            const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd());

/// Covariance of the coefficients, k x k. Weights are taken as sampling weights, except by Classic, which takes them as
/// inverse error variances. clusters: one number 0..G-1 a row, for Cluster only. Errors: InvalidArgument for missing
/// clusters or fewer than 2; DataError when no degree of freedom is left, or for Hc2 and Hc3 when a row has leverage 1.
/// Cost O(n k^2).
[[nodiscard]] Eigen::MatrixXd coefficient_covariance(
    const LeastSquaresFit& fit, CovarianceKind kind, const Eigen::Ref<const Eigen::MatrixXd>& design,
    const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd(), std::span<const int> clusters = {});

/// The columns of `design` (n x k) that are linear functions of those before, on rows of positive weight (n, or empty
/// for ones), by the rule of least_squares. Cost 2 n k^2 flops, once more for each aliased column.
[[nodiscard]] IndependentColumns independent_columns(
    const Eigen::Ref<const Eigen::MatrixXd>& design,
    const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd());

}  // namespace causal::estimation
