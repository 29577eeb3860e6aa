#pragma once
// Statistics of rounds with uniformly random actions.

#include <cstdint>
#include <vector>

#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

inline ArmStatistics random_rows(const LinearArms& arms, std::uint64_t seed, int rounds) {
  const LinearEnvironment environment(arms);
  ArmStatistics statistics({arms.offsets(0), arms.offsets(1)});
  std::vector<double> row(static_cast<std::size_t>(arms.n()));
  for (int t = 0; t < rounds; ++t) {
    RandomStream stream(seed, RandomDomain::Policy, 0, static_cast<std::uint32_t>(t));
    Action action(row.size());
    for (std::uint8_t& bit : action) bit = static_cast<std::uint8_t>(stream.below(2));
    environment.observe(action, {seed, 0}, t, row);
    statistics.add(action, row);
  }
  return statistics;
}

}  // namespace causal::bandits
