#pragma once
// Runs that are stopped, saved, and gone on with by a policy made anew.

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "causal/bandits/run/play.hpp"

namespace causal::bandits {

inline std::string state_of(const Policy& policy) {
  std::ostringstream out;
  policy.save(out);
  return out.str();
}

/// The entries of a trace that begins at round 0, from `round` on.
inline Trace from_round(Trace trace, std::int64_t round) {
  const auto cut = [round](auto& values, std::int64_t entries = 1) {
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(round * entries));
  };
  trace.first_round = round;
  cut(trace.bits, trace.n);
  cut(trace.reward);
  cut(trace.mean);
  cut(trace.best_mean);
  cut(trace.optimal);
  cut(trace.alarms);
  return trace;
}

struct ResumedRun {
  std::string saved;   ///< State at the stop.
  std::string loaded;  ///< State of the policy that took it in.
  Trace rest;          ///< What that policy played.
  PolicyPtr policy;    ///< It, at the end.
};

/// Plays to `stop`, and from there to options.horizon with another policy that `make` makes.
template <class Make>
ResumedRun resumed_run(const Environment& environment, const Make& make, const PlayOptions& options,
                       std::int64_t stop) {
  ResumedRun run;
  PlayOptions until = options, after = options;
  until.horizon = after.first_round = stop;
  const PolicyPtr first = make();
  static_cast<void>(play(environment, *first, until));
  run.saved = state_of(*first);
  run.policy = make();
  std::istringstream in(run.saved);
  run.policy->load(in);
  run.loaded = state_of(*run.policy);
  run.rest = play(environment, *run.policy, after);
  return run;
}

}  // namespace causal::bandits
