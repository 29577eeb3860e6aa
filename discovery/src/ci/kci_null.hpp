#pragma once
// Statistic, null distribution and p-value of a kernel test from the factors of its two matrices.

#include <Eigen/Core>
#include <cstdint>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/kci.hpp"

namespace causal::discovery::detail {

/// A kernel matrix A = F F^T (n x n) by its factor, and by fewer columns that give the sum of its squares.
struct KernelSide {
  Eigen::MatrixXd F;     ///< n x r.
  Eigen::MatrixXd thin;  ///< n x k, k <= r: its Gram matrix is A up to a small share of the trace; empty: F is meant.
  [[nodiscard]] const Eigen::MatrixXd& for_squares() const { return thin.cols() > 0 ? thin : F; }
};

/// The two matrices of a test.
struct KernelPair {
  const KernelSide& x;
  const KernelSide& y;
};

struct NullOptions {
  KciNull null = KciNull::Gamma;
  int draws = 5000;
  std::uint64_t seed = 0;
  int threads = 1;
};

/// Both matrices are centred kernels; the null is sum_ij (l_i m_j / n) chi2_1, with their eigenvalues l and m.
[[nodiscard]] CiResult unconditional_result(const KernelPair& pair, const NullOptions& options);
/// Both matrices are residuals of kernels; the null is sum_k l_k chi2_1 with the eigenvalues l of their entrywise
/// product, whose variance comes from the thin columns.
[[nodiscard]] CiResult conditional_result(const KernelPair& pair, const NullOptions& options);

/// The non-zero eigenvalues of the entrywise product of the two matrices, descending.
[[nodiscard]] Eigen::VectorXd hadamard_eigenvalues(const KernelPair& pair, int threads);

/// The columns of F along its leading principal axes, which hold all but a share `dropped` of the squares.
[[nodiscard]] Eigen::MatrixXd leading_columns(const Eigen::MatrixXd& F, double dropped, int threads);

}  // namespace causal::discovery::detail
