#pragma once
// Progress reports from long computations.

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

}  // namespace causal
