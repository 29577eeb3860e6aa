// labels: unit oracle determinism
// Trees on bins against exhaustive search over all splits of the plain columns.
#include "causal/estimation/nuisance/tree.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

struct Sample {
  Eigen::MatrixXd X;
  std::vector<double> y, weights;
};

/// Columns with `levels` distinct values (0: continuous), y with interactions and noise.
Sample sample(Eigen::Index n, Eigen::Index p, int levels, bool weighted, std::uint32_t key) {
  RandomStream stream(5, RandomDomain::Test, key);
  Sample s{Eigen::MatrixXd(n, p), {}, {}};
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < p; ++j) {
      const double u = stream.uniform();
      // Uneven gaps between values; later columns have fewer of them, the last one two.
      const int share = j + 1 == p && p > 1 ? 2 : levels;
      s.X(i, j) = share == 0 ? u : std::pow(std::floor(u * share), 2) - 3;
    }
    s.y.push_back(s.X(i, 0) * (p > 1 ? s.X(i, p - 1) : 1) + stream.normal());
    s.weights.push_back(weighted ? 0.1 + 3 * stream.uniform() : 1);
  }
  return s;
}

/// Fitted values of the tree found by trying everything.
class Exhaustive {
 public:
  Exhaustive(const Sample& s, const TreeOptions& options) : s_(s), options_(options), fitted_(s.y.size()) {
    std::vector<int> all(s.y.size());
    std::iota(all.begin(), all.end(), 0);
    grow(all, 0);
  }
  [[nodiscard]] const std::vector<double>& fitted() const { return fitted_; }
  [[nodiscard]] int leaves() const { return leaves_; }

 private:
  [[nodiscard]] double mean(const std::vector<int>& rows) const {
    double sum = 0;
    double weight = 0;
    for (const int i : rows) {
      sum += s_.weights[static_cast<std::size_t>(i)] * s_.y[static_cast<std::size_t>(i)];
      weight += s_.weights[static_cast<std::size_t>(i)];
    }
    return sum / weight;
  }
  [[nodiscard]] double error(const std::vector<int>& rows) const {
    const double centre = mean(rows);
    double sum = 0;
    for (const int i : rows) {
      sum += s_.weights[static_cast<std::size_t>(i)] * std::pow(s_.y[static_cast<std::size_t>(i)] - centre, 2);
    }
    return sum;
  }
  void grow(const std::vector<int>& rows, int depth) {
    double best = error(rows) * (1 - 1e-10);
    std::vector<int> best_left;
    std::vector<int> best_right;
    const bool may_split = options_.max_depth == 0 || depth < options_.max_depth;
    for (Eigen::Index j = 0; may_split && j < s_.X.cols(); ++j) {
      std::vector<double> values;
      for (const int i : rows) values.push_back(s_.X(i, j));
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
      for (std::size_t v = 0; v + 1 < values.size(); ++v) {
        std::vector<int> left;
        std::vector<int> right;
        for (const int i : rows) (s_.X(i, j) <= values[v] ? left : right).push_back(i);
        if (std::min(std::ssize(left), std::ssize(right)) < options_.min_leaf) continue;
        const double after = error(left) + error(right);
        if (after >= best) continue;
        best = after;
        best_left = left;
        best_right = right;
      }
    }
    if (best_left.empty()) {
      ++leaves_;
      for (const int i : rows) fitted_[static_cast<std::size_t>(i)] = mean(rows);
      return;
    }
    grow(best_left, depth + 1);
    grow(best_right, depth + 1);
  }

  const Sample& s_;
  const TreeOptions& options_;
  std::vector<double> fitted_;
  int leaves_ = 0;
};

struct Grown {
  Tree tree;
  std::vector<TreeGrower::Leaf> leaves;
  std::vector<std::int32_t> order;
};

Grown grow(const Sample& s, const BinnedColumns& columns, const TreeOptions& options, std::uint32_t key = 0) {
  std::vector<std::int32_t> rows(s.y.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<WeightedResponse> responses;
  for (std::size_t i = 0; i < s.y.size(); ++i) responses.push_back({s.weights[i] * s.y[i], s.weights[i]});
  RandomStream stream(1, RandomDomain::Trees, key);
  TreeGrower grower(columns, options);
  // Twice: what the first tree leaves behind must not matter.
  static_cast<void>(grower.grow(rows, responses, stream));
  RandomStream again(1, RandomDomain::Trees, key);
  Grown grown{grower.grow(rows, responses, again), {}, {}};
  grown.leaves = grower.leaves();
  grown.order = grower.order();
  return grown;
}

}  // namespace

TEST_CASE("bins keep the order of values, one a value where there are few") {
  const Sample few = sample(500, 2, 40, false, 1);
  const BinnedColumns exact(few.X, 1);
  for (int j = 0; j < 2; ++j) {
    std::vector<double> values(few.X.col(j).begin(), few.X.col(j).end());
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    CHECK(exact.bins(j) == std::ssize(values));
    for (Eigen::Index i = 0; i < 500; ++i) CHECK(values[exact.column(j)[i]] == few.X(i, j));
  }
  const Sample many = sample(5000, 2, 0, false, 2);
  const BinnedColumns cut(many.X, 1);
  CHECK(cut.bins(0) == 256);
  std::vector<int> count(256, 0);
  for (Eigen::Index i = 0; i < 5000; ++i) ++count[cut.column(0)[i]];
  // 5000 / 256 = 19.5 rows each.
  CHECK(*std::min_element(count.begin(), count.end()) >= 19);
  CHECK(*std::max_element(count.begin(), count.end()) <= 20);
  const std::vector<std::uint8_t> codes = encode_rows(cut.cuts(), many.X, 2);
  for (Eigen::Index i = 0; i < 5000; ++i) {
    CHECK(codes[static_cast<std::size_t>(2 * i)] == cut.column(0)[i]);
    CHECK(codes[static_cast<std::size_t>(2 * i + 1)] == cut.column(1)[i]);
  }
}

TEST_CASE("bins of neighbouring doubles, of one value and of a heap of equal values") {
  Eigen::MatrixXd X(300, 3);
  for (Eigen::Index i = 0; i < 300; ++i) {
    X(i, 0) = i % 2 == 0 ? 1.0 : std::nextafter(1.0, 2.0);
    X(i, 1) = 7;
    X(i, 2) = i < 150 ? 0 : static_cast<double>(i) * 1e300;
  }
  const BinnedColumns columns(X, 1);
  CHECK(columns.bins(0) == 2);
  CHECK(columns.bins(1) == 1);
  CHECK(columns.bins(2) == 151);
  for (Eigen::Index i = 0; i < 300; ++i) CHECK(columns.column(0)[i] == i % 2);
}

TEST_CASE("the tree of exhaustive search, with weights, limits and more rows than a kept histogram asks for") {
  std::uint32_t key = 10;
  for (const Eigen::Index n : {30, 200, 1500}) {
    for (const bool weighted : {false, true}) {
      for (const TreeOptions& options :
           {TreeOptions{.min_leaf = 1}, TreeOptions{.max_depth = 3, .min_leaf = 1}, TreeOptions{.min_leaf = 7}}) {
        ++key;
        const Sample s = sample(n, 1 + key % 4, n < 1000 ? 25 : 12, weighted, key);
        const Exhaustive oracle(s, options);
        const BinnedColumns columns(s.X, 1);
        const Grown grown = grow(s, columns, options);
        INFO("n ", n, " p ", s.X.cols(), " weighted ", weighted, " min_leaf ", options.min_leaf);
        CHECK(std::ssize(grown.leaves) == oracle.leaves());
        const std::vector<std::uint8_t> codes = encode_rows(columns.cuts(), s.X, 1);
        std::vector<double> fitted(s.y.size(), 0.0);
        add_predictions({&grown.tree, 1}, codes.data(), columns.cols(), 0, n, 1, fitted.data());
        double worst = 0;
        for (std::size_t i = 0; i < fitted.size(); ++i) {
          worst = std::max(worst, std::abs(fitted[i] - oracle.fitted()[i]));
        }
        CHECK(worst < 1e-9);
        // The leaves list the rows that get there.
        std::size_t listed = 0;
        for (const TreeGrower::Leaf& leaf : grown.leaves) {
          for (std::int32_t k = leaf.begin; k < leaf.end; ++k, ++listed) {
            const auto row = static_cast<std::size_t>(grown.order[static_cast<std::size_t>(k)]);
            CHECK(grown.tree.leaf_of(&codes[row * static_cast<std::size_t>(columns.cols())]) == leaf.node);
          }
        }
        CHECK(listed == s.y.size());
      }
    }
  }
}

TEST_CASE("more than 256 values: the split found is nearly as good as the best") {
  const Sample s = sample(4000, 2, 0, false, 90);
  const TreeOptions stump{.max_depth = 1, .min_leaf = 1};
  const BinnedColumns columns(s.X, 1);
  const Grown grown = grow(s, columns, stump);
  REQUIRE(grown.leaves.size() == 2);
  double ours = 0;
  for (const TreeGrower::Leaf& leaf : grown.leaves) {
    for (std::int32_t k = leaf.begin; k < leaf.end; ++k) {
      const double e = s.y[static_cast<std::size_t>(grown.order[static_cast<std::size_t>(k)])] -
                       grown.tree.values[static_cast<std::size_t>(leaf.node)];
      ours += e * e;
    }
  }
  // Best cut of each column by running sums.
  double best = std::numeric_limits<double>::infinity();
  for (Eigen::Index j = 0; j < 2; ++j) {
    std::vector<int> order(4000);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return s.X(a, j) < s.X(b, j); });
    const double total = std::accumulate(s.y.begin(), s.y.end(), 0.0);
    double squares = 0;
    for (const double y : s.y) squares += y * y;
    double left = 0;
    for (int k = 1; k < 4000; ++k) {
      left += s.y[static_cast<std::size_t>(order[static_cast<std::size_t>(k) - 1])];
      if (s.X(order[static_cast<std::size_t>(k)], j) == s.X(order[static_cast<std::size_t>(k) - 1], j)) continue;
      best = std::min(best, squares - left * left / k - (total - left) * (total - left) / (4000 - k));
    }
  }
  CHECK(ours >= best * (1 - 1e-12));
  CHECK(ours <= best * 1.002);
}

TEST_CASE("columns are drawn evenly, and more of them when the one drawn is constant") {
  // The first column decides y; with one column a split, trees of depth 1 split on each of the columns that vary
  // equally often: 4 of them, 400 trees, so 100 +- 4 standard errors of sqrt(400 * 3 / 16) = 8.7.
  Sample s = sample(200, 5, 20, false, 95);
  s.X.col(1).setConstant(3);
  const BinnedColumns columns(s.X, 1);
  std::vector<int> count(5, 0);
  for (std::uint32_t key = 0; key < 400; ++key) {
    const Grown grown = grow(s, columns, {.max_depth = 1, .min_leaf = 1, .mtry = 1}, key);
    REQUIRE(grown.leaves.size() == 2);
    ++count[grown.tree.nodes[0].column()];
  }
  CHECK(count[1] == 0);
  for (const int j : {0, 2, 3, 4})
    CHECK(std::abs(count[static_cast<std::size_t>(j)] - 100) < 4 * std::sqrt(400 * 3 / 16.0));
}

TEST_CASE("threads share the sums of a node without changing them; constant responses make no split") {
  Sample s = sample(60000, 6, 0, true, 99);
  const BinnedColumns columns(s.X, 2);
  const Grown one = grow(s, columns, {.max_depth = 4, .threads = 1});
  for (const int threads : {2, 4}) {
    const Grown more = grow(s, columns, {.max_depth = 4, .threads = threads});
    CHECK(more.tree.values == one.tree.values);
    CHECK(more.order == one.order);
  }
  std::fill(s.y.begin(), s.y.end(), 0.1);
  CHECK(grow(s, columns, {.min_leaf = 1}).leaves.size() == 1);
}
