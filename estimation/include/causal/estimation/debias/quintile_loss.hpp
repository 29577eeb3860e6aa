#pragma once
// A training loss that punishes shrinkage, for who can still train the model instead of correcting it.

#include <Eigen/Core>
#include <array>

namespace causal::estimation {

/// The outcomes that part five groups of equal size: quantiles 0.2, 0.4, 0.6, 0.8 (with linear interpolation) of the
/// training outcomes. Errors: DataError for fewer than 5 outcomes or one that is not finite.
[[nodiscard]] std::array<double, 4> quintile_cuts(const Eigen::Ref<const Eigen::VectorXd>& outcomes);

/// A loss and its derivatives with respect to the predictions.
struct LossAndGradient {
  double value = 0;
  Eigen::VectorXd gradient;  ///< n.
  int worst = 0;             ///< The group 0..4 with the largest squared mean error.
};

/// Mean squared error + weight * max over the five groups of outcomes of (mean of prediction - outcome there)^2.
///
/// predictions and outcomes: n; cuts: ascending, from the training outcomes; weight >= 0. A group without rows counts
/// 0. Where two groups are equally bad the first one gives the (sub)gradient. Small weights leave shrinkage, large ones
/// cost accuracy, and none removes it for certain: a corrected prediction needs no such weight to be chosen.
/// Errors: InvalidArgument for sizes, no rows, cuts that do not ascend, a negative weight. O(n).
/// Source: Ratledge et al. (2022), Nature 611, 491-495.
[[nodiscard]] LossAndGradient quintile_loss(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                            const Eigen::Ref<const Eigen::VectorXd>& outcomes,
                                            const std::array<double, 4>& cuts, double weight);

}  // namespace causal::estimation
