#pragma once
// Estimated mean and width of every action, for few nodes.

#include <cstdint>
#include <vector>

#include "causal/bandits/structure/bounds.hpp"

namespace causal::bandits {

/// At action_index: the estimated mean reward and its width. NaN in both where the estimates make no model (the arms
/// have no order and I - W is singular under that action).
struct ArmTable {
  std::vector<double> mean;
  std::vector<double> width;
  std::int64_t singular = 0;  ///< Actions without a model.
};

/// All 2^n actions of the estimates. The means run along the order, bit by bit; each action costs one pass over the
/// edges and its width, or a dense solve when the arms have no order. Errors: InvalidArgument for more than 20 nodes.
[[nodiscard]] ArmTable arm_table(const ArmEstimates& estimates, const ActionWidth& width);

/// The action with the largest mean + coefficient * width, the lexicographically smallest of equals. Errors:
/// InvalidArgument when no action has a model.
[[nodiscard]] std::uint64_t best_index(const ArmTable& table, double coefficient);

}  // namespace causal::bandits
