#pragma once
// What chooses the actions.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>

#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

/// What a policy is told about the system it plays: the number of nodes, the reward, and, for policies that use a
/// linear model, the means of the noise.
struct BanditModel {
  int n = 0;
  int reward = 0;
  std::array<Eigen::VectorXd, 2> offsets;  ///< Per bit, n each.

  [[nodiscard]] static BanditModel of(const LinearArms& arms) {
    return {arms.n(), arms.reward(), {arms.offsets(0), arms.offsets(1)}};
  }
};

/// A mechanism that a policy found changed.
struct ChangeAlarm {
  std::int64_t round = 0;  ///< In whose `select` or `update` it was found.
  ArmColumn column;
};

/// Chooses an action each round and learns from the row that follows. Deterministic but for the stream it is given.
class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The action of this round, 0, 1, 2, ...; `stream` belongs to the round.
  [[nodiscard]] virtual Action select(std::int64_t round, RandomStream& stream) = 0;
  /// The row of the action played.
  virtual void update(const Action& action, std::span<const double> row) = 0;
  /// The changes found so far, oldest first; empty for a policy that looks for none.
  [[nodiscard]] virtual std::span<const ChangeAlarm> alarms() const { return {}; }
  /// Everything that select and update have left behind, in the byte order of this machine.
  virtual void save(std::ostream& out) const = 0;
  /// Into a policy made with the same arguments; it then goes on as the saved one would have. Errors: DataError for a
  /// state that ends early or belongs to another policy.
  virtual void load(std::istream& in) = 0;
};

using PolicyPtr = std::unique_ptr<Policy>;

}  // namespace causal::bandits
