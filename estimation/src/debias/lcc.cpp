// The line F = m + k Y + residual, fitted by least squares on calibration rows; corrected predictions are (F - m) / k.
//
// Uncertainty of k and m: with y = Y - mean Y, f = F - mean F, D = sum y^2 / n - label noise,
//   k = (sum y f / n) / D, so a row's influence on k is (y f - C - k (y^2 - V)) / D with C = sum y f / n, V = sum y^2 /
//   n, and on m = mean F - k mean Y it is f - k y - (mean Y) (influence on k).
// Without label noise C = k V and the mean square of these is the HC0 covariance of the regression.
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

  debiaser.fit_line(predictions, outcomes);
  debiaser.fit_residual(predictions, outcomes);
  debiaser.examine(predictions, outcomes);
  return debiaser;
}

void LccDebiaser::fit_line(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                           const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  const auto n = static_cast<double>(calibration_.n);
  const Eigen::VectorXd f = predictions.array() - calibration_.mean;
  const Eigen::VectorXd y = outcomes.array() - calibration_.outcome_mean;
  const double variance = y.squaredNorm() / n;
  const double covariance = y.dot(f) / n;
  const double divisor = variance - options_.label_noise_var;
  if (!(divisor > 0)) {
    throw DataError(fmt::format("label_noise_var = {} is not below the variance of the outcomes, {}",
                                options_.label_noise_var, variance));
  }
  const double k = covariance / divisor;
  if (!(k > kLeastSlope)) {
    throw DataError(fmt::format("the slope of predictions on outcomes is {:.4g}: nothing of the outcome is in the "
                                "predictions",
                                k),
                    {}, "Check that prediction and outcome belong to the same rows and have the same sign.");
  }
  slope_ = k;
  intercept_ = calibration_.mean - k * calibration_.outcome_mean;
  const Eigen::ArrayXd on_slope = (y.array() * f.array() - covariance - k * (y.array().square() - variance)) / divisor;
  const Eigen::ArrayXd on_intercept = f.array() - k * y.array() - calibration_.outcome_mean * on_slope;
  Eigen::Matrix2d& square = covariance_;
  square(0, 0) = on_intercept.square().sum() / (n * n);
  square(1, 1) = on_slope.square().sum() / (n * n);
  square(0, 1) = square(1, 0) = (on_intercept * on_slope).sum() / (n * n);
}

void LccDebiaser::fit_residual(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                               const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  const Eigen::ArrayXd c = (outcomes - predictions).array() - (calibration_.outcome_mean - calibration_.mean);
  offset_ = calibration_.outcome_mean - calibration_.mean;
  const double raw = c.square().mean();
  residual_variance_ = raw - options_.label_noise_var;
  if (options_.transport == SlopeTransport::Berkson && !(residual_variance_ > 0)) {
    throw DataError(fmt::format("label_noise_var = {} is not below the variance of outcome - prediction, {}",
                                options_.label_noise_var, raw));
  }
  offset_var_ = raw;
  offset_spread_cov_ = (c * (c.square() - raw)).mean();
  spread_var_ = (c.square() - raw).square().mean();
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
