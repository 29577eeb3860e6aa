#pragma once
// One Markov chain over orders.

#include <cstdint>
#include <span>
#include <vector>

#include "causal/run/random.hpp"
#include "parent_set_table.hpp"

namespace causal::bandits {

/// An order and its score under the tables of all mechanisms, that of node j under bit b at 2 j + b. The score of an
/// order is the sum over mechanisms of ParentSetTable::log_sum at the predecessors.
class OrderWalk {
 public:
  /// Starts at `order`, which must have a score above -inf.
  OrderWalk(std::vector<int> order, std::span<const ParentSetTable> tables);
  /// Scores one mechanism again after its table has changed.
  void rescore(std::span<const ParentSetTable> tables, std::size_t slot);
  /// One move: with probability 1/2 a swap of neighbours, 1/4 a swap of any two nodes, 1/4 a node put elsewhere.
  void move(std::span<const ParentSetTable> tables, RandomStream& stream);

  [[nodiscard]] const std::vector<int>& order() const { return order_; }
  /// The predecessors of the mechanism's node among its candidates.
  [[nodiscard]] std::uint32_t allowed(std::size_t slot) const { return allowed_[slot]; }
  [[nodiscard]] double log_score() const;

  std::int64_t proposed = 0;  ///< Swaps,
  std::int64_t accepted = 0;  ///< and how many of them were accepted.

 private:
  static constexpr std::size_t kRemembered = 256;

  // A sum that was looked up before. Places of nodes are tried again and again: most sums are remembered.
  struct Remembered {
    std::uint32_t allowed = 0;
    bool valid = false;
    double sum = 0;
  };
  struct Before {
    std::size_t slot;
    std::uint32_t allowed;
    double score;
  };

  // tables[slot].log_sum(allowed).
  double sum(std::span<const ParentSetTable> tables, std::size_t slot, std::uint32_t allowed);
  [[nodiscard]] std::uint32_t predecessors(const ParentSetTable& table, int node) const;
  // Scores what stands at first..last again, notes in undo_ what it was, and returns the change of the sum.
  double rescore_range(std::span<const ParentSetTable> tables, std::size_t first, std::size_t last);
  void exchange(std::size_t a, std::size_t b);
  void swap(std::span<const ParentSetTable> tables, std::size_t a, std::size_t b, RandomStream& stream);
  void relocate(std::span<const ParentSetTable> tables, RandomStream& stream);
  // ln of the unnormalised probabilities of all places of a node among the rest.
  void weigh_places(std::span<const ParentSetTable> tables, int node);

  std::vector<int> order_;
  std::vector<int> position_;
  std::vector<std::uint32_t> allowed_;  // per mechanism
  std::vector<double> score_;
  std::vector<Remembered> remembered_;  // kRemembered a mechanism
  std::vector<Before> undo_;
  std::vector<int> rest_;
  std::vector<double> places_, after_;
};

}  // namespace causal::bandits
