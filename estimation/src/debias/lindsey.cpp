#include <algorithm>
#include <cmath>

#include "causal/estimation/nuisance/glm.hpp"
#include "debias/natural_spline.hpp"
#include "debias/smooth_scores.hpp"

namespace causal::estimation {
namespace {

struct Histogram {
  Eigen::VectorXd centres, counts;
};

// Bins over the sample's range and a quarter of its standard deviation on either side.
Histogram histogram_of(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step, double sd) {
  Eigen::Index first = 0;
  Eigen::Index last = masses.size() - 1;
  while (masses(first) <= 0 && first < last) ++first;
  while (masses(last) <= 0 && last > first) --last;
  const double begin = low + step * static_cast<double>(first) - sd / 4;
  const double end = low + step * static_cast<double>(last) + sd / 4;
  const double wanted = std::max(60.0, std::ceil(4 * std::cbrt(masses.sum())));
  // No finer than the nodes, or bins without a node would count as empty.
  const auto bins = static_cast<Eigen::Index>(std::max(4.0, std::min(wanted, std::floor((end - begin) / step))));
  const double width = (end - begin) / static_cast<double>(bins);
  Histogram histogram{Eigen::VectorXd(bins), Eigen::VectorXd::Zero(bins)};
  for (Eigen::Index b = 0; b < bins; ++b) histogram.centres(b) = begin + (static_cast<double>(b) + 0.5) * width;
  for (Eigen::Index j = first; j <= last; ++j) {
    const auto bin = static_cast<Eigen::Index>((low + step * static_cast<double>(j) - begin) / width);
    histogram.counts(std::clamp<Eigen::Index>(bin, 0, bins - 1)) += masses(j);
  }
  return histogram;
}

struct SplineFit {
  Eigen::VectorXd knots, coefficients;
  double bic = 0;
  int df = 0;
};

SplineFit fit_spline(const Histogram& histogram, const Eigen::Ref<const Eigen::VectorXd>& masses, double low,
                     double step, int df) {
  SplineFit fit;
  fit.knots = normal_score_knots(masses, low, step, df + 1, 2.75);
  fit.df = static_cast<int>(fit.knots.size()) - 1;
  Eigen::MatrixXd design(histogram.counts.size(), fit.knots.size());
  for (Eigen::Index b = 0; b < design.rows(); ++b) {
    design.row(b) = natural_spline_basis(fit.knots, histogram.centres(b)).transpose();
  }
  const GlmFit glm = fit_glm(design, histogram.counts, {.family = GlmFamily::Poisson, .tolerance = 1e-10});
  fit.coefficients = glm.coefficients;
  fit.bic = glm.deviance + std::log(masses.sum()) * fit.df;
  return fit;
}

}  // namespace

SmoothScore lindsey_score(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step, double sd, int df) {
  const Histogram histogram = histogram_of(masses, low, step, sd);
  SplineFit best = fit_spline(histogram, masses, low, step, df > 0 ? df : 3);
  for (int larger = 4; df == 0 && larger <= 12; ++larger) {
    SplineFit fit = fit_spline(histogram, masses, low, step, larger);
    if (fit.bic < best.bic) best = std::move(fit);
  }
  SmoothScore score{Eigen::VectorXd(masses.size()), 0, 0, best.df};
  for (Eigen::Index j = 0; j < masses.size(); ++j) {
    const double u = low + step * static_cast<double>(j);
    score.at_nodes(j) = natural_spline_slope(best.knots, u).dot(best.coefficients);
  }
  return score;
}

}  // namespace causal::estimation
