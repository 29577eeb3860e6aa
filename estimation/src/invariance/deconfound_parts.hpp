#pragma once
// The three models behind deconfound.

#include "causal/estimation/invariance/deconfound.hpp"

namespace causal::estimation {

/// Slopes of the demeaned columns (confounders, then features) and what their errors are made of.
struct JointFit {
  Eigen::MatrixXd columns;  ///< n x (q + p) without means: of all rows, or of the groups.
  LeastSquaresFit fit;
  Eigen::MatrixXd covariance;  ///< (q + p) x (q + p).
  double dof = 0;              ///< Of Student's t.
  double variance = 0;         ///< Residual sum of squares over the residual degrees of freedom.
};

/// The result's coefficients from a joint fit. False, and Degenerate, when a feature is a function of what stands
/// before it.
[[nodiscard]] bool take_coefficients(const DeconfoundData& data, const DeconfoundOptions& options,
                                     const JointFit& joint, std::int64_t n_used, Deconfounded& result);

/// `absorbed`: degrees of freedom that the means have taken. Errors: DataError when none is left.
[[nodiscard]] JointFit fit_jointly(const DeconfoundData& data, const DeconfoundOptions& options,
                                   Eigen::MatrixXd columns, const Eigen::VectorXd& reward, double absorbed);

void deconfound_ols(const DeconfoundData& data, const DeconfoundOptions& options, Deconfounded& result);
void deconfound_fixed_effects(const DeconfoundData& data, const DeconfoundOptions& options, Deconfounded& result);
void deconfound_dml(const DeconfoundData& data, const DeconfoundOptions& options, const Learner& learner,
                    Deconfounded& result);

/// Fills adjustment (centred), reward and r2_removed.
void apply_adjustment(const DeconfoundData& data, const Eigen::VectorXd& confounded, Deconfounded& result);

}  // namespace causal::estimation
