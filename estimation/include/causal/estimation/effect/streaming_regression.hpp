#pragma once
// Least squares and two-stage least squares of more rows than fit in memory, in two passes over blocks of rows.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "causal/estimation/nuisance/least_squares.hpp"

namespace causal::estimation {

/// Means and centred cross products of c columns: the first pass. Parts of the rows can be added by different processes
/// and merged. Not thread-safe.
class CrossProducts {
 public:
  /// columns >= 1.
  explicit CrossProducts(Eigen::Index columns);

  /// Adds m rows: block m x c, column-major, for instance a window of a mapped file; weights: m, >= 0, or empty for
  /// ones. The bits depend on how the rows are cut into blocks, not on threads (0: all cores). Cost m c^2 flops;
  /// scratch of about 4,096 c doubles a thread. Errors: InvalidArgument for sizes; DataError for a cell that is not
  /// finite or a negative weight (row counted from the first ever added, 1-based); the block is then not added.
  void add(const Eigen::Ref<const Eigen::MatrixXd>& block, int threads = 0,
           const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd());
  /// Errors: InvalidArgument for another number of columns.
  void merge(const CrossProducts& other);

  [[nodiscard]] Eigen::Index columns() const { return mean_.size(); }
  [[nodiscard]] std::int64_t rows() const { return rows_; }  ///< Of positive weight.
  [[nodiscard]] double weight() const { return weight_; }
  [[nodiscard]] const Eigen::VectorXd& mean() const { return mean_; }
  /// Sum of w (x - mean)(x - mean)'.
  [[nodiscard]] const Eigen::MatrixXd& scatter() const { return scatter_; }

 private:
  Eigen::VectorXd mean_;
  Eigen::MatrixXd scatter_;
  double weight_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t rows_seen_ = 0;
};

/// Which columns of the blocks play which part. A column of ones is always part of the design and not among them.
struct StreamColumns {
  int outcome = 0;
  std::vector<int> exogenous = {};
  std::vector<int> endogenous = {};  ///< Regressors that are instrumented; empty: least squares.
  std::vector<int> instruments = {};
};

/// Coefficients from the first pass, and what the second pass needs. Coefficients: intercept, exogenous, endogenous.
struct StreamedFit {
  StreamColumns parts;
  Eigen::VectorXd coefficients;          ///< k; 0 for an aliased column.
  Eigen::MatrixXd bread;                 ///< k x k: (X'WX)^-1, with fitted endogenous columns; 0 where aliased.
  IndependentColumns columns;            ///< Positions among the coefficients.
  std::vector<int> aliased_instruments;  ///< Positions in parts.instruments.
  double dof = 0;
  double rows = 0;

  double weight = 0;                ///< Sum of weights.
  Eigen::VectorXd mean;             ///< c means.
  Eigen::MatrixXd regressors;       ///< c x kept slopes: centred row -> regressors with unit scatter.
  Eigen::VectorXd residual;         ///< c: centred row -> residual.
  Eigen::MatrixXd to_coefficients;  ///< k x (1 + kept slopes): from coefficients of (1 / sqrt(weight), these) to ours.
};

/// Solves the normal equations, centred and scaled. A column is aliased when less than 1e-11 of its variance is left
/// beside the columns before it: products of cells cannot tell it from rounding. Use least_squares where that matters.
/// Errors: InvalidArgument for a column out of range or in two parts; DataError for too few rows, and with endogenous
/// columns for too few instruments that are no functions of others.
[[nodiscard]] StreamedFit fit_streamed(const CrossProducts& products, const StreamColumns& parts);

/// The second pass over the same rows: what covariances need. Mergeable like CrossProducts.
class ScoreProducts {
 public:
  explicit ScoreProducts(StreamedFit fit);

  /// As CrossProducts::add, of rows that were part of the first pass. Cost about 5 m k^2 flops.
  void add(const Eigen::Ref<const Eigen::MatrixXd>& block, int threads = 0,
           const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd());
  /// The other must come from the same fit. Errors: InvalidArgument for another number of coefficients.
  void merge(const ScoreProducts& other);

  /// Coefficients after one step of refinement with the residuals of all rows: close to those of an orthogonal
  /// decomposition even where columns are nearly collinear.
  [[nodiscard]] Eigen::VectorXd coefficients() const;
  /// Sum of w u^2.
  [[nodiscard]] double residual_sum_of_squares() const { return squares_; }
  /// k x k, as coefficient_covariance. Errors: InvalidArgument for Cluster, and for Hc2 and Hc3 with endogenous
  /// columns; DataError when the rows added are not as many as in the first pass, without degrees of freedom, or for
  /// Hc2 and Hc3 when a row has leverage 1.
  [[nodiscard]] Eigen::MatrixXd covariance(CovarianceKind kind) const;

 private:
  StreamedFit fit_;
  std::vector<Eigen::MatrixXd> meats_;  ///< Squared residuals times 1, 1 / (1 - h) and 1 / (1 - h)^2.
  Eigen::VectorXd gradient_;
  double squares_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t decisive_rows_ = 0;  ///< With leverage 1.
};

}  // namespace causal::estimation
