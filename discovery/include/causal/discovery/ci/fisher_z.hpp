#pragma once
// Partial correlation with Fisher's z transform.

#include <cstdint>
#include <memory>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/data/statistics.hpp"
#include "causal/discovery/ci/ci_test.hpp"
#include "causal/run/options.hpp"

namespace causal::discovery {

/// Tests whether the partial correlation r of x and y given S is zero: sqrt(n - |S| - 3) |atanh r| against the normal.
///
/// Assumes linear relations with Gaussian noise (the level is also right, asymptotically, for most linear non-Gaussian
/// noise). It misses dependence without correlation; for that use a kernel test. Built on the correlation matrix only,
/// p^2 doubles; `first_separators` runs the sweep engine, O(1) amortised per test at any |S|.
///
/// Degenerate (never independence): n - |S| - 3 < 1; x, y or a member of S is, to 1e-10 of its variance times |S|, a
/// linear function of the others. Source: Fisher 1924; Kalisch and Buehlmann 2007.
class FisherZ final : public CiTest {
 public:
  /// Needs n >= 1 and a positive variance for every variable.
  /// Errors: DataError naming a constant column, one whose squares underflow, or an entry that is not finite.
  explicit FisherZ(Moments moments);
  /// Moments of the columns of `data` without a role. Errors: DataError also for missing cells and coded columns with
  /// more than two levels.
  explicit FisherZ(const Dataset& data, const RunOptions& run = {});

  [[nodiscard]] std::string_view name() const override { return "fisher_z"; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
  [[nodiscard]] std::int64_t sample_size() const override { return n_; }
  [[nodiscard]] int max_cond_size() const override;
  /// The partial correlation by a factorisation of its own (LDL^T of the correlation matrix of x, y, S): the oracle of
  /// the sweep engine. O(|S|^3). `effect` is r, `statistic` the z value.
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;
  void first_separators(NodeId x, std::span<const NodeId> ys, std::span<const NodeId> A, int level, double alpha,
                        const StopSignal& stop, SeparatorSearch& out) const override;

  [[nodiscard]] const Eigen::MatrixXd& correlation() const { return correlation_; }

 private:
  std::int64_t n_;
  std::vector<std::string> names_;
  Eigen::MatrixXd correlation_;
};

/// Fisher's z on tables with missing cells: each test uses the rows in which x, y and S are all observed.
///
/// Valid when cells are missing completely at random, or when missingness of the tested variables depends only on S.
/// Cost per test O(n |S|^2): far slower than FisherZ. Degenerate as FisherZ, with the test's own number of rows.
class FisherZTestwise final : public CiTest {
 public:
  /// Errors: DataError naming a column without two distinct observed values.
  explicit FisherZTestwise(const Dataset& data);

  [[nodiscard]] std::string_view name() const override { return "fisher_z_testwise"; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return names_; }
  [[nodiscard]] std::int64_t sample_size() const override { return values_.rows(); }
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  std::vector<std::string> names_;
  Eigen::MatrixXd values_;
};

}  // namespace causal::discovery
