#pragma once
// What a policy plays against: rows under an action, and the exact means by which a run is judged.

#include <cstdint>
#include <optional>
#include <span>

#include "causal/bandits/environment/linear_arms.hpp"

namespace causal::bandits {

/// Key of the noise of one run. Rounds with the same (seed, instance, round) have the same noise whatever the action,
/// so policies that are compared share their luck.
struct Episode {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
};

/// A system of n nodes that answers an action with one row of values. Immutable, thread-safe: everything that is
/// random follows from (episode, round).
class Environment {
 public:
  virtual ~Environment() = default;
  [[nodiscard]] virtual int n() const = 0;
  /// The node whose value is the reward.
  [[nodiscard]] virtual int reward() const = 0;
  /// Fills `row` (n) with the values of all nodes. 0 <= round < 2^32.
  virtual void observe(const Action& action, const Episode& episode, std::int64_t round,
                       std::span<double> row) const = 0;
  /// The exact mean reward of the action in that round.
  [[nodiscard]] virtual double mean(const Action& action, std::int64_t round) const = 0;
  /// How many entries an action may have at the node: 0 leaves it alone, the others intervene. See Action.
  [[nodiscard]] virtual int settings(int) const { return 2; }
  /// The largest mean of an action in that round, when the environment knows it; else `play` tries every action.
  [[nodiscard]] virtual std::optional<double> best_mean(std::int64_t) const { return std::nullopt; }
  /// A number that is the same in two rounds only if all means are.
  [[nodiscard]] virtual std::int64_t segment(std::int64_t) const { return 0; }
  /// The model of that round when it is a linear one; else null.
  [[nodiscard]] virtual const LinearArms* linear(std::int64_t) const { return nullptr; }
};

}  // namespace causal::bandits
