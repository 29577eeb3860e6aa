#pragma once
// The null distribution of a statistic made of residuals of features.

#include <Eigen/Core>
#include <cstdint>

#include "causal/math/weighted_chi_square.hpp"
#include "feature_fit.hpp"

namespace causal::discovery {

/// Traces of powers of a covariance matrix (lower triangle given), as many as `approximation` reads.
[[nodiscard]] MixturePowers covariance_powers(const Eigen::MatrixXd& lower, MixtureApproximation approximation);

/// Those of the Kronecker product of two covariance matrices, from theirs.
[[nodiscard]] MixturePowers product_powers(const MixturePowers& x, const MixturePowers& y);

/// The powers of all weights times `factor`.
[[nodiscard]] MixturePowers scaled_powers(MixturePowers powers, double factor);

/// (1 + number of permutations whose statistic is at least `statistic`) / (1 + permutations), where the statistic of a
/// permutation is n |sum_t x_t y_pi(t)^T / n|^2. x, y: n rows. Streams are keyed by the number of the permutation.
[[nodiscard]] double permutation_p(double statistic, const RowMajorMatrix& x, const RowMajorMatrix& y, int permutations,
                                   std::uint64_t seed, int threads);

}  // namespace causal::discovery
