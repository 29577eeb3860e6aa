#pragma once
// Least squares of the features of x and y on those of S, in passes over tiles of rows that hold no features.

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "feature_map.hpp"

namespace causal::discovery {

using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The features of a conditioning set and the factor of their covariance matrix.
struct SetFit {
  FeatureMap map;
  Eigen::VectorXd mean = {};
  Eigen::MatrixXd factor = {};  ///< Lower Cholesky factor of the covariances plus a ridge; empty when it failed.
  double dof = 0;               ///< Degrees of freedom that a fit takes, without the mean.
};

/// A target's features given a set: residual = scale * feature - [set features, 1] * coefficients.
struct TargetFit {
  std::shared_ptr<const FeatureMap> map;
  Eigen::VectorXd scale;
  RowMajorMatrix coefficients;    ///< (set features + 1) x features.
  double unexplained = 0;         ///< The part of the variance that the residuals keep.
  RowMajorMatrix residuals = {};  ///< n x features, or empty.

  [[nodiscard]] std::int64_t bytes() const { return 8 * (residuals.size() + coefficients.size()) + 4096; }
};

/// Sums of products over all rows, means removed and divided by n.
struct FeatureMoments {
  Eigen::VectorXd set_mean;
  Eigen::MatrixXd set;      ///< D x D, or empty when not asked for.
  Eigen::VectorXd mean;     ///< Of the targets, one after another.
  Eigen::MatrixXd cross;    ///< D x targets.
  Eigen::MatrixXd targets;  ///< targets x targets.
};

/// One pass. `set` may be null: no features to condition on. Cost n (D^2 + 2 D d + d^2), D^2 only if `with_set`.
[[nodiscard]] FeatureMoments feature_moments(const FeatureMap* set, bool with_set,
                                             std::span<const std::shared_ptr<const FeatureMap>> targets, std::int64_t n,
                                             int threads);

[[nodiscard]] SetFit fit_set(FeatureMap map, const FeatureMoments& moments);

/// The target whose features stand at [at, at + map->size()) in `moments`. `set` null: residuals of the mean.
[[nodiscard]] TargetFit fit_target(std::shared_ptr<const FeatureMap> map, const SetFit* set,
                                   const FeatureMoments& moments, int at);

/// What the statistic and its null distribution need, in units of one row: cross = sum_t x_t y_t^T / n, and the second
/// moments of x_t (x) y_t, lower triangle only.
struct ResidualMoments {
  Eigen::MatrixXd cross;
  Eigen::MatrixXd products;
};

/// Fills `residuals` of every target, in one pass.
void store_residuals(const SetFit* set, std::span<TargetFit* const> targets, std::int64_t n, int threads);

/// One pass, which evaluates features only for a target without stored residuals; the result is the same to the bit.
/// `rotate_x`, `rotate_y`: empty, or a matrix (features x fewer) that the residuals are multiplied by.
[[nodiscard]] ResidualMoments residual_moments(const SetFit* set, const TargetFit& x, const TargetFit& y,
                                               const RowMajorMatrix& rotate_x, const RowMajorMatrix& rotate_y,
                                               std::int64_t n, int threads);

}  // namespace causal::discovery
