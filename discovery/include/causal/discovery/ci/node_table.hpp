#pragma once
// The variables of a test that compares rows: nodes of one or several columns, and the surrogate of what changes.

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/graph/mixed_graph.hpp"

namespace causal::discovery {

/// One node: the columns that are tested together. At least one column in all.
struct Node {
  std::string name;
  Eigen::MatrixXd numeric = {};  ///< n x q: quantities in their own units, compared by distance; NaN where missing.
  Eigen::MatrixXd nominal = {};  ///< n x m: codes 0, 1, ... of levels, compared for equality; NaN where missing.
  /// Stands for what changes between rows (time index, domain label): a node that nothing causes, with kernels of its
  /// own. Numeric columns are time-like, nominal columns domain-like.
  bool surrogate = false;
  std::vector<std::string> levels = {};  ///< Of the nominal column of a domain-like surrogate: the label of each code.
};

/// Columns that make up one node.
struct NodeGroup {
  std::string name;
  std::vector<std::string> columns;
};

/// Reads "x2=a,b;x3=c,d". Errors: InvalidArgument naming the part that is not NAME=COLUMN,COLUMN.
[[nodiscard]] std::vector<NodeGroup> parse_node_groups(const std::string& text);

/// Nodes over the same n rows. Immutable; thread-safe for reads.
class NodeTable {
 public:
  NodeTable() = default;
  /// Errors: InvalidArgument for nodes of different numbers of rows, a node without columns, an empty or repeated name,
  /// two surrogates; DataError for an infinite cell or a code that is no whole number >= 0.
  explicit NodeTable(std::vector<Node> nodes);

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] int size() const { return static_cast<int>(nodes_.size()); }
  [[nodiscard]] const Node& node(NodeId v) const { return nodes_[slot(v)]; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// The node that stands for what changes, if there is one.
  [[nodiscard]] std::optional<NodeId> surrogate() const { return surrogate_; }
  /// Whether some cell of the node is missing.
  [[nodiscard]] bool has_missing(NodeId v) const { return has_missing_[slot(v)]; }
  /// Ascending indices of the rows in which every one of `nodes` is observed.
  [[nodiscard]] std::vector<std::int64_t> complete_rows(std::span<const NodeId> nodes) const;
  /// The rows with these indices, in this order (repeats allowed).
  [[nodiscard]] NodeTable select_rows(std::span<const std::int64_t> indices) const;

 private:
  std::vector<Node> nodes_;
  std::vector<std::string> names_;
  std::vector<bool> has_missing_;
  std::optional<NodeId> surrogate_;
  std::int64_t rows_ = 0;
};

/// One node for every column without a role, in their order: continuous and count columns numeric, discrete and binary
/// ones nominal. The columns of a group become one node, which stands where its first column stands.
/// Errors: InvalidArgument for a group with an unknown column, a column in two groups, or the name of another node.
[[nodiscard]] NodeTable nodes_of(const Dataset& data, std::span<const NodeGroup> groups = {});

/// The same and, last, the surrogate of what changes: the time column as it is, the environment column as nominal
/// labels, both together when both have a role; the number of the row 0, 1, ... when neither has. Its name is that of
/// its columns ("time", "site", "time+site"), or `row_index_name`.
/// Errors: also DataError for a surrogate that has missing cells, one value only, or a time that is no number.
[[nodiscard]] NodeTable nodes_with_surrogate(const Dataset& data, std::span<const NodeGroup> groups = {},
                                             const std::string& row_index_name = "row");

}  // namespace causal::discovery
