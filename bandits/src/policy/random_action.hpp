#pragma once
// Uniformly random actions.

#include "causal/bandits/environment/action.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

[[nodiscard]] inline Action random_action(int n, RandomStream& stream) {
  Action action(static_cast<std::size_t>(n));
  for (std::uint8_t& bit : action) bit = static_cast<std::uint8_t>(stream.bits() >> 63);
  return action;
}

}  // namespace causal::bandits
