#pragma once
// Many estimates from changed data, in parallel, with failures counted and a way to stop early.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// The replicates that gave a finite value, by index.
struct Replicates {
  std::vector<double> values;
  std::vector<double> std_errors;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;  ///< Not run because of a stop request or the time limit.
  Status status = Status::Ok;
  std::string first_failure;  ///< Reason of the failed one of lowest index.
};

/// Runs replicate(b) for b in [0, count). A replicate fails when it throws causal::Error, is degenerate or not finite.
[[nodiscard]] Replicates run_replicates(std::int64_t count, const RunOptions& run, const std::string& phase,
                                        const std::function<Estimate(std::int64_t)>& replicate);

/// Order statistic of rank (B + 1) p of ascending values, between neighbours in proportion, at most the extremes.
[[nodiscard]] double order_statistic(std::span<const double> sorted, double p);

/// min(1, 2 min(1 + #{v <= x}, 1 + #{v >= x}) / (B + 1)).
[[nodiscard]] double two_sided_rank_p(std::span<const double> values, double x);

[[nodiscard]] double mean_of(std::span<const double> values);
/// With B - 1 in the denominator; 0 for fewer than 2 values.
[[nodiscard]] double standard_deviation(std::span<const double> values);

}  // namespace causal::estimation
