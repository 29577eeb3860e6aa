#pragma once
// Ctrl-C while a computation runs: once asks it to stop, twice kills the process.

#include <signal.h>

#include <stop_token>
#include <thread>

namespace causal::cli {

/// While one lives, the first SIGINT requests `token()` to stop and the second ends the process. Outside such a scope
/// SIGINT does what it always does. A thread waits for the signal, so no code runs inside a signal handler.
///
/// Make it before any other thread is started, one at a time.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void wait_for_signals();
  std::stop_source source_;
  sigset_t previous_mask_{};
  std::thread waiter_;
};

}  // namespace causal::cli
