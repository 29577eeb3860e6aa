#pragma once
// Progress reports from long computations.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace causal {

/// One report: `done` of `total` units (total 0: unknown) of the named phase.
struct Progress {
  std::string phase;
  std::int64_t done = 0;
  std::int64_t total = 0;
};

/// Called from the thread that started the computation, at most about 20 times a second. It must not throw.
using ProgressFn = std::function<void(const Progress&)>;

/// Counts the units of one phase from all workers and reports from worker 0, which is the calling thread.
class ProgressMeter {
 public:
  /// Reports 0 of `total` at once and `total` of `total` when destroyed after the last unit.
  ProgressMeter(const ProgressFn& report, std::string phase, std::int64_t total);
  ~ProgressMeter();
  ProgressMeter(const ProgressMeter&) = delete;
  ProgressMeter& operator=(const ProgressMeter&) = delete;

  void advance(int worker, std::int64_t units = 1);

 private:
  const ProgressFn& report_;
  std::string phase_;
  std::int64_t total_;
  std::atomic<std::int64_t> done_{0};
  std::chrono::steady_clock::time_point next_;
};

}  // namespace causal
