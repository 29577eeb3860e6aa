#pragma once
// Random and given linear arms, and random changes of them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/run/options.hpp"
#include "causal/scm/linear_sem.hpp"

namespace causal::bandits {

/// How supports and weights of random arms are drawn.
struct RandomArmsOptions {
  double edge_probability = 0.5;  ///< Of each pair, in each of both matrices by itself.
  double weight_min = 0.5;
  double weight_max = 2.0;
  double offset = 1.0;         ///< Mean of every noise term.
  bool shuffle_labels = true;  ///< A random order of the nodes; false: node i before node j for i < j.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"edge_probability", "probability of an edge in each matrix", closed_interval(0, 1)},
            self.edge_probability);
    visitor(Field{"weight_min", "smallest absolute weight", open_interval(0, 1e6)}, self.weight_min);
    visitor(Field{"weight_max", "largest absolute weight", open_interval(0, 1e6)}, self.weight_max);
    visitor(Field{"offset", "mean of every noise term"}, self.offset);
    visitor(Field{"shuffle_labels", "place the nodes in a random order"}, self.shuffle_labels);
  }
};

/// Erdos-Renyi arms: in both matrices every pair is an edge with probability edge_probability, along one order common
/// to both; weights uniform on +-[weight_min, weight_max]. The two mechanisms of every node but the first differ (they
/// are drawn again until they do). The reward is the last node of the order. n >= 1. A function of the arguments.
/// Errors: InvalidArgument for options out of range, weight_min > weight_max, and edge_probability = 0 with n > 1.
[[nodiscard]] LinearArms random_arms_er(int n, const RandomArmsOptions& options, std::uint64_t seed);
/// Arms over one scale-free graph (graph/random_graph.hpp), weights of both mechanisms drawn as above. The reward is a
/// node without children.
[[nodiscard]] LinearArms random_arms_scale_free(int n, int edges_per_node, const RandomArmsOptions& options,
                                                std::uint64_t seed);

/// The law of the two layered families: offsets and weights uniform on +-[weight_min, weight_max], and intervening
/// turns the sign of a node's mechanism around.
struct LayeredArmsOptions {
  double weight_min = 0.25;
  double weight_max = 1.0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"weight_min", "smallest absolute weight", open_interval(0, 1e6)}, self.weight_min);
    visitor(Field{"weight_max", "largest absolute weight", open_interval(0, 1e6)}, self.weight_max);
  }
};

/// `layers` layers of `width` nodes, each node a child of all nodes of the layer before, and the reward below the last.
/// n = width layers + 1.
[[nodiscard]] LinearArms hierarchical_arms(int width, int layers, const LayeredArmsOptions& options,
                                           std::uint64_t seed);
/// Every node is a parent of the reward, the last one, and has one random earlier node as its parent. n >= 2.
[[nodiscard]] LinearArms enhanced_parallel_arms(int n, const LayeredArmsOptions& options, std::uint64_t seed);

/// Arms whose observational mechanisms are those of one model and whose intervened ones are those of another over the
/// same nodes. Errors: InvalidArgument unless both have the same node names.
[[nodiscard]] LinearArms soft_arms(const LinearSem& observational, const LinearSem& intervened, int reward);
/// Arms that set node j to values[j]. Use noise of sd 0 at bit 1. Errors: InvalidArgument for a number of values other
/// than that of the nodes.
[[nodiscard]] LinearArms hard_arms(const LinearSem& model, const std::vector<double>& values, int reward);

/// One row of an edge table: the edge and its weight in each of both mechanisms of `to`.
struct ArmEdge {
  int from = 0;
  int to = 0;
  double weight = 0;
  double intervened_weight = 0;
};
/// Arms from an edge table, the same offset everywhere. Errors: InvalidArgument for a node out of range or an edge
/// given twice, and those of LinearArms.
[[nodiscard]] LinearArms arms_from_edges(int n, const std::vector<ArmEdge>& edges, double offset = 1, int reward = -1);

/// Arms after a change.
struct ChangedArms {
  std::optional<LinearArms> arms;  ///< Nothing when no change was found; see reason.
  std::vector<ArmColumn> columns;  ///< The mechanisms that changed, in the order drawn, without repeats.
  std::string reason;
};
/// Changes the mechanisms of k nodes (drawn with repetition) so that no arm that was optimal stays optimal.
///
/// Nodes come from those whose bit is the same in all optimal arms, and what changes is the mechanism that these arms
/// use; it is drawn again by the law of random_arms_er along arms.order(). Arms within 0.01 of the best count as
/// optimal. Redrawn up to 1000 times. Errors: InvalidArgument for more than 20 nodes, arms without an order, k < 1 and
/// options out of range. Cost: 2^n a try.
[[nodiscard]] ChangedArms change_graph(const LinearArms& arms, int k, const RandomArmsOptions& options,
                                       std::uint64_t seed);

}  // namespace causal::bandits
