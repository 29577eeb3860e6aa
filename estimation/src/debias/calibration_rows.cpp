#include "debias/calibration_rows.hpp"

#include <fmt/format.h>

#include <cmath>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr std::int64_t kFewRows = 100;

void require_finite(const Eigen::Ref<const Eigen::VectorXd>& column, std::string_view name) {
  for (Eigen::Index i = 0; i < column.size(); ++i) {
    if (!std::isfinite(column(i))) refuse_row(name, i, column(i), "must be a finite number");
  }
}

}  // namespace

void refuse_row(std::string_view column, std::int64_t row, double value, std::string_view rule) {
  throw DataError(fmt::format("the {} of row {} is {} and {}", column, row + 1, value, rule), {},
                  std::isnan(value) ? "Leave out rows with missing cells." : "");
}

void check_calibration_rows(std::string_view function, const Eigen::Ref<const Eigen::VectorXd>& predictions,
                            const Eigen::Ref<const Eigen::VectorXd>& outcomes, Eigen::Index least_rows) {
  if (predictions.size() != outcomes.size()) {
    throw InvalidArgument(
        fmt::format("{}: {} predictions for {} outcomes", function, predictions.size(), outcomes.size()));
  }
  if (predictions.size() < least_rows) {
    throw DataError(
        fmt::format("{} calibration rows are too few: at least {} are needed", predictions.size(), least_rows));
  }
  require_finite(predictions, "prediction");
  require_finite(outcomes, "outcome");
}

CalibrationSummary summarize_calibration(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                         const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  CalibrationSummary summary;
  const Eigen::Index n = predictions.size();
  const auto rows = static_cast<double>(n);
  summary.n = n;
  summary.mean = predictions.mean();
  summary.outcome_mean = outcomes.mean();
  const Eigen::VectorXd f = predictions.array() - summary.mean;
  const Eigen::VectorXd y = outcomes.array() - summary.outcome_mean;
  const double square = f.squaredNorm();
  summary.variance = square / (rows - 1);
  summary.outcome_variance = y.squaredNorm() / (rows - 1);
  summary.least = predictions.minCoeff();
  summary.most = predictions.maxCoeff();
  if (!(summary.most > summary.least)) return summary;
  summary.slope = f.dot(y) / square;
  summary.intercept = summary.outcome_mean - summary.slope * summary.mean;
  // HC1: the influence of a row on slope and intercept, and n / (n - 2).
  double slope_var = 0;
  double intercept_var = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double residual = y(i) - summary.slope * f(i);
    const double on_slope = f(i) * residual / square;
    const double on_intercept = residual / rows - summary.mean * on_slope;
    slope_var += on_slope * on_slope;
    intercept_var += on_intercept * on_intercept;
  }
  const double correction = n > 2 ? rows / (rows - 2) : 1;
  summary.slope_std_error = std::sqrt(correction * slope_var);
  summary.intercept_std_error = std::sqrt(correction * intercept_var);
  return summary;
}

std::vector<std::string> calibration_warnings(const CalibrationSummary& summary, bool needs_calibrated) {
  std::vector<std::string> warnings;
  if (summary.n < kFewRows) warnings.push_back(fmt::format("only {} calibration rows", summary.n));
  if (summary.variance > summary.outcome_variance) {
    warnings.push_back(
        fmt::format("the predictions vary more than the outcomes (variances {:.4g} and {:.4g}): a model trained for "
                    "squared error shrinks; are prediction and outcome swapped?",
                    summary.variance, summary.outcome_variance));
  }
  const bool slope_off = std::abs(summary.slope - 1) > 2 * summary.slope_std_error;
  const bool intercept_off = std::abs(summary.intercept) > 2 * summary.intercept_std_error;
  if (needs_calibrated && (slope_off || intercept_off)) {
    warnings.push_back(
        fmt::format("the predictions are not calibrated: the outcome is {:.4g} (se {:.2g}) + {:.4g} (se {:.2g}) times "
                    "the prediction instead of 0 and 1; recalibrate them first",
                    summary.intercept, summary.intercept_std_error, summary.slope, summary.slope_std_error));
  }
  return warnings;
}

}  // namespace causal::estimation
