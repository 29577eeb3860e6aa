#pragma once
// The bootstrap for any estimator that can be computed from a list of rows, and the multiplier bootstrap from influence
// values.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// Intervals from replicates v*_b of the estimate v with standard error s; q(p) is the order statistic of rank
/// (B + 1) p.
enum class BootstrapInterval {
  Percentile,   ///< [q(a), q(1 - a)] of v*, a = (1 - level) / 2.
  Basic,        ///< [2 v - q(1 - a), 2 v - q(a)], also called empirical or reverse percentile.
  Studentised,  ///< [v - s q(1 - a), v - s q(a)], q of (v*_b - v) / s*_b: needs standard errors; most accurate.
  Bca           ///< Percentiles moved for median bias and skewness; the latter from influence values or a jackknife.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::BootstrapInterval> {
  using I = causal::estimation::BootstrapInterval;
  static constexpr std::array<std::pair<I, std::string_view>, 4> names{
      {{I::Percentile, "percentile"}, {I::Basic, "basic"}, {I::Studentised, "studentised"}, {I::Bca, "bca"}}};
};

namespace causal::estimation {

/// The rows of one resample, in the order drawn; clusters: their numbers, where a cluster drawn twice gets two numbers
/// (empty when clusters were not given).
struct ResampledRows {
  std::vector<int> rows;
  std::vector<int> clusters;
};

/// The estimate from these rows. Called from several threads at once; must be deterministic.
using RowEstimator = std::function<Estimate(const ResampledRows&)>;

struct BootstrapOptions {
  int replicates = 999;
  BootstrapInterval interval = BootstrapInterval::Percentile;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"replicates", "resamples; 999 makes the ranks of 95 % whole numbers", at_least(20)}, self.replicates);
    visitor(Field{"interval", "how an interval is made of the replicates"}, self.interval);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
  }
};

struct Bootstrap {
  /// Value of the original estimate, standard deviation of the replicates, interval as asked, p_value: twice the
  /// smaller of (1 + number of replicates <= 0) and (1 + number >= 0), over replicates + 1, at most 1. Figures:
  /// replicates, failed_replicates, bias (mean of the replicates minus the value).
  Estimate estimate;
  std::vector<double> replicates;  ///< Those that gave a number, in order of their index.
  std::int64_t asked = 0;
  std::int64_t failed = 0;  ///< Threw causal::Error, or gave no finite number.
  Status status =
      Status::Ok;  ///< TimeLimit or Cancelled: fewer replicates than asked; the rest of the result is valid.
};

/// Resamples n rows with replacement; with `clusters` (n numbers 0..G-1) whole clusters; with `strata` (n numbers
/// 0..S-1) rows, or whole clusters, within each stratum, so that its size stays. The estimator is called on all rows
/// once and on every resample: what it estimates on the way is estimated anew each time.
///
/// The estimate is degenerate with fewer than 20 replicates. Errors: InvalidArgument for sizes, a cluster in two
/// strata, studentised intervals of an estimator without standard errors; those of the estimator on all rows.
/// Deterministic whatever the number of threads. Not valid for matching with a fixed number of neighbours, nor for
/// estimators whose folds may share a row that was drawn twice: keep copies of a row in one fold there.
/// Source: A. C. Davison, D. V. Hinkley, Bootstrap Methods and their Application (1997), chapters 2, 3 and 5.
[[nodiscard]] Bootstrap bootstrap(std::int64_t n, const RowEstimator& estimator, const BootstrapOptions& options = {},
                                  std::span<const int> clusters = {}, std::span<const int> strata = {});

struct SimultaneousOptions {
  int draws = 5000;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"draws", "draws of the multipliers", at_least(100)}, self.draws);
    visitor(Field{"level", "probability that all intervals hold", open_interval(0, 1)}, self.level);
  }
};

/// Intervals that hold all together, and p-values that allow for all tests.
struct SimultaneousBands {
  double critical = 0;  ///< Replaces the normal quantile: interval value -+ critical std_error.
  Eigen::VectorXd low;
  Eigen::VectorXd high;
  Eigen::VectorXd p_value;  ///< (1 + draws whose largest |t| reaches the estimate's) / (draws + 1).
};

/// From estimates of the same rows with influence values: the largest |t| over them is drawn as that of
/// sum xi_i psi_i with standard normal xi, one a row or, with `clusters`, one a cluster.
/// Errors: InvalidArgument for no estimate, a missing influence, different numbers of rows, a standard error of 0.
/// Cost O(draws n k). Deterministic whatever the number of threads.
/// Source: V. Chernozhukov, D. Chetverikov, K. Kato, Annals of Statistics 41 (2013).
[[nodiscard]] SimultaneousBands simultaneous_bands(std::span<const Estimate> estimates,
                                                   const SimultaneousOptions& options = {},
                                                   std::span<const int> clusters = {});

}  // namespace causal::estimation
