#pragma once
// The symmetric rank-n update behind every covariance.

#include <Eigen/Core>
#include <cstdint>
#include <span>

namespace causal {

/// Sum over rows i of w_i (x_i - mean)(x_i - mean)^T: p x p, both triangles.
///
/// X: n x p, column-major, finite. weights: n, or empty for all ones. threads: 0 for all cores.
/// Cost n p^2 / 2 multiply-adds in cache-blocked tiles, O(512 p) doubles of scratch beside the result. Rows enter each
/// sum in order, so the bits do not depend on threads or processor.
[[nodiscard]] Eigen::MatrixXd centred_scatter(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                              const Eigen::Ref<const Eigen::VectorXd>& mean,
                                              std::span<const std::int32_t> weights, int threads);

}  // namespace causal
