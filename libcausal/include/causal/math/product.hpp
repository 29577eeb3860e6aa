#pragma once
// Dense products with the same bits on any processor and at any thread count.

#include <Eigen/Core>

namespace causal {

/// A B: m x q, for A m x k and B k x q. Cost 2 m k q flops; packed copies of both factors.
[[nodiscard]] Eigen::MatrixXd product(const Eigen::Ref<const Eigen::MatrixXd>& A,
                                      const Eigen::Ref<const Eigen::MatrixXd>& B, int threads);

/// A^T B: p x q, for A n x p and B n x q with p, q much smaller than n. Cost 2 n p q flops; scratch of 256 (p + q)
/// doubles.
[[nodiscard]] Eigen::MatrixXd cross_product(const Eigen::Ref<const Eigen::MatrixXd>& A,
                                            const Eigen::Ref<const Eigen::MatrixXd>& B, int threads);

/// Sum over i, j of ((A A^T)_ij (B B^T)_ij)^2, for A n x p and B n x q, without ever holding an n x n matrix.
/// Cost n^2 (p + q) flops; packed copies of both factors.
[[nodiscard]] double hadamard_gram_squares(const Eigen::Ref<const Eigen::MatrixXd>& A,
                                           const Eigen::Ref<const Eigen::MatrixXd>& B, int threads);

}  // namespace causal
