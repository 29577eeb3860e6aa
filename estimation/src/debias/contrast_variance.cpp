#include "debias/contrast_variance.hpp"

namespace causal::estimation {

double TrialContrast::sum(const NodeFunction& function) const {
  double total = 0;
  for (const Arm& arm : arms) total += arm.scale * arm.cells->weighted_sum(function);
  return total;
}

Eigen::VectorXd TrialContrast::masses(std::int64_t low_node, std::int64_t count) const {
  Eigen::VectorXd mass = Eigen::VectorXd::Zero(count);
  for (const Arm& arm : arms) mass += arm.scale * arm.cells->masses(low_node, count, false);
  return mass;
}

TrialContrast contrast_of(std::span<const PredictionCells* const> arms, const PredictionCells& pooled,
                          TrialWeighting weighting) {
  TrialContrast contrast;
  contrast.pooled = &pooled;
  const double n = pooled.totals().n;
  for (std::size_t k = 0; k < arms.size(); ++k) {
    const double sign = arms.size() == 1 || k == 1 ? 1 : -1;
    const double weight = arms[k]->totals().w;
    const double scale = sign / (weighting == TrialWeighting::Hajek || arms.size() == 1 ? weight : n);
    contrast.arms.push_back({arms[k], scale});
    contrast.total_weight += scale * weight;
  }
  // Exactly 0 where it is so by construction, so that nothing of an offset remains.
  if (arms.size() == 2 && weighting == TrialWeighting::Hajek) contrast.total_weight = 0;
  return contrast;
}

double trial_variance(const TrialContrast& contrast, const NodeFunction& map, TrialWeighting weighting,
                      const NodeFunction& trial_influence) {
  const double n = contrast.pooled->totals().n;
  const bool sums = weighting == TrialWeighting::HorvitzThompson && contrast.arms.size() == 2;
  const bool has_influence = trial_influence.values.size() > 0;
  const double mean_influence = has_influence ? contrast.pooled->row_sum(trial_influence) / n : 0;
  const double shift = -mean_influence / n - (sums ? contrast.value / n : 0);
  double variance = 0;
  for (const TrialContrast::Arm& arm : contrast.arms) {
    const double centre = sums ? 0 : arm.cells->weighted_sum(map) / arm.cells->totals().w;
    arm.cells->for_each([&](const PredictionCell& cell, std::int64_t node, int side) {
      const CellLine own = PredictionCells::line(map, node, side);
      const double p0 = arm.scale * (own.constant - centre);
      const double p1 = arm.scale * own.slope;
      double a0 = shift;
      double a1 = 0;
      if (has_influence) {
        const CellLine influence = PredictionCells::line(trial_influence, node, side);
        a0 += influence.constant / n;
        a1 = influence.slope / n;
      }
      variance += p0 * p0 * cell.ww + 2 * p0 * p1 * cell.wwt + p1 * p1 * cell.wwtt +
                  2 * (p0 * a0 * cell.w + (p0 * a1 + p1 * a0) * cell.wt + p1 * a1 * cell.wtt) + a0 * a0 * cell.n +
                  2 * a0 * a1 * cell.t + a1 * a1 * cell.tt;
    });
  }
  return variance;
}

}  // namespace causal::estimation
