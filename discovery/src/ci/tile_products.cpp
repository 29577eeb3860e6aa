#include "tile_products.hpp"

#include <algorithm>

#include "causal/math/multiversion.hpp"

// Inner products of columns with the sums in registers: blocks of 4 x 2 columns, four rows a step. The four sums of a
// product are added in a fixed order, so every instruction set gives the same bits.

namespace causal::discovery {
namespace {

constexpr int kLanes = 4;
constexpr int kLeft = 4;
constexpr int kRight = 2;
constexpr int kTargets = 5;
using Lanes = double __attribute__((vector_size(32), aligned(32)));

template <int left, int right>
CAUSAL_KERNEL_INLINE void multiply(const double* a, const double* b, double* out, int stride) {
  Lanes sum[left][right] = {};
  for (int i = 0; i < kTileRows; i += kLanes) {
    for (int r = 0; r < right; ++r) {
      const Lanes y = *reinterpret_cast<const Lanes*>(b + r * kTileStride + i);
      for (int l = 0; l < left; ++l) sum[l][r] += *reinterpret_cast<const Lanes*>(a + l * kTileStride + i) * y;
    }
  }
  for (int r = 0; r < right; ++r) {
    for (int l = 0; l < left; ++l) {
      const Lanes s = sum[l][r];
      out[l + r * stride] += (s[0] + s[1]) + (s[2] + s[3]);
    }
  }
}

template <int right>
CAUSAL_KERNEL_INLINE void multiply_edge(int left, const double* a, const double* b, double* out, int stride) {
  if (left == 3) multiply<3, right>(a, b, out, stride);
  if (left == 2) multiply<2, right>(a, b, out, stride);
  if (left == 1) multiply<1, right>(a, b, out, stride);
}

// For every pair of columns of B the columns of A from `first(j)` on, j the first of the pair.
CAUSAL_MULTIVERSION
void products(const double* A, int a, const double* B, int b, bool lower, double* out) {
  for (int j = 0; j < b; j += kRight) {
    const double* right = B + j * kTileStride;
    const bool pair = j + 1 < b;
    for (int i = lower ? j / kLeft * kLeft : 0; i < a; i += kLeft) {
      const double* left = A + i * kTileStride;
      double* block = out + i + j * a;
      if (i + kLeft <= a) {
        pair ? multiply<kLeft, 2>(left, right, block, a) : multiply<kLeft, 1>(left, right, block, a);
      } else {
        pair ? multiply_edge<2>(a - i, left, right, block, a) : multiply_edge<1>(a - i, left, right, block, a);
      }
    }
  }
}

template <int targets>
CAUSAL_KERNEL_INLINE void subtract(const double* Z, int p, const double* coefficients, int d, double* R) {
  for (int i = 0; i < kTileRows; i += 2 * kLanes) {
    Lanes left[targets][2];
    for (int k = 0; k < targets; ++k) {
      left[k][0] = *reinterpret_cast<const Lanes*>(R + k * kTileStride + i);
      left[k][1] = *reinterpret_cast<const Lanes*>(R + k * kTileStride + i + kLanes);
    }
    for (int j = 0; j < p; ++j) {
      const Lanes low = *reinterpret_cast<const Lanes*>(Z + j * kTileStride + i);
      const Lanes high = *reinterpret_cast<const Lanes*>(Z + j * kTileStride + i + kLanes);
      for (int k = 0; k < targets; ++k) {
        const double c = coefficients[j * d + k];
        left[k][0] -= low * c;
        left[k][1] -= high * c;
      }
    }
    for (int k = 0; k < targets; ++k) {
      *reinterpret_cast<Lanes*>(R + k * kTileStride + i) = left[k][0];
      *reinterpret_cast<Lanes*>(R + k * kTileStride + i + kLanes) = left[k][1];
    }
  }
}

CAUSAL_MULTIVERSION
void subtract_all(const double* Z, int p, const double* coefficients, int d, double* R) {
  int k = 0;
  for (; k + kTargets <= d; k += kTargets) subtract<kTargets>(Z, p, coefficients + k, d, R + k * kTileStride);
  for (; k < d; ++k) subtract<1>(Z, p, coefficients + k, d, R + k * kTileStride);
}

CAUSAL_MULTIVERSION
void combine(const double* Z, const double* weights, std::size_t count, double constant, double* out) {
  std::fill_n(out, kTileRows, constant);
  for (std::size_t j = 0; j < count; ++j) {
    const double* column = Z + j * kTileStride;
    for (int i = 0; i < kTileRows; ++i) out[i] += weights[j] * column[i];
  }
}

}  // namespace

void Tile::resize(int cols) {
  const std::size_t needed = offset(cols) + 8;
  if (needed > storage_.size()) storage_.assign(needed, 0.0);
  const auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
  begin_ = storage_.data() + (64 - address % 64) % 64 / sizeof(double);
  cols_ = cols;
}

void combine_columns(const Tile& Z, std::span<const double> weights, double constant, double* out) {
  combine(Z.column(0), weights.data(), weights.size(), constant, out);
}

void add_products(const Tile& A, int a, const Tile& B, int b, double* out) {
  if (a > 0 && b > 0) products(A.column(0), a, B.column(0), b, false, out);
}

void add_gram(const Tile& A, int a, double* out) {
  if (a > 0) products(A.column(0), a, A.column(0), a, true, out);
}

void subtract_fit(const Tile& Z, int p, const double* coefficients, Tile& R, int d) {
  if (p > 0 && d > 0) subtract_all(Z.column(0), p, coefficients, d, R.column(0));
}

}  // namespace causal::discovery
