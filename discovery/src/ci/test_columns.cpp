#include "test_columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace causal::discovery::detail {
namespace {

std::int64_t source_row(const TestRows& rows, std::int64_t i) {
  return rows.indices.empty() ? i : rows.indices[static_cast<std::size_t>(i)];
}

LevelColumn level_column(const Eigen::Ref<const Eigen::VectorXd>& codes, const TestRows& rows) {
  struct Seen {
    std::int32_t number;
    std::int64_t count;
  };
  std::map<double, Seen> seen;  // numbered by first appearance
  LevelColumn column;
  column.code.reserve(static_cast<std::size_t>(rows.count));
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const auto next = static_cast<std::int32_t>(seen.size());
    Seen& level = seen.try_emplace(codes(source_row(rows, i)), Seen{next, 0}).first->second;
    ++level.count;
    column.code.push_back(level.number);
  }
  column.counts.resize(seen.size());
  for (const auto& [code, level] : seen) column.counts[static_cast<std::size_t>(level.number)] = level.count;
  std::vector<std::size_t> order(seen.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return column.counts[a] > column.counts[b]; });
  std::vector<std::int32_t> rank(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = static_cast<std::int32_t>(k);
  for (std::int32_t& code : column.code) code = rank[static_cast<std::size_t>(code)];
  std::sort(column.counts.begin(), column.counts.end(), std::greater<>());
  return column;
}

// About `wanted` rows, evenly spaced in the order of their norms; equal norms are ordered by their cells.
std::vector<Eigen::Index> rows_by_norm(const Eigen::Ref<const Eigen::MatrixXd>& X, Eigen::Index wanted) {
  const Eigen::VectorXd norm = X.rowwise().squaredNorm();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(X.rows()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    if (norm(a) != norm(b)) return norm(a) < norm(b);
    for (Eigen::Index j = 0; j < X.cols(); ++j) {
      if (X(a, j) != X(b, j)) return X(a, j) < X(b, j);
    }
    return a < b;
  });
  if (X.rows() <= wanted) return order;
  std::vector<Eigen::Index> spread;
  for (Eigen::Index k = 0; k < wanted; ++k) {
    spread.push_back(order[static_cast<std::size_t>((2 * k + 1) * X.rows() / (2 * wanted))]);
  }
  return spread;
}

}  // namespace

TestRows rows_of(const NodeTable& table, NodeId x, NodeId y, std::span<const NodeId> S) {
  std::vector<NodeId> nodes(S.begin(), S.end());
  nodes.push_back(x);
  nodes.push_back(y);
  if (std::none_of(nodes.begin(), nodes.end(), [&](NodeId v) { return table.has_missing(v); })) {
    return {.indices = {}, .count = table.rows()};
  }
  TestRows rows{.indices = table.complete_rows(nodes)};
  rows.count = static_cast<std::int64_t>(rows.indices.size());
  return rows;
}

Eigen::MatrixXd standardised(const Eigen::Ref<const Eigen::MatrixXd>& X) {
  // Below it the differences in a column are the rounding of its values.
  constexpr double kRounding = 16 * std::numeric_limits<double>::epsilon();
  Eigen::MatrixXd Z(X.rows(), X.cols());
  Eigen::Index kept = 0;
  for (Eigen::Index j = 0; j < X.cols(); ++j) {
    const double scale = X.rows() > 0 ? X.col(j).cwiseAbs().maxCoeff() : 0;
    if (!(scale > 0)) continue;
    Eigen::VectorXd z = X.col(j) / scale;  // first, so that no square overflows or vanishes
    const double low = z.minCoeff();
    const double range = z.maxCoeff() - low;
    if (!(range > kRounding)) continue;
    z = (z.array() - low) / range;
    z.array() -= z.mean();
    Z.col(kept++) = z / std::sqrt(z.squaredNorm() / static_cast<double>(X.rows()));
  }
  Z.conservativeResize(Eigen::NoChange, kept);
  return Z;
}

TestColumns test_columns(const Node& node, const TestRows& rows) {
  TestColumns columns{.numeric = {}, .nominal = {}, .surrogate = node.surrogate};
  if (rows.indices.empty() && node.numeric.cols() > 0) {
    columns.numeric = standardised(node.numeric);
  } else {
    Eigen::MatrixXd kept(rows.count, node.numeric.cols());
    for (Eigen::Index j = 0; j < kept.cols(); ++j) {
      for (std::int64_t i = 0; i < rows.count; ++i) kept(i, j) = node.numeric(source_row(rows, i), j);
    }
    columns.numeric = standardised(kept);
  }
  for (Eigen::Index j = 0; j < node.nominal.cols(); ++j) {
    LevelColumn column = level_column(node.nominal.col(j), rows);
    if (column.counts.size() > 1) columns.nominal.push_back(std::move(column));
  }
  return columns;
}

double median_distance(const Eigen::Ref<const Eigen::MatrixXd>& X) {
  constexpr Eigen::Index kRows = 500;
  const std::vector<Eigen::Index> rows = rows_by_norm(X, kRows);
  std::vector<double> squares;
  squares.reserve(rows.size() * rows.size() / 2);
  for (std::size_t a = 0; a < rows.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const double square = (X.row(rows[a]) - X.row(rows[b])).squaredNorm();
      if (square > 0) squares.push_back(square);
    }
  }
  if (squares.empty()) return 1;
  const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
  std::nth_element(squares.begin(), middle, squares.end());
  return std::sqrt(*middle);
}

std::vector<std::int64_t> content_order(const TestColumns& x, const TestColumns& y, std::int64_t n) {
  // -1, 0, 1 as row a stands before, with or after row b.
  const auto compare = [](const TestColumns& columns, std::int64_t a, std::int64_t b) {
    for (Eigen::Index j = 0; j < columns.numeric.cols(); ++j) {
      if (columns.numeric(a, j) != columns.numeric(b, j)) return columns.numeric(a, j) < columns.numeric(b, j) ? -1 : 1;
    }
    for (const LevelColumn& column : columns.nominal) {
      const std::int32_t left = column.code[static_cast<std::size_t>(a)];
      const std::int32_t right = column.code[static_cast<std::size_t>(b)];
      if (left != right) return left < right ? -1 : 1;
    }
    return 0;
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    const int by_x = compare(x, a, b);
    const int by_y = by_x != 0 ? by_x : compare(y, a, b);
    return by_y != 0 ? by_y < 0 : a < b;
  });
  return order;
}

CiResult no_answer() {
  return {.statistic = 0,
          .p_value = std::numeric_limits<double>::quiet_NaN(),
          .effect = 0,
          .dof = 0,
          .status = Status::Degenerate};
}

}  // namespace causal::discovery::detail
