// What the line makes of a trial, and how sure that is.
//
// A contrast of corrected predictions is theta = (tau - W m) / k, with tau that of the predictions and W the total
// weight, so d theta = -(W / k) dm - (theta / k) dk.
//
// With Berkson transport k = V / (V + s) and m = mean F - k (mean F + offset), V and mean F of the trial's predictions,
// s and offset of the residual Y - F on calibration rows. Then theta = (tau - W mean F) / k + W (mean F + offset).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/math/normal.hpp"

namespace causal::estimation {
namespace {

constexpr double kLeastSlope = 1e-8;
constexpr double kFiellerBelow = 5;  // k / se(k) under which the delta method's interval is too short on one side.

}  // namespace

class LccTrialMap final : public TrialMap {
 public:
  LccTrialMap(const LccDebiaser& fit, double slope, double intercept) : fit_(fit), slope_(slope) {
    const Lattice grid = fit.lattice();
    values = {0, Eigen::VectorXd::Constant(1, (grid.low - intercept) / slope), grid.step / slope, grid.step / slope};
  }
  /// For Berkson transport: the moments of the trial's predictions.
  void set_trial(double mean, double variance) { trial_mean_ = mean, trial_variance_ = variance; }

  [[nodiscard]] MapUncertainty uncertainty(const TrialContrast& contrast) const override {
    if (fit_.options_.transport == SlopeTransport::Berkson) return berkson(contrast);
    const Eigen::Vector2d gradient(-contrast.total_weight / slope_, -contrast.value / slope_);
    return {gradient.dot(fit_.covariance_ * gradient), {}};
  }

  void refine_interval(const TrialContrast& contrast, double trial_variance, Estimate& estimate) const override;

 private:
  [[nodiscard]] MapUncertainty berkson(const TrialContrast& contrast) const {
    const double w = contrast.total_weight;
    const double spread = trial_variance_ + fit_.residual_variance_;
    // theta - W (mean F + offset) = (tau - W mean F) / k.
    const double scaled = contrast.value - w * (trial_mean_ + fit_.offset_);
    const double by_slope = -scaled / slope_;
    const double by_residual = by_slope * (-trial_variance_ / (spread * spread));
    const double by_variance = by_slope * fit_.residual_variance_ / (spread * spread);
    MapUncertainty result;
    const auto n = static_cast<double>(fit_.calibration_.n);
    result.calibration_variance = (by_residual * by_residual * fit_.spread_var_ + w * w * fit_.offset_var_ +
                                   2 * w * by_residual * fit_.offset_spread_cov_) /
                                  n;
    const Lattice grid = fit_.lattice();
    const std::int64_t first = contrast.pooled->begin();
    NodeFunction& influence = result.trial_influence;
    influence.first = first;
    influence.values.resize(contrast.pooled->end() - first + 1);
    for (Eigen::Index k = 0; k < influence.values.size(); ++k) {
      const double gap = grid.low + grid.step * static_cast<double>(first + k) - trial_mean_;
      influence.values(k) = by_variance * (gap * gap - trial_variance_) + w * (1 - 1 / slope_) * gap;
    }
    return result;
  }

  const LccDebiaser& fit_;
  double slope_;
  double trial_mean_ = 0;
  double trial_variance_ = 0;
};

// The values t for which N - k t, with N = tau - W m, is within z standard errors of 0.
void LccTrialMap::refine_interval(const TrialContrast& contrast, double trial_variance, Estimate& estimate) const {
  const double k = slope_;
  const double slope_var = fit_.covariance_(1, 1);
  if (fit_.options_.transport == SlopeTransport::Berkson || k >= kFiellerBelow * std::sqrt(slope_var)) return;
  const double w = contrast.total_weight;
  const double z = normal_quantile(0.5 + estimate.level / 2);
  const double numerator = contrast.value * k;
  const double numerator_var = trial_variance * k * k + w * w * fit_.covariance_(0, 0);
  const double joint = -w * fit_.covariance_(0, 1);
  estimate.diagnostics.add("fieller_interval", 1);
  estimate.p_value = two_sided_normal_p(numerator / std::sqrt(numerator_var));
  const double a = k * k - z * z * slope_var;
  const double b = numerator * k - z * z * joint;
  const double c = numerator * numerator - z * z * numerator_var;
  const double discriminant = b * b - a * c;
  if (!(a > 0) || !(discriminant >= 0)) {
    estimate.ci_low = -std::numeric_limits<double>::infinity();
    estimate.ci_high = std::numeric_limits<double>::infinity();
    estimate.warnings.push_back(
        fmt::format("the slope {:.3g} (se {:.3g}) is not distinguishable from 0 at this level: the interval is "
                    "unbounded",
                    k, std::sqrt(slope_var)));
    return;
  }
  const double half = std::sqrt(discriminant);
  estimate.ci_low = (b - half) / a;
  estimate.ci_high = (b + half) / a;
}

std::unique_ptr<TrialMap> LccDebiaser::trial_map(const PredictionCells& pooled) const {
  if (options_.transport == SlopeTransport::None) return std::make_unique<LccTrialMap>(*this, slope_, intercept_);
  double n = 0;
  double sum = 0;
  double square = 0;
  const Lattice grid = lattice();
  pooled.for_each([&](const PredictionCell& cell, std::int64_t node, int) {
    const auto j = static_cast<double>(node);
    n += cell.n;
    sum += j * cell.n + cell.t;
    square += j * j * cell.n + 2 * j * cell.t + cell.tt;
  });
  const double place = sum / n;
  const double variance = (square / n - place * place) * grid.step * grid.step;
  const double mean = grid.low + grid.step * place;
  // Equal predictions carry no slope; the calibration one stands in, and the estimate is degenerate anyway.
  const double slope = variance > 0 ? variance / (variance + residual_variance_) : slope_;
  auto map = std::make_unique<LccTrialMap>(*this, slope, mean - slope * (mean + offset_));
  map->set_trial(mean, variance);
  map->diagnostics.add("trial_slope", slope);
  return map;
}

std::unique_ptr<Debiaser> LccDebiaser::resampled(RandomStream& stream) const {
  auto drawn = std::make_unique<LccDebiaser>(*this);
  const double a = stream.normal();
  const double b = stream.normal();
  // A slope and an intercept (or residual variance and offset) from their normal approximation.
  const double slope_sd = std::sqrt(covariance_(1, 1));
  const double joint = slope_sd > 0 ? covariance_(0, 1) / slope_sd : 0;
  drawn->slope_ = slope_ + slope_sd * a;
  drawn->intercept_ = intercept_ + joint * a + std::sqrt(std::max(0.0, covariance_(0, 0) - joint * joint)) * b;
  const auto n = static_cast<double>(calibration_.n);
  const double spread_sd = std::sqrt(spread_var_ / n);
  const double shared = spread_sd > 0 ? offset_spread_cov_ / n / spread_sd : 0;
  drawn->residual_variance_ = residual_variance_ + spread_sd * a;
  drawn->offset_ = offset_ + shared * a + std::sqrt(std::max(0.0, offset_var_ / n - shared * shared)) * b;
  const bool berkson = options_.transport == SlopeTransport::Berkson;
  if (!(berkson ? drawn->residual_variance_ > 0 : drawn->slope_ > kLeastSlope)) return nullptr;
  return drawn;
}

}  // namespace causal::estimation
