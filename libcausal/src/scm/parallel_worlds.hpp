#pragma once
// The parallel-worlds network of a discrete counterfactual.

#include <map>
#include <optional>
#include <vector>

#include "causal/scm/counterfactual.hpp"

namespace causal::detail {

/// One copy of every mechanism per world, on shared noise; copies with the same mechanism and the same inputs are one,
/// and an input with a known value counts as that value.
class ParallelWorlds {
 public:
  ParallelWorlds(const Scm& model, const WorldQuery& query);

  /// The network with the query open, or the node whose table cannot be shared between copies.
  [[nodiscard]] std::variant<TensorNetwork, NoCounterfactual> network();
  /// The given values as indices; nothing when two of them contradict each other on one copy.
  [[nodiscard]] std::optional<Evidence> evidence();

 private:
  struct Copy {
    int world;
    NodeId node;
    std::vector<int> parents;
  };
  [[nodiscard]] const Scm& world(int w) const { return worlds_[static_cast<std::size_t>(w)]; }
  [[nodiscard]] bool has_own_noise(int w, NodeId v) const;
  int copy_of(int w, NodeId v);
  std::optional<double> known_value(int copy, NodeId v);
  [[nodiscard]] std::vector<bool> needed_copies() const;
  void add_tensors(NodeId v, const std::vector<int>& copies, TensorNetwork& network) const;

  std::vector<Scm> worlds_;
  const WorldQuery& query_;
  std::vector<Copy> copies_;
  std::vector<std::vector<int>> copy_ids_;  // by world and node; -1: not made yet, -2: being made
  std::map<std::vector<double>, int> by_key_;
};

}  // namespace causal::detail
