#include "causal/run/progress.hpp"

namespace causal {
namespace {

constexpr std::chrono::milliseconds kInterval{50};

}  // namespace

ProgressMeter::ProgressMeter(const ProgressFn& report, std::string phase, std::int64_t total)
    : report_(report), phase_(std::move(phase)), total_(total), next_(std::chrono::steady_clock::now() + kInterval) {
  if (report_) report_({phase_, 0, total_});
}

ProgressMeter::~ProgressMeter() {
  if (report_ && done_ == total_) report_({phase_, total_, total_});
}

void ProgressMeter::advance(int worker, std::int64_t units) {
  const std::int64_t done = done_.fetch_add(units, std::memory_order_relaxed) + units;
  if (!report_ || worker != 0 || done == total_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  report_({phase_, done, total_});
}

}  // namespace causal
