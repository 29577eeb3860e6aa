#pragma once
// What learners check before they fit, and the rows they fit on.

#include <Eigen/Core>
#include <string_view>
#include <vector>

#include "causal/estimation/nuisance/learner.hpp"

namespace causal::estimation::detail {

/// The rows that count.
struct TrainingData {
  Eigen::MatrixXd X;
  Eigen::VectorXd y;
  Eigen::VectorXd weights;   ///< > 0; ones when none were given.
  bool is_weighted = false;  ///< Weights were given.
  bool constant_outcome = false;

  [[nodiscard]] Eigen::Index n() const { return y.size(); }
  /// Weighted mean of y.
  [[nodiscard]] double mean() const;
};

/// The rows of positive weight. Errors: InvalidArgument for sizes that differ; DataError for a negative weight, fewer
/// than 2 rows, an outcome that is not finite, or one that is neither 0 nor 1 where probabilities are asked for.
[[nodiscard]] TrainingData training_data(std::string_view learner, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                         const Eigen::Ref<const Eigen::VectorXd>& y,
                                         const Eigen::Ref<const Eigen::VectorXd>& weights, Target target);

/// Predicts the same everywhere: all that outcomes without variation teach.
[[nodiscard]] std::unique_ptr<Predictor> constant_predictor(double value, std::vector<std::string> warnings);

/// Numbers of outcomes for folds that are alike in them: y as 0 and 1, or empty for means.
[[nodiscard]] std::vector<int> outcome_strata(const Eigen::VectorXd& y, Target target);

/// A seed for what a learner does inside: other numbers than those of the fit itself, apart for every `index`.
[[nodiscard]] std::uint64_t inner_seed(const FitContext& context, std::uint32_t index);

/// Weight times squared error, or times log loss.
[[nodiscard]] double weighted_loss(Target target, double weight, double y, double prediction);

}  // namespace causal::estimation::detail
