#pragma once
// The only door to threads: loops whose results do not depend on the number of threads.

#include <cstdint>
#include <type_traits>
#include <vector>

namespace causal {

/// Threads that `requested` (0: all cores) stands for; at least 1.
[[nodiscard]] int resolve_threads(int requested);

namespace detail {
using ChunkFn = void (*)(void* context, std::int64_t begin, std::int64_t end, int worker);
void run_chunks(std::int64_t n, std::int64_t grain, int threads, ChunkFn body, void* context);
}  // namespace detail

/// Calls `body(begin, end, worker)` for consecutive chunks of at most `grain` indices covering [0, n), dynamically
/// scheduled on `threads` threads (0: all cores). `worker` in [0, threads) identifies scratch space, never results.
///
/// If bodies throw, the exception of the lowest chunk is rethrown after all lower chunks have run; later chunks may be
/// skipped. Do not nest: an inner call runs on one thread.
template <class Body>
void parallel_chunks(std::int64_t n, std::int64_t grain, int threads, Body&& body) {
  using Decayed = std::remove_reference_t<Body>;
  detail::run_chunks(
      n, grain, threads,
      [](void* context, std::int64_t begin, std::int64_t end, int worker) {
        (*static_cast<Decayed*>(context))(begin, end, worker);
      },
      const_cast<std::remove_const_t<Decayed>*>(&body));
}

/// The grain for n units of very different cost: at most `grain`, and small enough for several chunks a thread.
[[nodiscard]] inline std::int64_t shared_grain(std::int64_t n, std::int64_t grain, int threads) {
  const std::int64_t fair = n / (8 * static_cast<std::int64_t>(resolve_threads(threads)));
  return fair < 1 ? 1 : fair < grain ? fair : grain;
}

/// Calls `body(i)` for every i in [0, n); see parallel_chunks for exceptions and scheduling.
template <class Body>
void parallel_for(std::int64_t n, int threads, Body&& body, std::int64_t grain = 1) {
  parallel_chunks(n, grain, threads, [&body](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

/// Sum of `term(i)` for i in [0, n): blocks of fixed size summed in order, so the same bits at any thread count.
template <class Term>
[[nodiscard]] double blocked_sum(std::int64_t n, int threads, Term&& term) {
  constexpr std::int64_t kBlock = 4096;
  std::vector<double> partial(static_cast<std::size_t>((n + kBlock - 1) / kBlock), 0.0);
  parallel_chunks(n, kBlock, threads, [&](std::int64_t begin, std::int64_t end, int) {
    double sum = 0;
    for (std::int64_t i = begin; i < end; ++i) sum += term(i);
    partial[static_cast<std::size_t>(begin / kBlock)] = sum;
  });
  double total = 0;
  for (const double sum : partial) total += sum;
  return total;
}

}  // namespace causal
