#pragma once
// When to give up: the caller's stop request and the time limit, asked with one call.

#include <chrono>

#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// Watches RunOptions::stop and RunOptions::time_limit_s from its construction on. Thread-safe; a call costs about
/// 30 ns, so ask once per unit of work of a microsecond or more.
class StopSignal {
 public:
  explicit StopSignal(const RunOptions& run) : stop_(run.stop), start_(Clock::now()), limit_s_(run.time_limit_s) {}

  /// Ok while the work may go on, else Cancelled or TimeLimit.
  [[nodiscard]] Status status() const {
    if (stop_.stop_requested()) return Status::Cancelled;
    return seconds() > limit_s_ ? Status::TimeLimit : Status::Ok;
  }
  [[nodiscard]] bool reached() const { return status() != Status::Ok; }
  /// Seconds since construction.
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::stop_token stop_;
  Clock::time_point start_;
  double limit_s_;
};

}  // namespace causal
