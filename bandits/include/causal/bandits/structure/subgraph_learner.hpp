#pragma once
// The published identification of a graph from rows with random actions: one column at a time, all edges first.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <vector>

#include "causal/bandits/environment/action.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// Mutual information of two samples in nats: the second estimator of Kraskov, Stoegbauer and Grassberger, "Estimating
/// mutual information", Phys. Rev. E 69, 2004. May be a little below 0. O(n^2). Errors: InvalidArgument unless both
/// have the same length above k >= 1.
[[nodiscard]] double ksg_mutual_information(std::span<const double> x, std::span<const double> y, int k = 5);

struct SubgraphOptions {
  int max_rows = 100;             ///< Of each mechanism, the first ones: later rows are not random (see below).
  int neighbours = 5;             ///< Of the mutual information.
  double information_weight = 1;  ///< Of the mutual information between residual and parent; 0 leaves it out.
  double size_weight = 1;         ///< Of -ln |weight|.
  /// Look for the next edge inside cycles only; the published method looks at all edges.
  bool inside_cycles = false;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_rows", "rows of each mechanism that the graph is learned from", closed_interval(1, 1e6)},
            self.max_rows);
    visitor(Field{"neighbours", "neighbours of the mutual information", closed_interval(1, 100)}, self.neighbours);
    visitor(Field{"information_weight", "weight of the mutual information", at_least(0)}, self.information_weight);
    visitor(Field{"size_weight", "weight of -ln |weight|", at_least(0)}, self.size_weight);
    visitor(Field{"inside_cycles", "remove edges of cycles only"}, self.inside_cycles);
  }
};

/// Learns the graph of each bit from the rows in which a node used that bit.
///
/// Starts from all edges into every node and regresses each node on all others, without intercept, on its value less
/// the known mean of its noise. While there is a cycle, the edge with the largest
/// information_weight * I(residual; parent) - size_weight * ln |weight| goes, and its node is regressed again. A
/// superfluous parent costs variance only, a missing or reversed one biases the node's mechanism for ever; so edges
/// stay unless a cycle forces one out.
///
/// The signal comes from the known means of the noise and from actions that are random in all bits: rows of one action,
/// or of zero means, look the same in both directions when the noise is normal. Source: IEEE Trans. Signal Process. 73,
/// 1792-1807, 2025, doi 10.1109/TSP.2025.3564303. At most 63 nodes.
class SubgraphLearner {
 public:
  /// offsets: per bit the known means of the noise. Errors: InvalidArgument for an option out of range, offsets that
  /// differ in size or have more than 63 entries.
  SubgraphLearner(std::array<Eigen::VectorXd, 2> offsets, const SubgraphOptions& options = {});
  ~SubgraphLearner();
  SubgraphLearner(SubgraphLearner&&) noexcept;

  /// Adds a row to those mechanisms that used it and have fewer than max_rows.
  void add(const Action& action, std::span<const double> row);
  /// Forgets the rows of one mechanism.
  void reset(int bit, int node);
  [[nodiscard]] int rows(int bit, int node) const;
  /// The graph of that bit: (i, j) is 1 for i -> j. Regressions are remembered as long as their rows do not change.
  [[nodiscard]] Eigen::MatrixXi learn(int bit);
  void save(std::ostream& out) const;
  /// Errors: DataError.
  void load(std::istream& in);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// How a learned graph differs from the truth.
struct GraphErrors {
  int true_edges = 0;
  int missing = 0;   ///< True edges without any edge between the two nodes.
  int extra = 0;     ///< Learned edges between nodes that are not adjacent in truth.
  int reversed = 0;  ///< True edges learned in the other direction only.
};
/// Both n x n, (i, j) not 0 for i -> j. Errors: InvalidArgument for sizes that differ.
[[nodiscard]] GraphErrors graph_errors(const Eigen::MatrixXi& learned, const Eigen::MatrixXi& truth);

}  // namespace causal::bandits
