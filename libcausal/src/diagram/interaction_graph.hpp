#pragma once
// Which indices of a tensor network stand in one tensor, and the order in which to sum them.

#include <cstdint>
#include <vector>

#include "causal/diagram/contraction.hpp"
#include "causal/run/random.hpp"
#include "causal/run/stop.hpp"

namespace causal::detail {

[[nodiscard]] constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Per index of the network.
struct IndexRoles {
  std::vector<int> fixed;          ///< The value given by evidence, or -1.
  std::vector<std::uint8_t> open;  ///< 1 for indices of the result.
  [[nodiscard]] bool is_summed(VariableId i) const { return fixed[at(i)] < 0 && open[at(i)] == 0; }
};

/// Errors: InvalidArgument, as documented for `plan`.
[[nodiscard]] IndexRoles index_roles(const TensorNetwork& network, const Evidence& evidence);

/// Indices that are not fixed; two are adjacent when they share a tensor. Neighbours ascend.
class InteractionGraph {
 public:
  InteractionGraph(const TensorNetwork& network, const IndexRoles& roles);
  [[nodiscard]] int n() const { return static_cast<int>(neighbours_.size()); }
  [[nodiscard]] const std::vector<VariableId>& neighbours(VariableId v) const { return neighbours_[at(v)]; }
  [[nodiscard]] bool adjacent(VariableId a, VariableId b) const;
  [[nodiscard]] bool is_vertex(VariableId v) const { return fixed_[at(v)] < 0; }
  /// log2 of the number of assignments of v, and of v and its neighbours together; in units of 2^-32, so that sums are
  /// exact in any order.
  [[nodiscard]] std::int64_t log_cardinality(VariableId v) const { return log_cardinality_[at(v)]; }
  [[nodiscard]] std::int64_t log_weight(VariableId v) const;

  void join(VariableId a, VariableId b);
  /// Takes v out; returns its former neighbours.
  std::vector<VariableId> remove(VariableId v);

 private:
  std::vector<int> fixed_;
  std::vector<std::vector<VariableId>> neighbours_;
  std::vector<std::int64_t> log_cardinality_;
};

enum class GreedyRule { MinFill, MinWeight };

struct EliminationOrder {
  std::vector<VariableId> order;
  std::vector<std::vector<VariableId>> neighbours;  ///< Of each index when it was eliminated, ascending.
  int width = 0;
  double cells = 0;  ///< Sum over steps of the number of assignments of the index and its neighbours.
  double work = 0;   ///< Steps of the search itself, to weigh further searches against their gain.
};

/// Eliminates the summed indices one by one, each time the best by the rule; ties by weight, then at random when
/// `ties` is given, then by index. Open indices stay.
[[nodiscard]] EliminationOrder greedy_order(InteractionGraph graph, const IndexRoles& roles, GreedyRule rule,
                                            RandomStream* ties = nullptr);

/// The best of min-fill, min-weight and restarts with random ties, by `cells`. A restart is made while all searches
/// together cost less than a twentieth of the multiplications they may save, and `stop` does not ask to end.
[[nodiscard]] EliminationOrder best_order(const InteractionGraph& graph, const IndexRoles& roles,
                                          const ContractionOptions& options, const StopSignal& stop);

/// Minor-min-width (MMD+, least common neighbours): a lower bound on the width of every order of all vertices.
[[nodiscard]] int minor_min_width(InteractionGraph graph);

}  // namespace causal::detail
