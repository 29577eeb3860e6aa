#pragma once
// The grid of trials whose map does not come with a grid of its own.

#include <cmath>

#include "causal/estimation/debias/debiaser.hpp"

namespace causal::estimation {

inline constexpr std::int64_t kTrialNodes = 1 << 17;  ///< On either side of the middle.

/// Nodes at the mean prediction plus multiples of the standard deviation / per_sd, held only where trials have rows.
inline Lattice lattice_around(const CalibrationSummary& calibration, double per_sd) {
  const double sd = std::sqrt(calibration.variance);
  return {calibration.mean, sd > 0 ? sd / per_sd : 1, -kTrialNodes, kTrialNodes};
}

}  // namespace causal::estimation
