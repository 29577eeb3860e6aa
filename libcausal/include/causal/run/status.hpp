#pragma once
// How a computation ended, and the record of the work it did.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causal {

/// How a computation ended. Everything but `Ok` comes with a partial or qualified result and a reason.
enum class Status {
  Ok,              ///< Finished.
  MaxIterations,   ///< Stopped at its iteration limit before convergence.
  TimeLimit,       ///< Stopped at RunOptions::time_limit_s; the result is partial.
  BudgetExceeded,  ///< Would have passed a memory or work limit; the result is partial or empty.
  Cancelled,       ///< RunOptions::stop was requested; the result is partial.
  Degenerate       ///< The numbers give no answer (singular, too few rows); evidence of nothing.
};

/// The name used in JSON: ok, max_iterations, time_limit, budget_exceeded, cancelled, degenerate.
[[nodiscard]] std::string_view to_string(Status status);

/// What a run did. `tests_by_level[l]` counts independence tests with conditioning sets of size l.
/// All fields except `phase_seconds` and `threads_used` depend on input, options and seed only.
struct RunStats {
  std::vector<std::int64_t> tests_by_level;
  std::int64_t degenerate_tests = 0;
  std::vector<std::pair<std::string, double>> phase_seconds;
  int threads_used = 1;

  [[nodiscard]] std::int64_t tests() const {
    std::int64_t sum = 0;
    for (const std::int64_t count : tests_by_level) sum += count;
    return sum;
  }
};

}  // namespace causal
