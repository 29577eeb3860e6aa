#include "effect/kd_tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr int kLeaf = 8;
constexpr double kTie = 2e-9;  // Relative, of squared distances.

}  // namespace

KdTree::KdTree(Eigen::MatrixXd points, std::vector<int> rows)
    : points_(std::move(points)),
      rows_(std::move(rows)),
      order_(rows_.size()),
      leaf_of_(rows_.size()),
      removed_(rows_.size(), 0) {
  CAUSAL_ASSERT(points_.cols() == std::ssize(rows_) && points_.cols() > 0);
  std::iota(order_.begin(), order_.end(), 0);
  for (std::size_t k = 0; k < rows_.size(); ++k) column_of_.emplace(rows_[k], static_cast<int>(k));
  build(0, static_cast<int>(order_.size()), -1);
}

int KdTree::build(int begin, int end, int parent) {
  const int index = static_cast<int>(nodes_.size());
  Node node;
  node.begin = begin;
  node.end = end;
  node.parent = parent;
  node.alive = end - begin;
  node.low = node.high = points_.col(order_[static_cast<std::size_t>(begin)]);
  for (int k = begin + 1; k < end; ++k) {
    node.low = node.low.cwiseMin(points_.col(order_[static_cast<std::size_t>(k)]));
    node.high = node.high.cwiseMax(points_.col(order_[static_cast<std::size_t>(k)]));
  }
  Eigen::Index axis = 0;
  const double width = (node.high - node.low).maxCoeff(&axis);
  nodes_.push_back(std::move(node));
  if (end - begin <= kLeaf || !(width > 0)) {
    for (int k = begin; k < end; ++k) leaf_of_[static_cast<std::size_t>(order_[static_cast<std::size_t>(k)])] = index;
    return index;
  }
  const int middle = begin + (end - begin) / 2;
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end, [&](int a, int b) {
    return points_(axis, a) != points_(axis, b) ? points_(axis, a) < points_(axis, b) : a < b;
  });
  const int left = build(begin, middle, index);
  const int right = build(middle, end, index);
  nodes_[static_cast<std::size_t>(index)].left = left;
  nodes_[static_cast<std::size_t>(index)].right = right;
  return index;
}

double KdTree::box_distance(const Node& node, const Eigen::Ref<const Eigen::VectorXd>& query) const {
  double sum = 0;
  for (Eigen::Index j = 0; j < query.size(); ++j) {
    const double gap = std::max({node.low(j) - query(j), query(j) - node.high(j), 0.0});
    sum += gap * gap;
  }
  return sum;
}

template <class Limit, class Visit>
void KdTree::walk(int index, const Eigen::Ref<const Eigen::VectorXd>& query, const Limit& limit,
                  const Visit& visit) const {
  const Node& node = nodes_[static_cast<std::size_t>(index)];
  if (node.alive == 0 || box_distance(node, query) > limit()) return;
  if (node.left < 0) {
    for (int k = node.begin; k < node.end; ++k) {
      const int column = order_[static_cast<std::size_t>(k)];
      if (removed_[static_cast<std::size_t>(column)] == 0) visit(column, (points_.col(column) - query).squaredNorm());
    }
    return;
  }
  const bool left_first = box_distance(nodes_[static_cast<std::size_t>(node.left)], query) <=
                          box_distance(nodes_[static_cast<std::size_t>(node.right)], query);
  walk(left_first ? node.left : node.right, query, limit, visit);
  walk(left_first ? node.right : node.left, query, limit, visit);
}

std::vector<Neighbour> KdTree::nearest(const Eigen::Ref<const Eigen::VectorXd>& query, int count, double radius,
                                       int but_not) const {
  std::vector<double> best;  // A heap of the smallest squared distances, largest first.
  const double furthest = radius * radius;
  const auto limit = [&] { return std::ssize(best) < count ? furthest : std::min(furthest, best.front()); };
  walk(0, query, limit, [&](int column, double squared) {
    if (rows_[static_cast<std::size_t>(column)] == but_not || squared > limit()) return;
    if (std::ssize(best) == count) {
      std::pop_heap(best.begin(), best.end());
      best.pop_back();
    }
    best.push_back(squared);
    std::push_heap(best.begin(), best.end());
  });
  std::vector<Neighbour> found;
  if (best.empty()) return found;
  // Once more, for the ties of the last one; 1e-300 makes room for rounding where the distance is 0.
  const double within = std::min(furthest, best.front() * (1 + kTie) + 1e-300);
  walk(
      0, query, [within] { return within; },
      [&](int column, double squared) {
        const int row = rows_[static_cast<std::size_t>(column)];
        if (row != but_not && squared <= within) found.push_back({row, std::sqrt(squared)});
      });
  std::sort(found.begin(), found.end(), [](const Neighbour& a, const Neighbour& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
  });
  return found;
}

void KdTree::remove(int row) {
  const auto at = column_of_.find(row);
  CAUSAL_ASSERT(at != column_of_.end());
  const auto column = static_cast<std::size_t>(at->second);
  if (removed_[column] != 0) return;
  removed_[column] = 1;
  for (int node = leaf_of_[column]; node >= 0; node = nodes_[static_cast<std::size_t>(node)].parent) {
    --nodes_[static_cast<std::size_t>(node)].alive;
  }
}

}  // namespace causal::estimation
