// Resamples of the calibration from what is kept of it: rows per node from the kernel density (a smoothed bootstrap),
// residual sums per bin from their means and covariances given the number of rows drawn.
#include <algorithm>
#include <cmath>

#include "causal/estimation/debias/tweedie.hpp"
#include "debias/cell_resampler.hpp"

namespace causal::estimation {
namespace {

/// Square root of a covariance that may be singular.
Eigen::MatrixXd lower_root(const Eigen::MatrixXd& covariance) {
  const Eigen::Index n = covariance.rows();
  Eigen::MatrixXd root = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    const double pivot = covariance(j, j) - root.row(j).head(j).squaredNorm();
    if (!(pivot > 1e-12 * covariance(j, j))) continue;
    root(j, j) = std::sqrt(pivot);
    for (Eigen::Index i = j + 1; i < n; ++i) {
      root(i, j) = (covariance(i, j) - root.row(i).head(j).dot(root.row(j).head(j))) / root(j, j);
    }
  }
  return root;
}

}  // namespace

void TweedieDebiaser::redraw_noise(RandomStream& stream, const Eigen::VectorXd& rows_in_bins) {
  double rows = 0;
  double sum_c = 0;
  double sum_r = 0;
  for (Eigen::Index b = 0; b < bins_.n.size(); ++b) {
    const double n = bins_.n(b);
    const double drawn = rows_in_bins(b);
    const double mean_c = bins_.c(b) / n;
    const double mean_r = bins_.r(b) / n;
    Eigen::MatrixXd covariance(2, 2);
    covariance(0, 0) = bins_.cc(b) / n - mean_c * mean_c;
    covariance(1, 1) = bins_.rr(b) / n - mean_r * mean_r;
    covariance(0, 1) = covariance(1, 0) = bins_.cr(b) / n - mean_c * mean_r;
    const Eigen::MatrixXd root = lower_root(covariance);
    const double first = stream.normal();
    const double second = stream.normal();
    rows += drawn;
    sum_c += drawn * mean_c + std::sqrt(drawn) * root(0, 0) * first;
    sum_r += drawn * mean_r + std::sqrt(drawn) * (root(1, 0) * first + root(1, 1) * second);
  }
  if (!(rows > 0)) {
    noise_.variance = -1;
    return;
  }
  offset_ += sum_c / rows;
  const double shift = sum_r / rows - (sum_c / rows) * (sum_c / rows);
  if (noise_.is_constant()) {
    noise_.variance += shift;
    return;
  }
  const Eigen::MatrixXd root = lower_root(noise_.covariance);
  Eigen::VectorXd draws(noise_.coefficients.size());
  for (double& draw : draws) draw = stream.normal();
  noise_.coefficients += root * draws;
}

std::unique_ptr<Debiaser> TweedieDebiaser::resampled(RandomStream& stream) const {
  auto drawn = std::make_unique<TweedieDebiaser>(*this);
  Eigen::VectorXd rows_in_bins = Eigen::VectorXd::Zero(bins_.n.size());
  Eigen::VectorXd masses;
  if (!fits_on_trial()) {
    const double total = score_.density.sum();
    masses.resize(score_.density.size());
    Eigen::Index bin = 0;
    for (Eigen::Index k = 0; k < masses.size(); ++k) {
      masses(k) = draw_poisson(stream, score_.n * score_.density(k) / total);
      const double u = lattice_.low + lattice_.step * static_cast<double>(score_.score.first + k);
      while (bin + 1 < bins_.n.size() && u > 0.5 * (bins_.prediction(bin) + bins_.prediction(bin + 1))) ++bin;
      rows_in_bins(bin) += masses(k);
    }
  }
  if (!shared_rows_) {
    for (Eigen::Index b = 0; b < bins_.n.size(); ++b) rows_in_bins(b) = draw_poisson(stream, bins_.n(b));
  }
  drawn->redraw_noise(stream, rows_in_bins);
  if (!(drawn->noise_.variance >= 0)) return nullptr;
  if (fits_on_trial()) return drawn;
  const double n = masses.sum();
  if (n < 2) return nullptr;
  Eigen::VectorXd nodes(masses.size());
  for (Eigen::Index k = 0; k < nodes.size(); ++k) nodes(k) = lattice_.low + lattice_.step * static_cast<double>(k);
  const double mean = masses.dot(nodes) / n;
  // Drawn from the kernel density, the rows have the variance of the sample and that of the kernel.
  const double variance =
      masses.dot((nodes.array() - mean).square().matrix()) / (n - 1) - score_.bandwidth * score_.bandwidth;
  if (!(variance > 0)) return nullptr;
  ScoreOptions options = options_.score;
  options.exact = false;
  drawn->score_ = fit_score(lattice_, score_.score.first, masses, mean, variance, score_.bandwidth, options, {}, 1);
  double falling = 0;
  drawn->map_ = drawn->map_of(drawn->score_, falling);
  return drawn;
}

}  // namespace causal::estimation
