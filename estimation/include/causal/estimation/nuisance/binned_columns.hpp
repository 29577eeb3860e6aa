#pragma once
// Columns cut into at most 256 bins, what trees are grown on.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace causal::estimation {

/// One byte a cell. A column with at most 256 distinct values gets a bin for each, so that every split between two of
/// them is possible; another one gets 256 bins of nearly equally many rows.
class BinnedColumns {
 public:
  /// X: n x p, finite; n < 2^31, p < 2^24. O(n p log n).
  BinnedColumns(const Eigen::Ref<const Eigen::MatrixXd>& X, int threads);

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] int cols() const { return static_cast<int>(cuts_.size()); }
  /// The codes of a column, one a row.
  [[nodiscard]] const std::uint8_t* column(int j) const { return codes_.data() + static_cast<std::int64_t>(j) * rows_; }
  [[nodiscard]] int bins(int j) const { return static_cast<int>(cuts_[static_cast<std::size_t>(j)].size()) + 1; }
  /// The bins() - 1 ascending numbers between the bins of a column; a value has as its code how many are below it.
  [[nodiscard]] const std::vector<double>& cuts(int j) const { return cuts_[static_cast<std::size_t>(j)]; }
  /// All cuts, which is what prediction keeps.
  [[nodiscard]] const std::vector<std::vector<double>>& cuts() const { return cuts_; }

 private:
  std::int64_t rows_;
  std::vector<std::uint8_t> codes_;
  std::vector<std::vector<double>> cuts_;
};

/// Codes of other rows, row by row: m times p bytes.
[[nodiscard]] std::vector<std::uint8_t> encode_rows(const std::vector<std::vector<double>>& cuts,
                                                    const Eigen::Ref<const Eigen::MatrixXd>& X, int threads);

}  // namespace causal::estimation
