#pragma once
// One estimated number: its value, how sure it is, and what it rests on.

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/run/status.hpp"

namespace causal::estimation {

/// A named number that helps to judge an estimate: "first_stage_f", "clipped_rows".
struct Figure {
  std::string name;
  double value = 0;
};

/// How far the arms are apart in one covariate, in pooled standard deviations (treated minus control), before and after
/// weighting or matching.
struct CovariateBalance {
  std::string name;
  double before = 0;
  double after = 0;
};

/// What an estimate rests on besides its assumptions. Counts of rows that were clipped, trimmed or left out are here.
struct Diagnostics {
  std::vector<Figure> figures;
  std::vector<CovariateBalance> balance;

  void add(std::string name, double value) { figures.push_back({std::move(name), value}); }
  /// The figure of that name.
  [[nodiscard]] std::optional<double> find(std::string_view name) const;
};

/// A number with its uncertainty.
///
/// `influence` holds one value a row used, in row order, with mean 0 (up to rounding): to first order the error of
/// `value` is their mean. Differences, ratios, clustering and simultaneous bands of estimates from the same rows are
/// made from it. It is empty where an estimator has none (matching, intervals by inversion of a test).
struct Estimate {
  std::string method;    ///< Registry name: "aipw".
  std::string estimand;  ///< "ate", "att", "late", ...
  double value = std::numeric_limits<double>::quiet_NaN();
  double std_error = std::numeric_limits<double>::quiet_NaN();
  double ci_low = std::numeric_limits<double>::quiet_NaN();   ///< -inf for an interval without a lower end.
  double ci_high = std::numeric_limits<double>::quiet_NaN();  ///< inf for an interval without an upper end.
  double p_value = std::numeric_limits<double>::quiet_NaN();  ///< Two-sided, of the hypothesis that the value is 0.
  double level = 0.95;                                        ///< Confidence level of the interval.
  double dof = std::numeric_limits<double>::infinity();       ///< Of Student's t behind the interval; inf: normal.
  std::int64_t n = 0;                                         ///< Rows given.
  std::int64_t n_used = 0;                                    ///< Rows that entered.
  /// Ok, or Degenerate when the data give no answer: value is then NaN and `warnings` says why.
  Status status = Status::Ok;
  Eigen::VectorXd influence;
  Diagnostics diagnostics;
  std::vector<std::string> warnings;

  /// "aipw ate 1619.05, se 670.8, 95% CI [304.3, 2933.8], p 0.016, n 445".
  [[nodiscard]] std::string brief() const;
};

/// Standard error of a mean whose n >= 1 rows have these influence values: sqrt(sum psi^2) / n; with `clusters` (one
/// number 0..G-1 a row, G >= 2) sqrt(G / (G - 1) sum over clusters of (sum psi)^2) / n. Errors: InvalidArgument for
/// sizes that differ or a single cluster.
[[nodiscard]] double influence_std_error(const Eigen::Ref<const Eigen::VectorXd>& influence,
                                         std::span<const int> clusters = {});

/// Fills interval and p-value from value, std_error, level and dof. Errors: InvalidArgument for a level outside (0, 1).
void set_interval(Estimate& estimate);

/// The estimate with that value and influence; n = n_used = influence.size(). Errors: as the two above.
[[nodiscard]] Estimate from_influence(std::string method, std::string estimand, double value, Eigen::VectorXd influence,
                                      double level, std::span<const int> clusters = {});

/// No answer, and why.
[[nodiscard]] Estimate degenerate_estimate(std::string method, std::string estimand, std::int64_t n,
                                           std::string reason);

/// a - b, and a / b by the delta method, of estimates from the same rows; method and level are those of a.
/// Errors: InvalidArgument when an influence is missing or the numbers of rows differ.
[[nodiscard]] Estimate difference(const Estimate& a, const Estimate& b, std::span<const int> clusters = {});
[[nodiscard]] Estimate ratio(const Estimate& a, const Estimate& b, std::span<const int> clusters = {});

}  // namespace causal::estimation
