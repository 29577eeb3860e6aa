#pragma once
// Nearest neighbours in few dimensions, with ties, and with points that can be taken out.

#include <Eigen/Core>
#include <unordered_map>
#include <vector>

namespace causal::estimation {

struct Neighbour {
  int row = 0;          ///< Column of the points.
  double distance = 0;  ///< Euclidean.
};

/// A k-d tree over the columns of a d x m matrix. Queries are thread-safe among themselves.
///
/// Built in O(m log^2 m); a query visits O(log m) points when d is small, and all of them when d is large.
class KdTree {
 public:
  /// points: d x m, finite, d >= 1, m >= 1; kept by copy. `rows`: m numbers that neighbours are reported by.
  KdTree(Eigen::MatrixXd points, std::vector<int> rows);

  /// The `count` nearest points to `query` (d) and all that tie with the last of them (distances within 1e-9
  /// relative), nearest first, ties by row; without the point of number `but_not`, and none further than `radius`.
  [[nodiscard]] std::vector<Neighbour> nearest(const Eigen::Ref<const Eigen::VectorXd>& query, int count, double radius,
                                               int but_not = -1) const;
  /// Takes the point of that number out. Not thread-safe.
  void remove(int row);
  /// Points that are left.
  [[nodiscard]] int size() const { return nodes_.front().alive; }

 private:
  struct Node {
    int begin = 0, end = 0;     // Positions in order_.
    int left = -1, right = -1;  // Children; -1: a leaf.
    int parent = -1;
    int alive = 0;              // Points below that are left.
    Eigen::VectorXd low, high;  // Bounding box.
  };

  int build(int begin, int end, int parent);
  [[nodiscard]] double box_distance(const Node& node, const Eigen::Ref<const Eigen::VectorXd>& query) const;
  /// Calls visit(position, squared distance) for points in boxes nearer than limit(), nearer child first.
  template <class Limit, class Visit>
  void walk(int node, const Eigen::Ref<const Eigen::VectorXd>& query, const Limit& limit, const Visit& visit) const;

  Eigen::MatrixXd points_;
  std::vector<int> rows_;
  std::unordered_map<int, int> column_of_;  // Of points_, by number.
  std::vector<int> order_;                  // Columns of points_, leaf by leaf.
  std::vector<int> leaf_of_;                // Node of each column.
  std::vector<char> removed_;               // By column.
  std::vector<Node> nodes_;
};

}  // namespace causal::estimation
