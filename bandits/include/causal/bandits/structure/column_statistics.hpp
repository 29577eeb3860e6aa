#pragma once
// What a linear mechanism is estimated from, for every candidate set of parents at once.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <vector>

#include "causal/bandits/environment/action.hpp"
#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::bandits {

/// Sums over the rows of one mechanism (a bit and a node): G = sum x x^T over all n nodes, g = sum x y, sum y^2 and the
/// number of rows, with y the node's value less the known mean of its noise. Every set of parents is a sub-block, so
/// no row is read twice. n^2 + n doubles.
class ColumnStatistics {
 public:
  explicit ColumnStatistics(int n) : gram_(Eigen::MatrixXd::Zero(n, n)), cross_(Eigen::VectorXd::Zero(n)) {}
  /// Adds one row; O(n^2).
  void add(std::span<const double> x, double y);
  void reset();
  /// What is left when rows that were added are taken out again, to rounding. Errors: InvalidArgument for another
  /// number of nodes or more rows than there are.
  [[nodiscard]] ColumnStatistics without(const ColumnStatistics& part) const;
  [[nodiscard]] int n() const { return static_cast<int>(gram_.rows()); }
  /// Symmetric, both triangles filled.
  [[nodiscard]] const Eigen::MatrixXd& gram() const { return gram_; }
  [[nodiscard]] const Eigen::VectorXd& cross() const { return cross_; }
  [[nodiscard]] double squares() const { return squares_; }
  [[nodiscard]] std::int64_t count() const { return count_; }
  void save(std::ostream& out) const;
  /// Errors: DataError when the stream ends early or holds another size.
  void load(std::istream& in);

 private:
  Eigen::MatrixXd gram_;
  Eigen::VectorXd cross_;
  double squares_ = 0;
  std::int64_t count_ = 0;
};

/// The statistics of all 2n mechanisms. A row counts for the mechanism that each node used in it.
class ArmStatistics {
 public:
  /// offsets: per bit the known means of the noise (n each).
  explicit ArmStatistics(std::array<Eigen::VectorXd, 2> offsets);
  /// Errors: InvalidArgument for an action or row that does not fit. O(n^3).
  void add(const Action& action, std::span<const double> row) { add(action, row, {}); }
  /// Only for the mechanisms of nodes j with wanted[j] != 0; empty: all.
  void add(const Action& action, std::span<const double> row, std::span<const char> wanted);
  [[nodiscard]] int n() const { return static_cast<int>(offsets_[0].size()); }
  [[nodiscard]] const Eigen::VectorXd& offsets(int bit) const { return offsets_[static_cast<std::size_t>(bit)]; }
  [[nodiscard]] const ColumnStatistics& column(int bit, int node) const {
    return columns_[static_cast<std::size_t>(2 * node + bit)];
  }
  /// Puts other rows in the place of those of one mechanism.
  void replace(int bit, int node, ColumnStatistics rows) {
    columns_[static_cast<std::size_t>(2 * node + bit)] = std::move(rows);
  }
  /// Forgets the rows of one mechanism.
  void reset(int bit, int node) { columns_[static_cast<std::size_t>(2 * node + bit)].reset(); }
  void save(std::ostream& out) const;
  void load(std::istream& in);

 private:
  std::array<Eigen::VectorXd, 2> offsets_;
  std::vector<ColumnStatistics> columns_;
};

/// How the weights into a node are estimated.
struct ColumnFitOptions {
  /// Standard deviation of the normal prior of every weight (mean 0); infinite: least squares.
  double prior_sd = 2;
  double noise_sd = 0;  ///< Of the node's noise; 0: estimated from the residuals.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"prior_sd",
                  "sd of the prior of a weight; inf: least squares",
                  {0, std::numeric_limits<double>::infinity(), true, false}},
            self.prior_sd);
    visitor(Field{"noise_sd", "sd of the noise; 0: estimated", closed_interval(0, 1e100)}, self.noise_sd);
  }
};

/// Weights of given parents and what is known of them.
struct ColumnFit {
  std::vector<int> parents;    ///< Ascending.
  Eigen::VectorXd weights;     ///< One a parent.
  Eigen::MatrixXd covariance;  ///< Of the weights.
  double noise_variance = 0;
  double residual_squares = 0;
  std::int64_t rows = 0;
  double largest_eigenvalue = 0;  ///< Of the covariance.
  bool ridged = false;            ///< The parents were collinear: a ridge of 1e-8 of their mean square was added.
  /// Degenerate when the noise had to be estimated from no more rows than parents: its variance is then taken as 1.
  Status status = Status::Ok;
};

/// The weights of `parents` (distinct nodes, ascending) from the statistics: with known noise variance s^2 the
/// posterior of precision G/s^2 + I/prior_sd^2, without prior least squares with covariance s^2 G^-1. An estimated
/// variance is the residual sum of squares over rows less parents. O(k^3) for k parents. Errors: InvalidArgument for
/// an option out of range or a parent that is no node.
[[nodiscard]] ColumnFit fit_column(const ColumnStatistics& statistics, std::vector<int> parents,
                                   const ColumnFitOptions& options = {});

/// The fitted mechanisms of all nodes and the arms they make, which need not have an order.
struct ArmEstimates {
  LinearArms arms;
  std::array<std::vector<ColumnFit>, 2> columns;  ///< Per bit and node.
};

/// Fits every mechanism with the parents that `graphs` gives it: graphs[b](i, j) is not 0 where i is a parent of j
/// under bit b. Errors: those of fit_column, and InvalidArgument for sizes that differ or loops.
[[nodiscard]] ArmEstimates fit_arms(const ArmStatistics& statistics, const std::array<Eigen::MatrixXi, 2>& graphs,
                                    int reward, const ColumnFitOptions& options = {});

}  // namespace causal::bandits
