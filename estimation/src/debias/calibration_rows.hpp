#pragma once
// Checks and moments of calibration rows, shared by all debiasers.

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

#include "causal/estimation/debias/debiaser.hpp"

namespace causal::estimation {

/// Errors: InvalidArgument for sizes that differ; DataError for fewer than `least_rows` rows, a cell that is not finite
/// (column and row named).
void check_calibration_rows(std::string_view function, const Eigen::Ref<const Eigen::VectorXd>& predictions,
                            const Eigen::Ref<const Eigen::VectorXd>& outcomes, Eigen::Index least_rows);

/// Moments, and the regression of outcomes on predictions.
[[nodiscard]] CalibrationSummary summarize_calibration(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                                       const Eigen::Ref<const Eigen::VectorXd>& outcomes);

/// What a debiaser must be told of its calibration rows: few rows, columns that seem swapped, a model that is not
/// calibrated (`needs_calibrated`: for a method that assumes it is).
[[nodiscard]] std::vector<std::string> calibration_warnings(const CalibrationSummary& summary, bool needs_calibrated);

/// Predictions of every row, as an error names it: "row 3 of the predictions is nan".
[[noreturn]] void refuse_row(std::string_view column, std::int64_t row, double value, std::string_view rule);

}  // namespace causal::estimation
