#pragma once
// The dense case of a contraction step: two tables that share several summed values.

#include "causal/run/status.hpp"
#include "causal/run/stop.hpp"

namespace causal::detail {

/// out[b][m][n] = sum over k of left[b][m][k] * right[b][k][n].
struct MatrixProduct {
  std::int64_t batch = 1;
  std::int64_t rows = 1;
  std::int64_t inner = 1;
  std::int64_t columns = 1;
};

/// Blocks of rows are fixed by the sizes alone, each is computed by one thread: same bytes at any thread count.
Status multiply_matrices(const MatrixProduct& size, const double* left, const double* right, double* out, int threads,
                         const StopSignal& stop);

}  // namespace causal::detail
