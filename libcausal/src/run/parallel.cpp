#include "causal/run/parallel.hpp"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

namespace causal {

int resolve_threads(int requested) { return requested > 0 ? requested : std::max(1, omp_get_num_procs()); }

namespace detail {
namespace {

// Keeps the exception of the lowest chunk, which is the one a serial loop would have thrown.
class FirstException {
 public:
  [[nodiscard]] bool is_after_failure(std::int64_t chunk) const {
    return chunk > lowest_.load(std::memory_order_relaxed);
  }
  void capture(std::int64_t chunk) {
    const std::scoped_lock lock(mutex_);
    if (chunk < lowest_.load()) {
      lowest_ = chunk;
      exception_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::atomic<std::int64_t> lowest_{INT64_MAX};
  std::mutex mutex_;
  std::exception_ptr exception_;
};

}  // namespace

void run_chunks(std::int64_t n, std::int64_t grain, int threads, ChunkFn body, void* context) {
  if (n <= 0) return;
  const std::int64_t step = std::max<std::int64_t>(1, grain);
  const std::int64_t chunks = (n + step - 1) / step;
  const int workers = static_cast<int>(std::min<std::int64_t>(chunks, resolve_threads(threads)));
  if (workers == 1 || omp_in_parallel() != 0) {
    for (std::int64_t begin = 0; begin < n; begin += step) body(context, begin, std::min(n, begin + step), 0);
    return;
  }
  FirstException failure;
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (failure.is_after_failure(chunk)) continue;
    const std::int64_t begin = chunk * step;
    try {
      body(context, begin, std::min(n, begin + step), omp_get_thread_num());
    } catch (...) {
      failure.capture(chunk);
    }
  }
  failure.rethrow();
}

}  // namespace detail
}  // namespace causal
