#pragma once
// Bootstrap resamples of gathered rows.

#include "causal/estimation/debias/prediction_cells.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation {

/// A Poisson variable of that mean, >= 0.
[[nodiscard]] double draw_poisson(RandomStream& stream, double mean);

/// Cells as a Poisson bootstrap of the rows would give them: every row counts Poisson(1) times, so a cell's rows count
/// Poisson(n) times; given that count the sums of t, w and w t are drawn as normal with the means and covariances that
/// the rows of the cell have. The other sums are left 0.
class CellResampler {
 public:
  [[nodiscard]] static PredictionCells draw(const PredictionCells& cells, RandomStream& stream);
};

}  // namespace causal::estimation
