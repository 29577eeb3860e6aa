#pragma once
// Out-of-fold predictions: every row is predicted by a fit that has not seen it.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "causal/estimation/nuisance/learner.hpp"

namespace causal::estimation {

/// Which fold holds each row out. With count 1 there is no cross-fitting: rows are predicted by a fit on all of them.
struct Folds {
  std::vector<int> of;  ///< n, 0..count-1.
  int count = 1;
};

/// Random folds of nearly equal size, in each stratum too. strata: n numbers 0..S-1, or empty; clusters: n numbers
/// 0..G-1, or empty, whose rows stay together (strata are then not used). A function of the arguments alone.
/// Errors: InvalidArgument for count < 1, more folds than rows (clusters), or numbers that are not n.
[[nodiscard]] Folds make_folds(std::int64_t n, int count, std::span<const int> strata, std::span<const int> clusters,
                               std::uint64_t seed, std::uint32_t repetition = 0);

/// Predictions for every row and how good they are.
struct CrossFitted {
  Eigen::VectorXd prediction;  ///< n.
  /// Weighted mean over the training rows, out of fold, of the squared error (Mean) or the log loss (Probability).
  double loss = 0;
  std::vector<std::string> warnings;
};

/// Fits the learner once a fold on the rows outside it and predicts the rows in it. `train`: n flags, the rows a fit
/// may use, or empty for all; rows that are not trained on are predicted all the same. weights: n or empty.
/// The bits do not depend on context.threads. Errors: those of the learner; DataError when a fold leaves no row to
/// train on.
/// Cost: that of `count` fits on (count - 1) / count of the rows, with a copy of them.
/// Source: Chernozhukov et al. (2018), "Double/debiased machine learning", definition 3.2.
[[nodiscard]] CrossFitted cross_fit(const Learner& learner, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                    const Eigen::Ref<const Eigen::VectorXd>& y,
                                    const Eigen::Ref<const Eigen::VectorXd>& weights, std::span<const char> train,
                                    const Folds& folds, const FitContext& context);

}  // namespace causal::estimation
