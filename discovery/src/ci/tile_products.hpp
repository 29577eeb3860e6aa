#pragma once
// Products of tall, narrow matrices, a tile of rows at a time.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace causal::discovery {

/// Rows that are worked on together: their columns stay in the first cache while products are formed.
inline constexpr int kTileRows = 512;
/// Distance between the columns of a tile. Not a power of two, so that equal rows do not compete for cache lines.
inline constexpr int kTileStride = kTileRows + 8;

/// Column-major kTileRows x cols doubles, aligned for vectors. Rows past those in use must be zero in products.
class Tile {
 public:
  explicit Tile(int cols = 0) { resize(cols); }
  Tile(Tile&&) = default;
  Tile& operator=(Tile&&) = default;
  /// Makes room for `cols` columns; what it held is lost when that takes more room.
  void resize(int cols);
  [[nodiscard]] int cols() const { return cols_; }
  [[nodiscard]] double* column(int j) { return begin_ + offset(j); }
  [[nodiscard]] const double* column(int j) const { return begin_ + offset(j); }

 private:
  static std::size_t offset(int j) { return static_cast<std::size_t>(j) * kTileStride; }
  std::vector<double> storage_;
  double* begin_ = nullptr;
  int cols_ = 0;
};

/// out[0, kTileRows) = constant + sum_j weights[j] * column j of Z.
void combine_columns(const Tile& Z, std::span<const double> weights, double constant, double* out);

// The rest: the bits of each number depend on its own two columns only, not on threads, processor or neighbours.

/// out (a x b, column-major) += A^T B, A and B the first a and b columns.
void add_products(const Tile& A, int a, const Tile& B, int b, double* out);

/// The lower triangle of out (a x a, column-major) += A^T A; what is above the diagonal is left in any state.
void add_gram(const Tile& A, int a, double* out);

/// R (first d columns) -= Z (first p columns) * coefficients, p x d row-major.
void subtract_fit(const Tile& Z, int p, const double* coefficients, Tile& R, int d);

}  // namespace causal::discovery
