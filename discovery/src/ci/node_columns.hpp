#pragma once
// The columns of a node over the rows of one test: standardised numbers and codes of levels.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "causal/discovery/ci/node_table.hpp"

namespace causal::discovery {

/// One column of numbers that are not all equal, read as z-scores.
class NumericColumn {
 public:
  /// `cells`: n finite numbers that outlive this.
  NumericColumn(const double* cells, std::int64_t n);
  /// Owns its cells.
  explicit NumericColumn(std::vector<double> cells);
  NumericColumn(NumericColumn&&) = default;
  NumericColumn& operator=(NumericColumn&&) = default;

  [[nodiscard]] bool constant() const { return inverse_sd_ == 0; }
  [[nodiscard]] double z(std::int64_t i) const { return (cells_[i] * unit_ - mean_) * inverse_sd_; }
  [[nodiscard]] double smallest_z() const { return smallest_z_; }
  [[nodiscard]] double largest_z() const { return largest_z_; }

 private:
  void standardise(std::int64_t n);
  std::vector<double> gathered_;
  const double* cells_;
  double unit_ = 1;  // a power of two that brings the largest cell to about 1, so that nothing overflows
  double mean_ = 0;
  double inverse_sd_ = 0;
  double smallest_z_ = 0;
  double largest_z_ = 0;
};

/// One column of codes, numbered 0, 1, ... in the order in which levels first occur, so that no result depends on how
/// levels are labelled.
struct CodedColumn {
  std::vector<std::int32_t> codes;
  std::vector<double> share;  ///< Of each level that occurs, the part of the rows that have it.

  [[nodiscard]] int levels() const { return static_cast<int>(share.size()); }
};

/// A node's columns that vary over the rows.
struct NodeColumns {
  std::string name;
  bool surrogate = false;
  std::vector<NumericColumn> numeric = {};
  std::vector<CodedColumn> nominal = {};

  [[nodiscard]] bool constant() const { return numeric.empty() && nominal.empty(); }
};

/// The columns of `node` in the given rows; every row when `rows` is null. No cell may be missing there. The node's
/// own cells are referred to, not copied, when `rows` is null.
[[nodiscard]] NodeColumns node_columns(const Node& node, const std::vector<std::int64_t>* rows);

/// The combinations of levels that occur, as one column. At least one column.
[[nodiscard]] CodedColumn combined_levels(std::span<const CodedColumn* const> columns);

/// Whether every column of `target` is numeric and a linear function of the numeric columns of `others`, to 1e-10 of
/// its variance: a copy, or a sum.
[[nodiscard]] bool linear_function(const NodeColumns& target,
                                   std::span<const std::shared_ptr<const NodeColumns>> others, std::int64_t n);

}  // namespace causal::discovery
