#include "matrix_product.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <atomic>

#include "causal/run/parallel.hpp"

namespace causal::detail {

Status multiply_matrices(const MatrixProduct& size, const double* left, const double* right, double* out, int threads,
                         const StopSignal& stop) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  constexpr std::int64_t kBlockRows = 64;
  const std::int64_t blocks = (size.rows + kBlockRows - 1) / kBlockRows;
  std::atomic<Status> status{Status::Ok};
  parallel_for(size.batch * blocks, threads, [&](std::int64_t task) {
    if (status.load(std::memory_order_relaxed) != Status::Ok) return;
    if (const Status now = stop.status(); now != Status::Ok) {
      status = now;
      return;
    }
    const std::int64_t b = task / blocks;
    const std::int64_t first = task % blocks * kBlockRows;
    const std::int64_t rows = std::min(kBlockRows, size.rows - first);
    const std::int64_t row = b * size.rows + first;
    const Eigen::Map<const Matrix> a(left + row * size.inner, rows, size.inner);
    const Eigen::Map<const Matrix> c(right + b * size.inner * size.columns, size.inner, size.columns);
    Eigen::Map<Matrix>(out + row * size.columns, rows, size.columns).noalias() = a * c;
  });
  return status;
}

}  // namespace causal::detail
