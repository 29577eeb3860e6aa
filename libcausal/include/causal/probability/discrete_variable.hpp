#pragma once
// A variable with finitely many named values.

#include <string>
#include <vector>

namespace causal {

/// Name and levels; value k of the variable is `levels[k]`. As in Dataset, levels ascend when all are numbers, and
/// stand in byte order else, unless a model file fixes another order.
struct DiscreteVariable {
  std::string name;
  std::vector<std::string> levels;

  [[nodiscard]] int cardinality() const { return static_cast<int>(levels.size()); }
  friend bool operator==(const DiscreteVariable&, const DiscreteVariable&) = default;
};

}  // namespace causal
