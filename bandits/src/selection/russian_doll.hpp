#pragma once
// The branch and bound behind best_arm.

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "arm_space.hpp"

namespace causal::bandits {

/// A set of nodes; node 0 is the highest bit of the first word, so comparing words compares actions lexicographically.
using NodeBits = std::vector<std::uint64_t>;

/// The largest value of a signed mean that a sub-problem found.
struct Extreme {
  double value = -std::numeric_limits<double>::infinity();  ///< Of the arm.
  double bound = std::numeric_limits<double>::infinity();   ///< No arm has more.
  NodeBits arm;
  int interventions = 0;
  double cost = 0;
  bool exact = false;
};

class RussianDoll {
 public:
  RussianDoll(const LinearArms& arms, const ArmSpace& space, std::int64_t node_budget, std::int64_t total_budget);
  /// The extreme of the mean reward; `first` is an arm whose value the search starts from.
  Extreme maximise_reward(const Action& first, double first_value);
  [[nodiscard]] std::int64_t branchings() const { return total_; }

 private:
  struct Parent {
    int position;
    double weight;
  };
  struct Mechanism {
    std::vector<Parent> parents;
    double offset = 0;
  };
  struct Branch {
    int bit;
    double constant;
    double bound;
  };

  void place(const LinearArms& arms);
  void mark_needed();
  Extreme solve(int position, int sign_index);
  void expand(int position, double constant, double others, int interventions, double cost);
  void descend(double constant, int interventions, double cost);
  bool offer(double value, const NodeBits& arm, int interventions, double cost);
  [[nodiscard]] double share(int position, double coefficient) const {
    return coefficient > 0   ? coefficient * extremes_[1][static_cast<std::size_t>(position)].bound
           : coefficient < 0 ? -coefficient * extremes_[0][static_cast<std::size_t>(position)].bound
                             : 0.0;
  }
  [[nodiscard]] double slack() const;

  const ArmSpace& space_;
  std::int64_t node_budget_;
  std::int64_t total_budget_;
  std::int64_t spent_ = 0;  // in this sub-problem
  std::int64_t total_ = 0;
  std::size_t words_ = 1;

  // By position in the topological order of the ancestors of the reward.
  std::vector<int> node_at_;
  std::vector<std::array<Mechanism, 2>> mechanisms_;
  std::vector<NodeBits> reach_;                   // free nodes among the ancestors of the position and itself
  std::array<std::vector<char>, 2> needed_;       // whether the smallest (0) and largest (1) mean is ever asked for
  std::array<std::vector<Extreme>, 2> extremes_;  // of minus the mean (0) and of the mean (1)

  // The state of the search.
  std::vector<double> coefficient_;
  std::vector<std::uint64_t> open_;  // positions with a coefficient
  NodeBits bits_;
  Extreme best_;
  NodeBits scratch_;
};

}  // namespace causal::bandits
