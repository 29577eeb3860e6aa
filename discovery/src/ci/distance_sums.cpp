#include "distance_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "causal/run/parallel.hpp"

namespace causal::discovery::detail {
namespace {

// Distances of row i to the rows [0, count).
void distances(const TestColumns& columns, Eigen::Index i, Eigen::Index count, Eigen::Ref<Eigen::ArrayXd> out) {
  out.setZero();
  for (Eigen::Index c = 0; c < columns.numeric.cols(); ++c) {
    out += (columns.numeric.col(c).head(count).array() - columns.numeric(i, c)).square();
  }
  for (const LevelColumn& column : columns.nominal) {
    const std::int32_t own = column.code[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < count; ++j) out(j) += column.code[static_cast<std::size_t>(j)] != own ? 1.0 : 0.0;
  }
  out = out.sqrt();
}

// sum_j |v_i - v_j| from the sorted values: those below v_i and those above enter with opposite signs.
DistanceMargin margin_of_quantity(const Eigen::Ref<const Eigen::VectorXd>& v) {
  const Eigen::Index n = v.size();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) { return v(a) < v(b); });
  DistanceMargin margin{.row_sums = Eigen::VectorXd(n)};
  const double sum = v.sum();
  double below = 0;
  for (Eigen::Index k = 0; k < n; ++k) {
    const double value = v(order[static_cast<std::size_t>(k)]);
    const auto rest = static_cast<double>(n - 2 * k);  // n - k rows from here on, k before
    margin.row_sums(order[static_cast<std::size_t>(k)]) = sum - 2 * below - rest * value;
    below += value;
  }
  margin.total = margin.row_sums.sum();
  margin.square = 2 * (static_cast<double>(n) * v.squaredNorm() - sum * sum);
  return margin;
}

DistanceMargin margin_of_levels(const LevelColumn& column) {
  const auto n = static_cast<double>(column.code.size());
  DistanceMargin margin{.row_sums = Eigen::VectorXd(static_cast<Eigen::Index>(column.code.size()))};
  for (std::size_t i = 0; i < column.code.size(); ++i) {
    const auto level = static_cast<std::size_t>(column.code[i]);
    margin.row_sums(static_cast<Eigen::Index>(i)) = n - static_cast<double>(column.counts[level]);
  }
  margin.total = margin.row_sums.sum();
  margin.square = margin.total;
  return margin;
}

std::vector<int> ranks(const Eigen::Ref<const Eigen::VectorXd>& v) {
  std::vector<double> distinct(v.data(), v.data() + v.size());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<int> rank(static_cast<std::size_t>(v.size()));
  for (std::size_t i = 0; i < rank.size(); ++i) {
    const double value = v(static_cast<Eigen::Index>(i));
    rank[i] = static_cast<int>(std::lower_bound(distinct.begin(), distinct.end(), value) - distinct.begin());
  }
  return rank;
}

std::size_t at(std::span<const int> order, std::size_t i) { return static_cast<std::size_t>(order[i]); }

}  // namespace

DistancePair::Kind DistancePair::kind_of(const TestColumns& columns) {
  if (columns.numeric.cols() == 1 && columns.nominal.empty()) return Kind::Quantity;
  if (columns.numeric.cols() == 0 && columns.nominal.size() == 1) return Kind::Levels;
  return Kind::General;
}

TestColumns DistancePair::reorder(const TestColumns& columns, const std::vector<std::int64_t>& order) {
  TestColumns result = columns;
  for (std::size_t k = 0; k < order.size(); ++k) {
    result.numeric.row(static_cast<Eigen::Index>(k)) = columns.numeric.row(order[k]);
    for (std::size_t c = 0; c < columns.nominal.size(); ++c) {
      result.nominal[c].code[k] = columns.nominal[c].code[static_cast<std::size_t>(order[k])];
    }
  }
  return result;
}

DistancePair::DistancePair(TestColumns x, TestColumns y, std::int64_t n, int threads) : n_(n) {
  // The levels, if any, second: one routine then serves both mixed pairs. What is symmetric stays symmetric.
  if (kind_of(x) == Kind::Levels && kind_of(y) == Kind::Quantity) std::swap(x, y);
  const std::vector<std::int64_t> order = content_order(x, y, n);
  x_ = reorder(x, order);
  y_ = reorder(y, order);
  kind_x_ = kind_of(x_);
  kind_y_ = kind_of(y_);
  if (kind_x_ == Kind::General || kind_y_ == Kind::General) {
    kind_x_ = kind_y_ = Kind::General;
    all_pairs(threads);
    return;
  }
  const auto margin = [](const TestColumns& columns, Kind kind) {
    return kind == Kind::Quantity ? margin_of_quantity(columns.numeric.col(0)) : margin_of_levels(columns.nominal[0]);
  };
  margin_x_ = margin(x_, kind_x_);
  margin_y_ = margin(y_, kind_y_);
  if (kind_y_ == Kind::Quantity) y_rank_ = ranks(y_.numeric.col(0));
  std::vector<int> identity(static_cast<std::size_t>(n));
  std::iota(identity.begin(), identity.end(), 0);
  product_ = product(identity);
}

double DistancePair::product(std::span<const int> order) const {
  if (kind_x_ == Kind::General) return general(order);
  if (kind_y_ == Kind::Quantity) return quantities(order);
  return kind_x_ == Kind::Quantity ? quantity_and_levels(order) : levels(order);
}

// Rows come in the order of x. For row i, the sum over the rows j before it of (x_i - x_j) |y_i - y_j| is twice that
// over the rows with y_j <= y_i less the sum of (x_i - x_j)(y_i - y_j) over all; a Fenwick tree over the ranks of y
// gives the count and the sums of x, y and x y of the former.
double DistancePair::quantities(std::span<const int> order) const {
  using Sums = std::array<double, 4>;  // count, x, y, x y
  const auto n = static_cast<std::size_t>(n_);
  std::vector<Sums> tree(n + 1, Sums{});
  Sums all{};
  double result = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = x_.numeric(static_cast<Eigen::Index>(i), 0);
    const double y = y_.numeric(order[i], 0);
    const std::size_t rank = static_cast<std::size_t>(y_rank_[at(order, i)]) + 1;
    Sums below{};
    for (std::size_t node = rank; node > 0; node &= node - 1) {
      for (std::size_t s = 0; s < 4; ++s) below[s] += tree[node][s];
    }
    const auto moment = [x, y](const Sums& sums) { return sums[0] * x * y - x * sums[2] - y * sums[1] + sums[3]; };
    result += 2 * moment(below) - moment(all);
    const Sums own{1, x, y, x * y};
    for (std::size_t node = rank; node <= n; node += node & (~node + 1)) {
      for (std::size_t s = 0; s < 4; ++s) tree[node][s] += own[s];
    }
    for (std::size_t s = 0; s < 4; ++s) all[s] += own[s];
  }
  return 2 * result;
}

// Distances of x between rows of different levels: all of them less those within a level, whose rows come sorted by x.
double DistancePair::quantity_and_levels(std::span<const int> order) const {
  const LevelColumn& column = y_.nominal[0];
  std::vector<double> count(column.counts.size(), 0.0);
  std::vector<double> sum(column.counts.size(), 0.0);
  double within = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto level = static_cast<std::size_t>(column.code[at(order, i)]);
    const double x = x_.numeric(static_cast<Eigen::Index>(i), 0);
    within += count[level] * x - sum[level];
    count[level] += 1;
    sum[level] += x;
  }
  return margin_x_.total - 2 * within;
}

// Pairs of rows that differ in both columns: all less those equal in x, less those equal in y, plus those equal in
// both.
double DistancePair::levels(std::span<const int> order) const {
  const LevelColumn& left = x_.nominal[0];
  const LevelColumn& right = y_.nominal[0];
  const auto n = static_cast<double>(n_);
  double result = n * n;
  for (const LevelColumn* column : {&left, &right}) {
    for (const std::int64_t count : column->counts) result -= static_cast<double>(count) * static_cast<double>(count);
  }
  // Rows come sorted by the levels of x: one row of the table of counts at a time.
  std::vector<double> cell(right.counts.size(), 0.0);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && left.code[end] == left.code[begin]) {
      double& count = cell[static_cast<std::size_t>(right.code[at(order, end++)])];
      result += 2 * count + 1;  // (count + 1)^2 - count^2
      count += 1;
    }
    for (std::size_t i = begin; i < end; ++i) cell[static_cast<std::size_t>(right.code[at(order, i)])] = 0;
  }
  return result;
}

void DistancePair::all_pairs(int threads) {
  constexpr std::int64_t kRows = 16;
  margin_x_.row_sums.resize(n_);
  margin_y_.row_sums.resize(n_);
  Eigen::MatrixXd of_row(n_, 3);  // squares of x, of y, products
  parallel_chunks(n_, kRows, threads, [&](std::int64_t begin, std::int64_t end, int) {
    Eigen::ArrayXd a(n_);
    Eigen::ArrayXd b(n_);
    for (std::int64_t i = begin; i < end; ++i) {
      distances(x_, i, n_, a);
      distances(y_, i, n_, b);
      margin_x_.row_sums(i) = a.sum();
      margin_y_.row_sums(i) = b.sum();
      of_row.row(i) << a.square().sum(), b.square().sum(), (a * b).sum();
    }
  });
  margin_x_.total = margin_x_.row_sums.sum();
  margin_y_.total = margin_y_.row_sums.sum();
  margin_x_.square = of_row.col(0).sum();
  margin_y_.square = of_row.col(1).sum();
  product_ = of_row.col(2).sum();
}

void DistancePair::hold(std::int64_t limit_bytes) {
  const double values = static_cast<double>(n_) * (3 * static_cast<double>(n_) + 1) / 2;
  if (kind_x_ != Kind::General || values * sizeof(double) > static_cast<double>(limit_bytes)) return;
  const auto n = static_cast<std::size_t>(n_);
  held_x_.resize(n * (n - 1) / 2);
  held_y_.resize(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    distances(x_, row, row, Eigen::Map<Eigen::ArrayXd>(held_x_.data() + i * (i - 1) / 2, row));
    distances(y_, row, n_, Eigen::Map<Eigen::ArrayXd>(held_y_.data() + i * n, n_));
  }
}

double DistancePair::general(std::span<const int> order) const {
  const auto n = static_cast<std::size_t>(n_);
  double result = 0;
  Eigen::ArrayXd a(n_);
  Eigen::ArrayXd b(n_);
  for (std::size_t i = 1; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const double* left = held_x_.data() + i * (i - 1) / 2;
    const double* right = held_y_.data() + at(order, i) * n;
    if (held_x_.empty()) {
      distances(x_, row, row, a.head(row));
      distances(y_, order[i], n_, b);
      left = a.data();
      right = b.data();
    }
    double sum = 0;
    for (std::size_t j = 0; j < i; ++j) sum += left[j] * right[order[j]];
    result += sum;
  }
  return 2 * result;
}

}  // namespace causal::discovery::detail
