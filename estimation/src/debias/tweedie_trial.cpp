// A contrast theta = sum_i c_i T(F_i), T = u - (sigma^2 p)' / p, and its errors. Write q for the signed density of the
// predictions under the weights c, so theta = int q T, and s = p' / p.
//
// A change dp of the density changes theta by
//   -int q (sigma^2 dp)' / p + int q (sigma^2 p)' dp / p^2 = int dp (sigma^2 q)' / p        (by parts)
// so a row x of the score's sample has the influence a(x) = (sigma^2 q)'(x) / p(x), of mean 0.
// A change of the noise variance by db' (mu B), the derivative of sigma^2 in the coefficients b, changes theta by
//   -int q (p mu B)' / p = -sum_i c_i [(mu B)' + s mu B](F_i) = g' b
// and b moves by the bread times the sum of B r over the rows, r the excess of a squared residual over its variance.
// For a constant variance this is -S sum r / n with S = sum_i c_i s(F_i).
// The mean residual that `center` adds moves by the mean of c, times the total weight.
//
// The rows that give the score are those of the trial (then a is added to their own influence), those of the
// calibration (then a and r come from the same row and are added before they are squared), or others.
// q and p are kernel densities with the same bandwidth; a carries the factor of the variance correction, as s does.
#include "causal/estimation/debias/tweedie.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"

namespace causal::estimation {

class TweedieTrialMap final : public TrialMap {
 public:
  TweedieTrialMap(const TweedieDebiaser& fit, ScoreTable own) : fit_(fit), own_(std::move(own)) {}
  [[nodiscard]] const ScoreTable& own() const { return own_; }

  [[nodiscard]] MapUncertainty uncertainty(const TrialContrast& contrast) const override {
    MapUncertainty result;
    const Eigen::VectorXd influence = score_influence(contrast);
    const Eigen::VectorXd per_residual = residual_weights(contrast);
    const double per_offset = fit_.options_.center ? contrast.total_weight : 0;
    const ResidualBins& bins = fit_.bins_;
    const auto n = static_cast<double>(fit_.n_noise_);
    double variance = 0;
    double joint = 0;
    for (Eigen::Index b = 0; b < bins.n.size(); ++b) {
      const double w = per_residual(b);
      variance += w * w * bins.rr(b) + 2 * w * per_offset * bins.cr(b) + per_offset * per_offset * bins.cc(b);
      if (!fit_.shared_rows_) continue;
      const double x = (bins.prediction(b) - fit_.lattice_.low) / fit_.lattice_.step;
      joint += at(influence, x) * (w * bins.r(b) + per_offset * bins.c(b));
    }
    result.calibration_variance = variance / (n * n) + 2 * joint / (n * n);
    if (fit_.options_.score_source == ScoreSource::Trial) {
      result.trial_influence = {table().score.first, influence, 0, 0};
    } else {
      result.calibration_variance += score_variance(influence);
    }
    result.calibration_variance = std::max(0.0, result.calibration_variance);
    return result;
  }

 private:
  [[nodiscard]] const ScoreTable& table() const {
    return fit_.options_.score_source == ScoreSource::Trial ? own_ : fit_.score_;
  }

  [[nodiscard]] double at(const Eigen::VectorXd& influence, double x) const {
    return NodeFunction{table().score.first, influence, 0, 0}.at(x);
  }

  [[nodiscard]] double node(Eigen::Index k) const {
    return fit_.lattice_.low + fit_.lattice_.step * static_cast<double>(table().score.first + k);
  }

  /// a at the nodes.
  [[nodiscard]] Eigen::VectorXd score_influence(const TrialContrast& contrast) const {
    const ScoreTable& score = table();
    Eigen::VectorXd masses = contrast.masses(score.score.first, score.density.size());
    for (Eigen::Index k = 0; k < masses.size(); ++k) masses(k) *= fit_.noise_.at(node(k)).variance;
    const KernelDensity kernel = grid_kernel_density(masses, fit_.lattice_.step, score.bandwidth, 1);
    return score.bridged(score.factor * kernel.derivative.cwiseQuotient(score.density),
                         fit_.options_.score.min_kernel_rows);
  }

  /// Variance of the mean of a over the rows of the score's sample.
  [[nodiscard]] double score_variance(const Eigen::VectorXd& influence) const {
    const ScoreTable& score = table();
    const double total = score.density.sum();
    const double mean = influence.dot(score.density) / total;
    return (influence.array() - mean).square().matrix().dot(score.density) / total / score.n;
  }

  /// By how much theta moves with n times the mean of r over the rows of a bin.
  [[nodiscard]] Eigen::VectorXd residual_weights(const TrialContrast& contrast) const {
    const ResidualBins& bins = fit_.bins_;
    const NodeFunction& score = table().score;
    if (fit_.noise_.is_constant()) return Eigen::VectorXd::Constant(bins.n.size(), -contrast.sum(score));
    const Eigen::Index size = fit_.noise_.coefficients.size();
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(size);
    for (const TrialContrast::Arm& arm : contrast.arms) {
      arm.cells->for_each([&](const PredictionCell& cell, std::int64_t left, int) {
        if (cell.w <= 0) return;
        const double x = static_cast<double>(left) + cell.wt / cell.w;
        const NoiseVariance::Point noise = fit_.noise_.at(fit_.lattice_.low + fit_.lattice_.step * x);
        gradient -= arm.scale * cell.w * (noise.basis_slope + score.at(x) * noise.basis);
      });
    }
    const Eigen::VectorXd direction = static_cast<double>(fit_.n_noise_) * (fit_.noise_.bread * gradient);
    Eigen::VectorXd weights(bins.n.size());
    for (Eigen::Index b = 0; b < weights.size(); ++b) {
      weights(b) = direction.dot(fit_.noise_.basis_at(bins.prediction(b)));
    }
    return weights;
  }

  const TweedieDebiaser& fit_;
  ScoreTable own_;
};

ScoreTable TweedieDebiaser::trial_score(const PredictionCells& pooled) const {
  constexpr std::int64_t kMostNodes = 1 << 20;
  double n = 0;
  double sum = 0;
  double square = 0;
  pooled.for_each([&](const PredictionCell& cell, std::int64_t node, int) {
    const auto j = static_cast<double>(node);
    n += cell.n;
    sum += j * cell.n + cell.t;
    square += j * j * cell.n + 2 * j * cell.t + cell.tt;
  });
  if (n < 2) throw DataError("a score needs at least 2 predictions", {}, "Fit with score_source calibration.");
  const double place = sum / n;
  const double variance = (square / n - place * place) * n / (n - 1) * lattice_.step * lattice_.step;
  if (!(variance > 1e-18 * lattice_.step * lattice_.step)) {
    throw DataError("the predictions that give the score are constant");
  }
  const double bandwidth =
      kernel_bandwidth(options_.score.bandwidth, n, std::sqrt(variance), options_.score.bandwidth_value);
  const auto pad = static_cast<std::int64_t>(std::ceil(8 * bandwidth / lattice_.step)) + 1;
  const std::int64_t first = pooled.begin() - pad;
  const std::int64_t count = pooled.end() + pad - first + 1;
  if (count > kMostNodes) throw DataError("the predictions of the trial are too far apart for a table of their score");
  const Eigen::VectorXd masses = pooled.masses(first, count, true);
  if (!(masses.sum() > 0.9 * n)) {
    throw DataError(fmt::format("{:.0f} of {:.0f} predictions lie hundreds of standard deviations from those of the "
                                "calibration rows",
                                n - masses.sum(), n),
                    {}, "Check that they are in the same units.");
  }
  return fit_score(lattice_, first, masses, lattice_.low + lattice_.step * place, variance, bandwidth, options_.score,
                   {}, options_.threads);
}

std::unique_ptr<TrialMap> TweedieDebiaser::trial_map(const PredictionCells& pooled) const {
  const bool fixed = !fits_on_trial();
  auto map = std::make_unique<TweedieTrialMap>(*this, fixed ? ScoreTable{} : trial_score(pooled));
  const ScoreTable& score = fixed ? score_ : map->own();
  double falling = 0;
  map->values = fixed ? map_ : map_of(score, falling);
  map->diagnostics.add("tail_rows", pooled.rows_outside(score.low_edge, score.high_edge));
  map->diagnostics.add("bandwidth", score.bandwidth);
  if (!fixed) {
    map->diagnostics.add("gap_rows", score.gap_rows);
    map->diagnostics.add("falling_mass", falling);
    if (score.bandwidth < 4 * lattice_.step) {
      map->warnings.push_back(
          "the trial's predictions vary much less than those of the calibration rows: the grid of "
          "their score is coarse");
    }
  }
  return map;
}

}  // namespace causal::estimation
