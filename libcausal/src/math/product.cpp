#include "causal/math/product.hpp"

#include <algorithm>
#include <vector>

#include "causal/run/parallel.hpp"
#include "panel_kernel.hpp"

namespace causal {
namespace {

using detail::kPanel;
using detail::multiply_panels;
using detail::PanelBuffer;
using detail::panels_for;

constexpr Eigen::Index kDepth = 256;
constexpr Eigen::Index kBlock = 8;  // panels that stay in cache while others pass by

// All rows of A in panels of eight: panel i holds, for each column k, the values A(8 i .. 8 i + 7, k).
void pack_rows(const Eigen::Ref<const Eigen::MatrixXd>& A, double* out, int threads) {
  parallel_for(
      panels_for(A.rows()), threads,
      [&](std::int64_t i) {
        double* panel = out + i * kPanel * A.cols();
        const Eigen::Index first = i * kPanel;
        const Eigen::Index height = std::min(kPanel, A.rows() - first);
        for (Eigen::Index k = 0; k < A.cols(); ++k) {
          for (Eigen::Index r = 0; r < height; ++r) panel[k * kPanel + r] = A(first + r, k);
        }
      },
      16);
}

// Columns of B in panels of eight, rows [first, first + depth): panel j holds, for each row, eight columns.
void pack_columns(const Eigen::Ref<const Eigen::MatrixXd>& B, Eigen::Index first, Eigen::Index depth, double* out,
                  int threads) {
  parallel_for(
      panels_for(B.cols()), threads,
      [&](std::int64_t j) {
        double* panel = out + j * kPanel * depth;
        for (Eigen::Index c = 0; c < kPanel; ++c) {
          const Eigen::Index column = j * kPanel + c;
          if (column >= B.cols()) {
            for (Eigen::Index k = 0; k < depth; ++k) panel[k * kPanel + c] = 0;
          } else {
            for (Eigen::Index k = 0; k < depth; ++k) panel[k * kPanel + c] = B(first + k, column);
          }
        }
      },
      8);
}

void add_tile(const double* tile, Eigen::Index row, Eigen::Index column, Eigen::MatrixXd& out) {
  const Eigen::Index height = std::min(kPanel, out.rows() - row);
  const Eigen::Index width = std::min(kPanel, out.cols() - column);
  for (Eigen::Index c = 0; c < width; ++c) {
    for (Eigen::Index r = 0; r < height; ++r) out(row + r, column + c) += tile[c * kPanel + r];
  }
}

double sum_of_squared_products(const double* a, const double* b) {
  double lanes[kPanel] = {};
  for (Eigen::Index c = 0; c < kPanel; ++c) {
    for (Eigen::Index r = 0; r < kPanel; ++r) {
      const double entry = a[c * kPanel + r] * b[c * kPanel + r];
      lanes[r] += entry * entry;
    }
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

Eigen::MatrixXd product(const Eigen::Ref<const Eigen::MatrixXd>& A, const Eigen::Ref<const Eigen::MatrixXd>& B,
                        int threads) {
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(A.rows(), B.cols());
  const Eigen::Index k = A.cols();
  if (k == 0 || out.size() == 0) return out;
  PanelBuffer rows(static_cast<std::size_t>(panels_for(A.rows()) * kPanel * k));
  PanelBuffer columns(static_cast<std::size_t>(panels_for(B.cols()) * kPanel * k));
  pack_rows(A, rows.begin(), threads);
  pack_columns(B, 0, k, columns.begin(), threads);
  parallel_chunks(panels_for(A.rows()), kBlock, threads, [&](std::int64_t begin, std::int64_t end, int) {
    for (Eigen::Index j = 0; j < panels_for(B.cols()); ++j) {
      for (Eigen::Index i = begin; i < end; ++i) {
        alignas(64) double tile[kPanel * kPanel] = {};
        multiply_panels(rows.begin() + i * kPanel * k, columns.begin() + j * kPanel * k, k, tile);
        add_tile(tile, i * kPanel, j * kPanel, out);
      }
    }
  });
  return out;
}

Eigen::MatrixXd cross_product(const Eigen::Ref<const Eigen::MatrixXd>& A, const Eigen::Ref<const Eigen::MatrixXd>& B,
                              int threads) {
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(A.cols(), B.cols());
  PanelBuffer left(static_cast<std::size_t>(panels_for(A.cols()) * kPanel * kDepth));
  PanelBuffer right(static_cast<std::size_t>(panels_for(B.cols()) * kPanel * kDepth));
  for (Eigen::Index first = 0; first < A.rows(); first += kDepth) {
    const Eigen::Index depth = std::min(kDepth, A.rows() - first);
    pack_columns(A, first, depth, left.begin(), threads);
    pack_columns(B, first, depth, right.begin(), threads);
    parallel_for(panels_for(B.cols()), threads, [&](std::int64_t j) {
      for (Eigen::Index i = 0; i < panels_for(A.cols()); ++i) {
        alignas(64) double tile[kPanel * kPanel] = {};
        multiply_panels(left.begin() + i * kPanel * depth, right.begin() + j * kPanel * depth, depth, tile);
        add_tile(tile, i * kPanel, j * kPanel, out);
      }
    });
  }
  return out;
}

double hadamard_gram_squares(const Eigen::Ref<const Eigen::MatrixXd>& A, const Eigen::Ref<const Eigen::MatrixXd>& B,
                             int threads) {
  const Eigen::Index panels = panels_for(A.rows());
  PanelBuffer a(static_cast<std::size_t>(panels * kPanel * A.cols()));
  PanelBuffer b(static_cast<std::size_t>(panels * kPanel * B.cols()));
  pack_rows(A, a.begin(), threads);
  pack_rows(B, b.begin(), threads);
  const auto panel_a = [&](Eigen::Index i) { return a.begin() + i * kPanel * A.cols(); };
  const auto panel_b = [&](Eigen::Index i) { return b.begin() + i * kPanel * B.cols(); };

  // Blocks of the lower triangle, the largest first; every tile below the diagonal counts twice.
  const Eigen::Index blocks = (panels + kBlock - 1) / kBlock;
  std::vector<double> partial(static_cast<std::size_t>(blocks), 0.0);
  parallel_for(blocks, threads, [&](std::int64_t task) {
    const Eigen::Index block = blocks - 1 - task;
    const Eigen::Index end = std::min(panels, (block + 1) * kBlock);
    double sum = 0;
    for (Eigen::Index j = 0; j < end; ++j) {
      for (Eigen::Index i = std::max(j, block * kBlock); i < end; ++i) {
        alignas(64) double tile_a[kPanel * kPanel] = {};
        alignas(64) double tile_b[kPanel * kPanel] = {};
        multiply_panels(panel_a(i), panel_a(j), A.cols(), tile_a);
        multiply_panels(panel_b(i), panel_b(j), B.cols(), tile_b);
        sum += (i == j ? 1 : 2) * sum_of_squared_products(tile_a, tile_b);
      }
    }
    partial[static_cast<std::size_t>(block)] = sum;
  });
  double total = 0;
  for (const double sum : partial) total += sum;
  return total;
}

}  // namespace causal
