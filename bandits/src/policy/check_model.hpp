#pragma once
// What every policy with a linear model asks of it.

#include <string>

#include "causal/bandits/policy/policy.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {

/// Throws InvalidArgument naming `function` unless the model has a reward and offsets for all of its nodes.
inline void check_linear_model(const char* function, const BanditModel& model) {
  if (model.n < 1 || model.reward < 0 || model.reward >= model.n || model.offsets[0].size() != model.n ||
      model.offsets[1].size() != model.n) {
    throw InvalidArgument(std::string(function) + ": the model needs n >= 1, a reward node, and offsets for all nodes");
  }
}

}  // namespace causal::bandits
