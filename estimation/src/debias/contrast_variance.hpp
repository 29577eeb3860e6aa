#pragma once
// Contrasts of gathered rows and the variance that the rows themselves give them.

#include <span>

#include "causal/estimation/debias/debiaser.hpp"

namespace causal::estimation {

/// The contrast treated - control (two sets of cells, control first) or the mean (one), its value for a map left 0.
/// `pooled` must hold all rows and outlive the result, as must the cells.
[[nodiscard]] TrialContrast contrast_of(std::span<const PredictionCells* const> arms, const PredictionCells& pooled,
                                        TrialWeighting weighting);

/// Variance of the contrast of `map` from the trial's rows: the sum of (psi_i / n)^2 with
/// psi_i / n = scale * w_i * (T(F_i) - centre) + (a(F_i) - mean a) / n, where the centre is the arm's weighted mean, or
/// for Horvitz-Thompson sums 0 with value / n taken from the second part. a: the map's own dependence on the rows.
[[nodiscard]] double trial_variance(const TrialContrast& contrast, const NodeFunction& map, TrialWeighting weighting,
                                    const NodeFunction& trial_influence);

}  // namespace causal::estimation
