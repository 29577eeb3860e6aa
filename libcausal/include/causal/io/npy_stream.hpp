#pragma once
// NumPy arrays (.npy) that are too large to be held as a Dataset: read and written in pieces.

#include <Eigen/Core>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>

namespace causal::io {

/// The columns of a .npy file of float32 or float64, mapped into memory and read where they are asked for.
///
/// Thread-safe for concurrent reads. The file must not be truncated while this lives.
class NpyColumns {
 public:
  /// Errors: IoError; DataError as read_npy, and for elements of another type.
  explicit NpyColumns(const std::string& path);
  ~NpyColumns();
  NpyColumns(NpyColumns&&) noexcept;

  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] int cols() const;  ///< 1 for a one-dimensional array.
  /// The cells of rows begin .. begin + out.size() - 1 of a column; NaN is a missing cell. Errors: InvalidArgument for
  /// a column or rows that are not there. Cost: the bytes read, for a row-major file those of all columns.
  void read(int column, std::int64_t begin, std::span<double> out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a float64 array of known size, row by row (C order).
class NpyRows {
 public:
  /// Writes the header. `out` must outlive this; failures are left in its state.
  NpyRows(std::ostream& out, std::int64_t rows, int cols);
  /// Appends rows, k x cols. Errors: InvalidArgument for another number of columns or more rows than announced.
  void write(const Eigen::Ref<const Eigen::MatrixXd>& block);
  /// Rows still to be written.
  [[nodiscard]] std::int64_t rows_left() const { return left_; }

 private:
  std::ostream& out_;
  std::int64_t left_;
  int cols_;
};

}  // namespace causal::io
