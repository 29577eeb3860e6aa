#pragma once
// What a test that compares rows sees of a node: z-scored quantities and numbered levels of the rows it uses.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/node_table.hpp"

namespace causal::discovery::detail {

/// Fewer rows than this are no evidence for or against anything.
constexpr std::int64_t kFewestRows = 30;

/// Levels of one nominal column, numbered by falling count, ties by first appearance: the same numbers however the
/// levels were coded.
struct LevelColumn {
  std::vector<std::int32_t> code;  ///< One a row, in [0, counts.size()).
  std::vector<std::int64_t> counts;
};

/// The columns of one node that vary; a node without any is constant.
struct TestColumns {
  Eigen::MatrixXd numeric = {};  ///< n x q, each of mean 0 and variance 1 (divisor n).
  std::vector<LevelColumn> nominal = {};
  bool surrogate = false;

  [[nodiscard]] bool constant() const { return numeric.cols() == 0 && nominal.empty(); }
};

/// The rows of a test in use; empty `indices` stand for all rows of the table.
struct TestRows {
  std::vector<std::int64_t> indices;
  std::int64_t count = 0;
};

/// The rows in which all of x, y and S are observed.
[[nodiscard]] TestRows rows_of(const NodeTable& table, NodeId x, NodeId y, std::span<const NodeId> S);

/// Finite cells assumed: `rows` must be complete for the node.
[[nodiscard]] TestColumns test_columns(const Node& node, const TestRows& rows);

/// Sets each column to mean 0 and variance 1 (divisor n) and drops constant ones, whatever their scale.
[[nodiscard]] Eigen::MatrixXd standardised(const Eigen::Ref<const Eigen::MatrixXd>& X);

/// Median of the positive Euclidean distances between rows, 1 when there are none. All pairs up to 500 rows, else
/// those of 500 rows spread evenly over the rows sorted by norm: the same for any order of rows or columns.
[[nodiscard]] double median_distance(const Eigen::Ref<const Eigen::MatrixXd>& X);

/// Rows sorted by the columns of x, then by those of y: the same sequence of cells for any order of the rows.
[[nodiscard]] std::vector<std::int64_t> content_order(const TestColumns& x, const TestColumns& y, std::int64_t n);

/// What a test answers when the data give no answer.
[[nodiscard]] CiResult no_answer();

}  // namespace causal::discovery::detail
