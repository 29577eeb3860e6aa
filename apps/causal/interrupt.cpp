#include "interrupt.hpp"

#include <unistd.h>

#include "exit_codes.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

/// Tells the waiting thread that the scope ends; nobody else uses it.
constexpr int kEndOfScope = SIGUSR2;

sigset_t waited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, kEndOfScope);
  return set;
}

}  // namespace

InterruptScope::InterruptScope() {
  const sigset_t set = waited_signals();
  pthread_sigmask(SIG_BLOCK, &set, &previous_mask_);
  waiter_ = std::thread([this] { wait_for_signals(); });
}

InterruptScope::~InterruptScope() {
  pthread_kill(waiter_.native_handle(), kEndOfScope);
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
}

void InterruptScope::wait_for_signals() {
  const sigset_t set = waited_signals();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0 || signal == kEndOfScope) return;
    if (source_.stop_requested()) ::_exit(static_cast<int>(ExitCode::Interrupted));
    source_.request_stop();
    write_stderr("\ninterrupted: finishing with what is known so far (Ctrl-C again to quit at once)\n");
  }
}

}  // namespace causal::cli
