#include "replicates.hpp"

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/stop.hpp"

namespace causal::estimation {
namespace {

struct Outcome {
  bool tried = false;
  double value = std::numeric_limits<double>::quiet_NaN();
  double std_error = std::numeric_limits<double>::quiet_NaN();
  std::string failure;
};

Outcome attempt(const std::function<Estimate(std::int64_t)>& replicate, std::int64_t b) {
  Outcome outcome;
  outcome.tried = true;
  try {
    const Estimate estimate = replicate(b);
    outcome.value = estimate.value;
    outcome.std_error = estimate.std_error;
    if (!std::isfinite(estimate.value)) {
      outcome.failure = estimate.warnings.empty() ? "no finite value" : estimate.warnings.front();
    }
  } catch (const Error& error) {
    outcome.failure = error.message();
  }
  return outcome;
}

}  // namespace

Replicates run_replicates(std::int64_t count, const RunOptions& run, const std::string& phase,
                          const std::function<Estimate(std::int64_t)>& replicate) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
  const StopSignal signal(run);
  {
    ProgressMeter meter(run.progress, phase, count);
    parallel_chunks(count, 1, run.threads, [&](std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t b = begin; b < end; ++b) {
        if (signal.reached()) return;
        outcomes[static_cast<std::size_t>(b)] = attempt(replicate, b);
        meter.advance(worker);
      }
    });
  }
  Replicates result;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.tried) {
      ++result.skipped;
    } else if (!std::isfinite(outcome.value)) {
      if (result.failed++ == 0) result.first_failure = outcome.failure;
    } else {
      result.values.push_back(outcome.value);
      result.std_errors.push_back(outcome.std_error);
    }
  }
  if (result.skipped > 0) result.status = signal.status();
  return result;
}

double order_statistic(std::span<const double> sorted, double p) {
  const auto last = static_cast<double>(sorted.size() - 1);
  const double rank = std::clamp((last + 2) * p - 1, 0.0, last);
  const auto low = static_cast<std::size_t>(rank);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (rank - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

double two_sided_rank_p(std::span<const double> values, double x) {
  const auto below = std::count_if(values.begin(), values.end(), [x](double v) { return v <= x; });
  const auto above = std::count_if(values.begin(), values.end(), [x](double v) { return v >= x; });
  return std::min(1.0,
                  2 * (1 + static_cast<double>(std::min(below, above))) / (static_cast<double>(values.size()) + 1));
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace causal::estimation
