#pragma once
// A comparison of two arms as the estimators' formulas read it.

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"

namespace causal::estimation {

/// Vectors of n rows.
struct TwoArms {
  Eigen::ArrayXd A;     ///< 1: treated.
  Eigen::ArrayXd C;     ///< 1: control.
  Eigen::ArrayXd w;     ///< Row weights, mean 1.
  Eigen::ArrayXd y;     ///< Outcome; 0 where it is missing.
  Eigen::ArrayXd seen;  ///< 1 / P(observed) where the outcome was observed, else 0; all ones when none is missing.
};
/// `observed`: as in Nuisances.
[[nodiscard]] TwoArms two_arms(const EffectData& data, const Eigen::VectorXd& observed);

/// Why a division by propensities (those that the estimand divides by) or chances of being observed has no answer: a
/// zero where a row needs to be weighted, or every row at the limit of clipping. Nothing: there is an answer.
[[nodiscard]] std::optional<std::string> overlap_failure(const EffectData& data, const Nuisances& nuisances,
                                                         Estimand estimand = Estimand::Ate);

/// An estimate of these rows with the figures and warnings of its nuisances.
[[nodiscard]] Estimate weighted_estimate(std::string method, Estimand estimand, double value, Eigen::VectorXd influence,
                                         double level, const EffectData& data, const Nuisances& nuisances);

/// Runs an estimator on `repeats` partitions into folds and combines by the median: the value is the median of the
/// values, the squared standard error the median of se^2 + (value - median)^2 (Chernozhukov et al. 2018, section 3.4);
/// influence values are averaged. A repetition without an answer makes the whole one without.
[[nodiscard]] Estimate over_repeats(int repeats, const std::function<Estimate(std::uint32_t repetition)>& estimate);

[[nodiscard]] double median(std::vector<double> values);

}  // namespace causal::estimation
