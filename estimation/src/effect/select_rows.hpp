#pragma once
// Part of the rows of a question, and the design of the chance that outcomes are observed.

#include <Eigen/Core>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"

namespace causal::estimation {

/// These rows, in this order, checked anew (weights have mean 1 again). Errors: DataError when an arm is left empty.
[[nodiscard]] EffectData select_rows(const EffectData& data, const std::vector<int>& rows);
[[nodiscard]] Nuisances select_rows(const Nuisances& nuisances, const std::vector<int>& rows);

/// Covariates and indicators of the levels but the first: what P(observed | A, X) is fitted on.
[[nodiscard]] Eigen::MatrixXd observation_design(const EffectData& data);

}  // namespace causal::estimation
