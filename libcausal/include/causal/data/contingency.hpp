#pragma once
// Counts of the level combinations of discrete columns.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"

namespace causal {

/// Discrete and binary columns as one byte a cell: what counting reads.
class LevelCodes {
 public:
  static constexpr std::uint8_t kMissing = 255;

  /// The columns of `data` with these indices, in this order.
  /// Errors: DataError naming a column that is neither discrete nor binary, or that has more than 255 levels.
  LevelCodes(const Dataset& data, std::span<const int> columns);

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] int cols() const { return static_cast<int>(level_counts_.size()); }
  /// Levels of column j, observed or not.
  [[nodiscard]] int level_count(int j) const { return level_counts_[static_cast<std::size_t>(j)]; }
  /// The codes of column j, one per row; kMissing for a missing cell.
  [[nodiscard]] std::span<const std::uint8_t> codes(int j) const {
    return {codes_.data() + rows_ * j, static_cast<std::size_t>(rows_)};
  }

 private:
  std::int64_t rows_;
  std::vector<int> level_counts_;
  std::vector<std::uint8_t> codes_;  // rows x cols, column-major
};

/// A contingency table. The cell of the codes (c0, c1, ...) is counts[c0 + k0 (c1 + k1 (c2 + ...))] with kj levels of
/// variable j: mixed radix, the first variable fastest.
struct ContingencyTable {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> levels;
  std::vector<std::int64_t> counts;
  std::int64_t missing = 0;  ///< Rows left out for a missing cell in one of the columns.

  /// Rows counted.
  [[nodiscard]] std::int64_t n() const;
  /// The count of one combination of codes. Errors: InvalidArgument for a code out of range or too few codes.
  [[nodiscard]] std::int64_t at(std::span<const int> codes) const;
};

/// Counts the named columns' level combinations; rows with a missing cell among them are left out and counted.
/// Errors: as LevelCodes; InvalidArgument when the table would have more than 2^28 cells.
[[nodiscard]] ContingencyTable count_table(const Dataset& data, std::span<const int> columns);

/// The table of the union of two disjoint row sets. Errors: InvalidArgument when names or levels differ.
[[nodiscard]] ContingencyTable merge(const ContingencyTable& a, const ContingencyTable& b);

}  // namespace causal
