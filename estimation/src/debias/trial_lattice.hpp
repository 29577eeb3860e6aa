#pragma once
// The grid of trials whose map does not come with a grid of its own.

#include <cmath>

#include "causal/estimation/debias/debiaser.hpp"

namespace causal::estimation {

/// Nodes at the mean prediction plus multiples of the standard deviation / per_sd, up to 2^19 on either side: held
/// only where trials have rows.
inline Lattice lattice_around(const CalibrationSummary& calibration, double per_sd) {
  constexpr std::int64_t kNodes = 1 << 19;
  const double sd = std::sqrt(calibration.variance);
  return {calibration.mean, sd > 0 ? sd / per_sd : 1, -kNodes, kNodes};
}

}  // namespace causal::estimation
