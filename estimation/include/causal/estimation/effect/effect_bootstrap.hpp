#pragma once
// Resampled effect data, and the bootstrap of an effect estimator.

#include <functional>
#include <span>

#include "causal/estimation/bootstrap.hpp"
#include "causal/estimation/effect/effect_data.hpp"

namespace causal::estimation {

/// Any estimator of an effect. Called from several threads at once; must be deterministic.
using EffectEstimator = std::function<Estimate(const EffectData&)>;

/// These rows of the data, in this order, checked. clusters: their new numbers, or empty to keep (and renumber) the
/// old. Errors: those of check_effect_data, for instance an arm that is left without rows.
[[nodiscard]] EffectData rows_of(const EffectData& data, std::span<const int> rows, std::span<const int> clusters = {});

/// What is held fixed when rows are drawn.
enum class EffectStrata {
  None,
  Arms  ///< Rows, or clusters, are drawn within each arm of the treatment.
};

/// bootstrap() of the estimator: whole clusters when the data have them. Errors: as bootstrap(); Arms of a continuous
/// treatment.
[[nodiscard]] Bootstrap bootstrap_effect(const EffectData& data, const EffectEstimator& estimator,
                                         const BootstrapOptions& options = {},
                                         EffectStrata strata = EffectStrata::None);

}  // namespace causal::estimation
