#pragma once
// One run of a policy on each of several linear systems, and what can be said of them.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/parallel.hpp"

namespace causal::bandits {

using ArmsFactory = std::function<LinearArms(std::uint64_t seed)>;
using ArmsPolicyFactory = std::function<PolicyPtr(const LinearArms& arms)>;

/// Systems 0, 1, ..., each with noise of its own; policies that are compared meet the same ones.
inline std::vector<Trace> runs_on(const ArmsFactory& systems, const ArmsPolicyFactory& make, int instances,
                                  std::int64_t horizon) {
  std::vector<Trace> traces(static_cast<std::size_t>(instances));
  parallel_for(instances, 0, [&](std::int64_t k) {
    const LinearArms arms = systems(static_cast<std::uint64_t>(k));
    const PolicyPtr policy = make(arms);
    traces[static_cast<std::size_t>(k)] = play(
        LinearEnvironment(arms), *policy, {.horizon = horizon, .seed = 11, .instance = static_cast<std::uint32_t>(k)});
  });
  return traces;
}

/// The upper of both middle ones.
inline double median_regret(const std::vector<Trace>& traces) {
  std::vector<double> regrets;
  for (const Trace& trace : traces) regrets.push_back(trace.pseudo_regret());
  std::nth_element(regrets.begin(), regrets.begin() + static_cast<std::ptrdiff_t>(regrets.size() / 2), regrets.end());
  return regrets[regrets.size() / 2];
}

/// Share of optimal arms in the last hundred rounds.
inline double late_rate(const std::vector<Trace>& traces) {
  double sum = 0;
  for (const Trace& trace : traces) sum += trace.optimal_rate(100);
  return sum / static_cast<double>(traces.size());
}

}  // namespace causal::bandits
