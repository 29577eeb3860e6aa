#pragma once
// Ridge and lasso regression, linear and logistic, with the penalty given or chosen by cross-validation.

#include <Eigen/Core>
#include <string>
#include <vector>

#include "causal/estimation/nuisance/learner.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/run/status.hpp"

namespace causal::estimation {

enum class Penalty {
  Squares,        ///< P(b) = |b|^2 / 2: ridge.
  AbsoluteValues  ///< P(b) = sum |b_j|: lasso.
};

/// Coefficients along a sequence of penalties.
struct PenalisedPath {
  Eigen::VectorXd intercepts;    ///< One a penalty.
  Eigen::MatrixXd coefficients;  ///< p x penalties, for the columns as they were given.
  Status status = Status::Ok;    ///< MaxIterations: some fit did not converge.
};

/// Minimises L(a, b) + lambda P(b) for each lambda, each fit starting from the one before. With z the columns of X
/// brought to weighted mean 0 and variance 1 (sum of w z^2 over sum of w), b their coefficients and W = sum of w,
///   L = 1 / (2 W) sum w (y - a - z'b)^2            for Target::Mean,
///   L = 1 / W sum w log loss(y, logistic(a + z'b)) for Target::Probability.
/// A constant column has coefficient 0. Lasso: coordinate descent on the active columns (Friedman, Hastie and
/// Tibshirani 2010), then exactly by active sets; the optimality conditions hold to 1e-9 of the
/// largest useful penalty.
///
/// X: n x p; y: n; weights: n, > 0; lambdas: >= 0, best in descending order. Cost: O(n p^2) for a mean, the same times
/// the Newton steps (two to five a penalty) for a probability.
[[nodiscard]] PenalisedPath fit_penalised_path(Penalty penalty, Target target,
                                               const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const std::vector<double>& lambdas);

/// The penalties that cross-validation compares, descending and evenly spaced in the logarithm: for the lasso from the
/// least with which all coefficients are 0 to a thousandth of it (a hundredth when p >= n), for ridge 100 to 1e-6.
[[nodiscard]] std::vector<double> penalty_grid(Penalty penalty, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights, int steps);

/// Out-of-fold loss of each penalty.
struct PenaltyChoice {
  std::vector<double> lambdas;
  Eigen::VectorXd loss;        ///< Weighted mean of squared errors or log losses.
  Eigen::VectorXd loss_error;  ///< Its standard error, from the variation between folds.
  int chosen = 0;
};

/// Compares `lambdas` (descending) on random folds. Errors: as make_folds.
[[nodiscard]] PenaltyChoice choose_penalty(Penalty penalty, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                           const Eigen::Ref<const Eigen::VectorXd>& y,
                                           const Eigen::Ref<const Eigen::VectorXd>& weights,
                                           std::vector<double> lambdas, LambdaRule rule, int folds,
                                           const FitContext& context);

}  // namespace causal::estimation
