#pragma once
// Are two arms comparable, and on how many rows does a weighted comparison rest?

#include <Eigen/Core>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"

namespace causal::estimation {

/// (sum w)^2 / sum w^2: the number of equally weighted rows whose mean varies as much; 0 when all weights are 0.
[[nodiscard]] double effective_sample_size(const Eigen::Ref<const Eigen::VectorXd>& weights);

/// Standardised mean differences of every covariate column, treated minus control, before (row weights alone) and after
/// weighting. Both are divided by sqrt((s1^2 + s0^2) / 2), the deviations within the arms before weighting; a column
/// that is constant within both arms has the difference 0 when the means agree, else +-inf.
/// weights: n, what each row counts after weighting, row weights included; rows of other arms are not looked at.
/// Errors: InvalidArgument for a size other than n. O(n p).
[[nodiscard]] std::vector<CovariateBalance> covariate_balance(const EffectData& data,
                                                              const Eigen::Ref<const Eigen::VectorXd>& weights);

/// Adds the figures effective_sample_size_treated, effective_sample_size_control and max_weight (the largest weight as
/// a share of its arm's sum), and the balance of the covariates.
void describe_weights(Diagnostics& diagnostics, const EffectData& data,
                      const Eigen::Ref<const Eigen::VectorXd>& weights);

/// Adds the smallest and largest propensity of the treated level among treated and controls, the rows clipped, the
/// losses of the fits that were made and the rows without an outcome.
void describe_nuisances(Diagnostics& diagnostics, const EffectData& data, const Nuisances& nuisances);

}  // namespace causal::estimation
