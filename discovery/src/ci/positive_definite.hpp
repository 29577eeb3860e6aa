#pragma once
// Inverse and determinant of a symmetric positive definite matrix, without spare work or memory.

#include <Eigen/Core>
#include <optional>

namespace causal::discovery::detail {

/// Replaces the lower triangle of K (n x n, symmetric positive definite, only its lower triangle is read) by that of
/// its inverse and returns log det K; nothing, with K spoilt, when K is not positive definite in floating point. The
/// strict upper triangle is neither read nor written. Cost n^3 flops, against 8/3 n^3 for solving with the identity.
[[nodiscard]] std::optional<double> invert_lower_in_place(Eigen::Ref<Eigen::MatrixXd> K);

}  // namespace causal::discovery::detail
