#pragma once
// What policies with a linear model ask of it, and of graphs that they are told.

#include <array>
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

/// Throws InvalidArgument naming `function` unless both graphs are n x n and their union has no cycle.
inline void check_known_graphs(const char* function, const BanditModel& model,
                               const std::array<Eigen::MatrixXi, 2>& graphs) {
  for (const Eigen::MatrixXi& graph : graphs) {
    if (graph.rows() != model.n || graph.cols() != model.n) {
      throw InvalidArgument(std::string(function) + ": each graph must be n x n");
    }
  }
  require_order(function,
                LinearArms({graphs[0].cast<double>(), graphs[1].cast<double>()}, model.offsets, model.reward));
}

}  // namespace causal::bandits
