// The line F = m + k Y + residual, fitted by least squares on calibration rows; corrected predictions are (F - m) / k.
//
// Uncertainty of k and m: with y = Y - mean Y, f = F - mean F, D = sum y^2 / n - label noise,
//   k = (sum y f / n) / D, so a row's influence on k is (y f - C - k (y^2 - V)) / D with C = sum y f / n, V = sum y^2 /
//   n, and on m = mean F - k mean Y it is f - k y - (mean Y) (influence on k).
// Without label noise C = k V and the mean square of these is the HC0 covariance of the regression.
//
// A contrast of corrected predictions is theta = (tau - W m) / k, with tau that of the predictions and W the total
// weight, so d theta = -(W / k) dm - (theta / k) dk.
//
// With Berkson transport k = V / (V + s) and m = mean F - k (mean F + offset), V and mean F of the trial's predictions,
// s and offset of the residual Y - F on calibration rows. Then theta = (tau - W mean F) / k + W (mean F + offset).
#include "causal/estimation/debias/lcc.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/io/options_json.hpp"
#include "causal/math/chi_square.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "debias/calibration_rows.hpp"
#include "debias/debiaser_json.hpp"
#include "debias/trial_lattice.hpp"

namespace causal::estimation {

namespace {

constexpr double kLeastSlope = 1e-8;
constexpr double kWeakSlope = 0.2;
constexpr double kFiellerBelow = 5;  // k / se(k) under which the delta method's interval is too short on one side.
constexpr double kCurvedBelow = 0.01;
constexpr int kGroups = 10;

/// Wald test that Y^2 and Y^3 add nothing to the line: the chi-square with 2 degrees of freedom. HC3, because the cubes
/// of a few rows have most of the leverage: with HC1 the test at 5 % rejects 11 % of straight lines with 500 rows.
double curvature_statistic(const Eigen::Ref<const Eigen::VectorXd>& predictions, const Eigen::VectorXd& y) {
  Eigen::MatrixXd design(y.size(), 4);
  const double scale = std::sqrt(y.squaredNorm() / static_cast<double>(y.size()));
  const Eigen::ArrayXd z = y.array() / scale;
  design.col(0).setOnes();
  design.col(1) = z.matrix();
  design.col(2) = z.square().matrix();
  design.col(3) = z.cube().matrix();
  const LeastSquaresFit fit = least_squares(design, predictions);
  if (!fit.columns.aliased.empty() || fit.dof < 1) return std::numeric_limits<double>::quiet_NaN();
  const Eigen::VectorXd leverage = fit.leverages(design, Eigen::VectorXd::Ones(y.size()));
  if (!(leverage.maxCoeff() < 1 - 1e-9))
    return std::numeric_limits<double>::quiet_NaN();  // HC3 divides by 1 - leverage.
  const Eigen::MatrixXd covariance = coefficient_covariance(fit, CovarianceKind::Hc3, design);
  const Eigen::Matrix2d block = covariance.bottomRightCorner<2, 2>();
  const Eigen::Vector2d added = fit.coefficients.tail<2>();
  const double determinant = block.determinant();
  if (!(determinant > 0)) return std::numeric_limits<double>::quiet_NaN();
  const Eigen::Matrix2d inverse = block.inverse();
  return added.dot(inverse * added);
}

std::vector<BinnedResidual> binned(const Eigen::Ref<const Eigen::VectorXd>& outcomes, const Eigen::VectorXd& residual) {
  const Eigen::Index n = outcomes.size();
  std::vector<BinnedResidual> groups;
  if (n < 3 * kGroups) return groups;
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    return outcomes(a) != outcomes(b) ? outcomes(a) < outcomes(b) : a < b;
  });
  for (int g = 0; g < kGroups; ++g) {
    const auto begin = static_cast<std::size_t>(n * g / kGroups);
    const auto end = static_cast<std::size_t>(n * (g + 1) / kGroups);
    BinnedResidual group{outcomes(order[begin]), outcomes(order[end - 1]), static_cast<std::int64_t>(end - begin), 0,
                         0};
    double square = 0;
    for (std::size_t i = begin; i < end; ++i) {
      group.mean += residual(order[i]);
      square += residual(order[i]) * residual(order[i]);
    }
    const auto rows = static_cast<double>(group.n);
    group.mean /= rows;
    group.std_error = std::sqrt(std::max(0.0, square / rows - group.mean * group.mean) / (rows - 1));
    groups.push_back(group);
  }
  return groups;
}

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

LccDebiaser LccDebiaser::fit(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                             const Eigen::Ref<const Eigen::VectorXd>& outcomes, const LccOptions& options) {
  validate(options, "LccDebiaser::fit");
  check_calibration_rows("LccDebiaser::fit", predictions, outcomes, 3);
  LccDebiaser debiaser;
  debiaser.options_ = options;
  debiaser.calibration_ = summarize_calibration(predictions, outcomes);
  const CalibrationSummary& summary = debiaser.calibration_;
  if (!(summary.most > summary.least)) throw DataError("all predictions of the calibration rows are equal");
  if (!(outcomes.maxCoeff() > outcomes.minCoeff())) throw DataError("all outcomes of the calibration rows are equal");
  debiaser.warnings_ = calibration_warnings(summary, options.transport == SlopeTransport::Berkson);

  const auto n = static_cast<double>(summary.n);
  const Eigen::VectorXd f = predictions.array() - summary.mean;
  const Eigen::VectorXd y = outcomes.array() - summary.outcome_mean;
  const double variance = y.squaredNorm() / n;
  const double covariance = y.dot(f) / n;
  const double divisor = variance - options.label_noise_var;
  if (!(divisor > 0)) {
    throw DataError(fmt::format("label_noise_var = {} is not below the variance of the outcomes, {}",
                                options.label_noise_var, variance));
  }
  const double k = covariance / divisor;
  if (!(k > kLeastSlope)) {
    throw DataError(fmt::format("the slope of predictions on outcomes is {:.4g}: nothing of the outcome is in the "
                                "predictions",
                                k),
                    {}, "Check that prediction and outcome belong to the same rows and have the same sign.");
  }
  debiaser.slope_ = k;
  debiaser.intercept_ = summary.mean - k * summary.outcome_mean;
  const Eigen::ArrayXd on_slope = (y.array() * f.array() - covariance - k * (y.array().square() - variance)) / divisor;
  const Eigen::ArrayXd on_intercept = f.array() - k * y.array() - summary.outcome_mean * on_slope;
  Eigen::Matrix2d& square = debiaser.covariance_;
  square(0, 0) = on_intercept.square().sum() / (n * n);
  square(1, 1) = on_slope.square().sum() / (n * n);
  square(0, 1) = square(1, 0) = (on_intercept * on_slope).sum() / (n * n);

  debiaser.offset_ = summary.outcome_mean - summary.mean;
  const Eigen::ArrayXd c = y.array() - f.array();
  const double raw = c.square().mean();
  debiaser.residual_variance_ = raw - options.label_noise_var;
  if (options.transport == SlopeTransport::Berkson && !(debiaser.residual_variance_ > 0)) {
    throw DataError(fmt::format("label_noise_var = {} is not below the variance of outcome - prediction, {}",
                                options.label_noise_var, raw));
  }
  debiaser.offset_var_ = raw;
  debiaser.offset_spread_cov_ = (c * (c.square() - raw)).mean();
  debiaser.spread_var_ = (c.square() - raw).square().mean();
  debiaser.examine(predictions, outcomes);
  return debiaser;
}

void LccDebiaser::examine(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                          const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  const auto n = static_cast<double>(calibration_.n);
  const Eigen::VectorXd y = outcomes.array() - calibration_.outcome_mean;
  const Eigen::VectorXd residual = predictions.array() - intercept_ - slope_ * outcomes.array();
  const double residual_square = residual.squaredNorm();
  diagnostics_.add("slope", slope_);
  diagnostics_.add("slope_std_error", std::sqrt(covariance_(1, 1)));
  diagnostics_.add("slope_var_classic", residual_square / (n - 2) / y.squaredNorm());
  diagnostics_.add("intercept", intercept_);
  diagnostics_.add("residual_std", std::sqrt(residual_square / n));
  diagnostics_.add("r_squared", 1 - residual_square / (calibration_.variance * (n - 1)));
  if (slope_ < kWeakSlope) {
    warnings_.push_back(
        fmt::format("weak_slope: predictions move by {:.3g} for 1 of the outcome; corrections multiply "
                    "their noise by {:.3g}",
                    slope_, 1 / slope_));
  }
  if (slope_ > 1) {
    warnings_.push_back(
        fmt::format("the slope of predictions on outcomes is {:.4g}, above 1, where a model trained for "
                    "squared error has less: are prediction and outcome swapped?",
                    slope_));
  }
  const double statistic = curvature_statistic(predictions, y);
  if (std::isfinite(statistic)) {
    const double p = chi_square_upper_p(statistic, 2);
    diagnostics_.add("curvature_p_value", p);
    if (p < kCurvedBelow) {
      warnings_.push_back(
          fmt::format("predictions are not linear in the outcome (p = {:.2g}): a linear correction is "
                      "biased where the line misses; consider tweedie",
                      p));
    }
  }
  binned_ = binned(outcomes, residual);
}

Lattice LccDebiaser::lattice() const { return lattice_around(calibration_, 32); }

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

io::Json LccDebiaser::to_json() const {
  io::Json json = io::Json::object();
  write_head(json);
  json.set("options", io::options_to_json(options_));
  json.set("slope", slope_);
  json.set("intercept", intercept_);
  json.set("covariance", matrix_json(covariance_));
  json.set("offset", offset_);
  json.set("residual_variance", residual_variance_);
  json.set("offset_var", offset_var_);
  json.set("offset_spread_cov", offset_spread_cov_);
  json.set("spread_var", spread_var_);
  write_tail(json);
  return json;
}

LccDebiaser LccDebiaser::read(const io::Json& json) {
  LccDebiaser debiaser;
  debiaser.read_common(json);
  io::options_from_json(read_object(json, "options"), debiaser.options_);
  validate(debiaser.options_, "causal.debiaser/1");
  constexpr double kInf = std::numeric_limits<double>::infinity();
  debiaser.slope_ = read_number(json, "slope", {kLeastSlope, kInf, true, false});
  debiaser.intercept_ = read_number(json, "intercept");
  debiaser.covariance_ = read_matrix(json, "covariance", 2);
  if (!(debiaser.covariance_(0, 0) >= 0 && debiaser.covariance_(1, 1) >= 0)) refuse_file("a variance is negative");
  debiaser.offset_ = read_number(json, "offset");
  debiaser.residual_variance_ = read_number(json, "residual_variance");
  debiaser.offset_var_ = read_number(json, "offset_var", at_least(0));
  debiaser.offset_spread_cov_ = read_number(json, "offset_spread_cov");
  debiaser.spread_var_ = read_number(json, "spread_var", at_least(0));
  if (debiaser.options_.transport == SlopeTransport::Berkson && !(debiaser.residual_variance_ > 0)) {
    refuse_file("Berkson transport without a residual variance");
  }
  return debiaser;
}

}  // namespace causal::estimation
