#pragma once
// The branch and bound behind best_arm.

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "arm_space.hpp"

namespace causal::bandits {

/// A set of nodes; node 0 is the highest bit of the first word, so comparing words compares actions lexicographically.
using NodeBits = std::array<std::uint64_t, 4>;
inline constexpr int kMaxSearchNodes = 256;

/// The best arm of a sub-problem; value -inf: none that reaches the limit.
struct Found {
  double value = -std::numeric_limits<double>::infinity();
  NodeBits arm{};
  int interventions = 0;
  double cost = 0;

  [[nodiscard]] bool any() const { return value > -std::numeric_limits<double>::infinity(); }
};

/// The largest value of a signed mean.
struct Extreme {
  Found best;
  double bound = std::numeric_limits<double>::infinity();  ///< No arm has more.
  bool exact = false;                                      ///< bound is the value of `best`.
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
  /// A range of stack_.
  struct Open {
    std::size_t begin, end;
  };
  /// What the decisions above have used up.
  struct Used {
    int interventions = 0;
    double cost = 0;
  };

  void place(const LinearArms& arms);
  void mark_needed();
  Extreme solve(int position, int sign, double limit);
  Found solve_open(Open open, double limit, Used used);
  Found branch(Open open, double limit, Used used);
  Found take(const Branch& choice, int position, Open others, double limit, Used used);
  [[nodiscard]] std::array<Branch, 2> branches(int position, double others, Used used, int& count) const;
  [[nodiscard]] const Extreme& extreme(int position) const {
    return extremes_[coefficient_[static_cast<std::size_t>(position)] > 0 ? 1 : 0][static_cast<std::size_t>(position)];
  }
  [[nodiscard]] double share(int position, double coefficient) const {
    return coefficient > 0   ? coefficient * extremes_[1][static_cast<std::size_t>(position)].bound
           : coefficient < 0 ? -coefficient * extremes_[0][static_cast<std::size_t>(position)].bound
                             : 0.0;
  }
  [[nodiscard]] double open_share(int position) const {
    return share(position, coefficient_[static_cast<std::size_t>(position)]);
  }
  [[nodiscard]] bool is_free(int position) const {
    return space_.free[static_cast<std::size_t>(node_at_[static_cast<std::size_t>(position)])] != 0;
  }

  const ArmSpace& space_;
  std::int64_t node_budget_;
  std::int64_t total_budget_;
  std::int64_t spent_ = 0;  // in this sub-problem
  std::int64_t total_ = 0;
  bool aborted_ = false;
  double slack_ = 0;  // what counts as equal in this sub-problem
  bool constrained_;  // then parts of a sum may not be maximised apart
  std::size_t words_ = 1;

  // By position in the topological order of the ancestors of the reward.
  std::vector<int> node_at_;
  std::vector<std::array<Mechanism, 2>> mechanisms_;
  std::vector<NodeBits> reach_;                   // free nodes among the ancestors of the position and itself
  std::vector<char> constant_;                    // none: the mean is a number
  std::array<std::vector<char>, 2> needed_;       // whether the smallest (0) and largest (1) mean is ever asked for
  std::array<std::vector<Extreme>, 2> extremes_;  // of minus the mean (0) and of the mean (1)

  // The state of the search: the combination that is left to maximise, and lists of its positions.
  std::vector<double> coefficient_;
  std::vector<int> stack_;
};

}  // namespace causal::bandits
