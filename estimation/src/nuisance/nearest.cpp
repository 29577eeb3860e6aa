#include "causal/estimation/nuisance/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "causal/run/parallel.hpp"

namespace causal::estimation {
namespace {

constexpr std::int32_t kLeaf = 12;
constexpr double kSlack = 1 + 1e-9;  // Bounds are rounded otherwise than distances.

}  // namespace

NearestRows::NearestRows(const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::VectorXd>& y,
                         const Eigen::Ref<const Eigen::VectorXd>& weights)
    : scale_(X.cols()) {
  const double total = weights.sum();
  for (Eigen::Index j = 0; j < X.cols(); ++j) {
    const double mean = weights.dot(X.col(j)) / total;
    scale_(j) = std::sqrt(weights.dot(Eigen::VectorXd((X.col(j).array() - mean).square())) / total);
    if (X.col(j).minCoeff() < X.col(j).maxCoeff() && scale_(j) > 0) columns_.push_back(j);
  }
  dims_ = std::ssize(columns_);
  Eigen::MatrixXd rows(dims_, X.rows());  // A row of X is a column here: its numbers lie side by side.
  for (Eigen::Index d = 0; d < dims_; ++d) {
    const Eigen::Index j = columns_[static_cast<std::size_t>(d)];
    rows.row(d) = X.col(j).transpose() / scale_(j);
  }
  std::vector<std::int32_t> order(static_cast<std::size_t>(X.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const double* const left = rows.data() + a * dims_;
    const double* const right = rows.data() + b * dims_;
    const auto [l, r] = std::mismatch(left, left + dims_, right);
    return l == left + dims_ ? a < b : *l < *r;
  });
  collect(rows, order, y, weights);
}

void NearestRows::collect(const Eigen::MatrixXd& rows, const std::vector<std::int32_t>& order,
                          const Eigen::Ref<const Eigen::VectorXd>& y,
                          const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const auto point = [&](std::int32_t row) { return rows.data() + row * dims_; };
  std::vector<double> points;
  std::vector<std::int64_t> count;
  std::vector<double> weight;
  std::vector<double> sum;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::int32_t row = order[k];
    if (k == 0 || !std::equal(point(row), point(row) + dims_, point(order[k - 1]))) {
      points.insert(points.end(), point(row), point(row) + dims_);
      count.push_back(0);
      weight.push_back(0);
      sum.push_back(0);
    }
    ++count.back();
    weight.back() += weights(row);
    sum.back() += weights(row) * y(row);
  }
  points_ = points;
  std::vector<std::int32_t> tree_order(count.size());
  std::iota(tree_order.begin(), tree_order.end(), 0);
  build(tree_order, 0, static_cast<std::int32_t>(tree_order.size()));
  points_.clear();
  for (const std::int32_t at : tree_order) {
    points_.insert(points_.end(), points.data() + at * dims_, points.data() + (at + 1) * dims_);
    count_.push_back(count[static_cast<std::size_t>(at)]);
    weight_.push_back(weight[static_cast<std::size_t>(at)]);
    sum_.push_back(sum[static_cast<std::size_t>(at)]);
  }
}

/// Halves at the median of the widest column.
void NearestRows::build(std::vector<std::int32_t>& order, std::int32_t begin, std::int32_t end) {
  const std::size_t self = nodes_.size();
  nodes_.push_back({.begin = begin, .end = end});
  if (end - begin <= kLeaf) return;
  const auto value = [&](std::int32_t at, Eigen::Index d) { return points_[static_cast<std::size_t>(at * dims_ + d)]; };
  Eigen::Index widest = 0;
  double width = -1;
  for (Eigen::Index d = 0; d < dims_; ++d) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::int32_t k = begin; k < end; ++k) {
      const double x = value(order[static_cast<std::size_t>(k)], d);
      low = std::min(low, x);
      high = std::max(high, x);
    }
    if (high - low > width) {
      width = high - low;
      widest = d;
    }
  }
  const std::int32_t middle = begin + (end - begin) / 2;
  std::nth_element(order.begin() + begin, order.begin() + middle, order.begin() + end,
                   [&](std::int32_t a, std::int32_t b) {
                     const double x = value(a, widest);
                     const double z = value(b, widest);
                     return x != z ? x < z : a < b;
                   });
  nodes_[self].column = static_cast<std::int32_t>(widest);
  nodes_[self].cut = value(order[static_cast<std::size_t>(middle)], widest);
  build(order, begin, middle);
  nodes_[self].right = static_cast<std::int32_t>(nodes_.size());
  build(order, middle, end);
}

double NearestRows::distance(std::int32_t point, const double* query) const {
  const double* const at = points_.data() + point * dims_;
  double sum = 0;
  for (Eigen::Index d = 0; d < dims_; ++d) sum += (at[d] - query[d]) * (at[d] - query[d]);
  return sum;
}

/// Visits all points that may be within `radius`, which the visitor may shrink. `gaps`: distance to the node's side of
/// each cut passed, by column (Arya and Mount 1993).
template <class Visit>
void NearestRows::search(const double* query, const double& radius, std::vector<double>& gaps, Visit&& visit,
                         std::int32_t index, double bound) const {
  const Node& node = nodes_[static_cast<std::size_t>(index)];
  if (node.column < 0) {
    for (std::int32_t k = node.begin; k < node.end; ++k) visit(k, distance(k, query));
    return;
  }
  const double gap = query[node.column] - node.cut;
  // A point that equals the cut may lie on either side, so the left side is taken to include it.
  const std::int32_t near = gap < 0 ? index + 1 : node.right;
  const std::int32_t far = gap < 0 ? node.right : index + 1;
  search(query, radius, gaps, visit, near, bound);
  double& old = gaps[static_cast<std::size_t>(node.column)];
  const double kept = old;
  const double further = bound - kept * kept + gap * gap;
  if (further <= radius * kSlack) {
    old = gap;
    search(query, radius, gaps, visit, far, further);
    old = kept;
  }
}

double NearestRows::mean_near(const double* query, std::int64_t k) const {
  std::vector<double> gaps(static_cast<std::size_t>(dims_), 0.0);
  std::vector<std::pair<double, std::int64_t>> heap;  // Farthest on top: squared distance and rows.
  std::int64_t held = 0;
  double radius = std::numeric_limits<double>::infinity();
  search(
      query, radius, gaps,
      [&](std::int32_t point, double squared) {
        if (squared > radius) return;
        heap.emplace_back(squared, count_[static_cast<std::size_t>(point)]);
        std::push_heap(heap.begin(), heap.end());
        held += count_[static_cast<std::size_t>(point)];
        while (held - heap.front().second >= k) {
          held -= heap.front().second;
          std::pop_heap(heap.begin(), heap.end());
          heap.pop_back();
        }
        if (held >= k) radius = heap.front().first;
      },
      0, 0);
  const double furthest = heap.front().first;
  double sum = 0;
  double weight = 0;
  search(
      query, furthest, gaps,
      [&](std::int32_t point, double squared) {
        if (squared > furthest) return;
        sum += sum_[static_cast<std::size_t>(point)];
        weight += weight_[static_cast<std::size_t>(point)];
      },
      0, 0);
  return sum / weight;
}

Eigen::VectorXd NearestRows::means(const Eigen::Ref<const Eigen::MatrixXd>& Q, std::int64_t k, int threads) const {
  Eigen::VectorXd result(Q.rows());
  parallel_chunks(Q.rows(), 64, threads, [&](std::int64_t begin, std::int64_t end, int) {
    std::vector<double> query(static_cast<std::size_t>(dims_));
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::size_t d = 0; d < query.size(); ++d) query[d] = Q(i, columns_[d]) / scale_(columns_[d]);
      result(i) = mean_near(query.data(), k);
    }
  });
  return result;
}

}  // namespace causal::estimation
