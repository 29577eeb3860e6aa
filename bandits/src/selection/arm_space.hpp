#pragma once
// The actions a search may choose from.

#include <cstdint>
#include <vector>

#include "causal/bandits/selection/arm_search.hpp"

namespace causal::bandits {

/// Which bits are free, and what an intervention uses up.
struct ArmSpace {
  /// Checks everything that best_arm documents.
  ArmSpace(const char* function, const LinearArms& arms, const ArmSearchOptions& options);

  [[nodiscard]] bool fits(int interventions, double total) const {
    return interventions <= max_interventions && total <= cost_budget;
  }
  [[nodiscard]] bool allows(const Action& action) const;

  std::vector<std::uint8_t> free;  ///< Per node 1 when its bit matters and may be 1.
  std::vector<double> cost;        ///< Per node.
  int max_interventions = 0;
  double cost_budget = 0;
};

/// The best arm that coordinate ascent finds from the null action and `restarts` random ones.
[[nodiscard]] Action ascend(const LinearArms& arms, const ArmSpace& space, int restarts, std::uint64_t seed);

}  // namespace causal::bandits
