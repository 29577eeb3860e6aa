#pragma once
// Prediction-powered inference: few rows with the true outcome and a prediction of it, many with the prediction alone.
//
// Every estimate is  a + lambda (c - b):  a from the true outcomes, b from the predictions of the same rows, c from the
// predictions of the other rows. Whatever is wrong with the predictions cancels between c and b, so the interval is
// valid for any predictor that has not seen the labelled outcomes; lambda says how much weight they get.
//
// Sources: A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic, Science 382 (2023) (lambda = 1);
// A. N. Angelopoulos, J. C. Duchi, T. Zrnic, arXiv 2311.01453 (tuned lambda).

#include <Eigen/Core>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// How lambda is found.
enum class PpiTuning {
  Overall,  ///< One lambda that minimises the sum of the coefficients' variances, clipped to [0, 1].
  Element,  ///< A lambda for each coefficient, clipped to [0, 1].
  Fixed     ///< The option `lambda`: 1 trusts the predictions, 0 ignores them.
};

/// Where the residuals behind the standard errors of a linear regression are taken.
enum class PpiScores {
  OwnFit,   ///< Each of the three regressions at its own coefficients: the delta method for the estimator as it is.
  JointFit  ///< All at the final coefficients, as in ppi_py: too wide when the predictions have another slope.
};

/// A regression whose coefficients are estimated.
enum class PpiModel { Ols, Logistic, Poisson };

/// How outcomes of a trial become a contrast of two arms.
enum class PpiContrast {
  Hajek,           ///< Difference of the arms' weighted means, weights 1/e and 1/(1 - e).
  WeightedOutcome  ///< Mean of w Y with w = A/e - (1 - A)/(1 - e): depends on where the outcome has its zero.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::PpiTuning> {
  using T = causal::estimation::PpiTuning;
  static constexpr std::array<std::pair<T, std::string_view>, 3> names{
      {{T::Overall, "overall"}, {T::Element, "element"}, {T::Fixed, "fixed"}}};
};
template <>
struct causal::EnumNames<causal::estimation::PpiScores> {
  using S = causal::estimation::PpiScores;
  static constexpr std::array<std::pair<S, std::string_view>, 2> names{
      {{S::OwnFit, "own_fit"}, {S::JointFit, "joint_fit"}}};
};
template <>
struct causal::EnumNames<causal::estimation::PpiModel> {
  using M = causal::estimation::PpiModel;
  static constexpr std::array<std::pair<M, std::string_view>, 3> names{
      {{M::Ols, "ols"}, {M::Logistic, "logistic"}, {M::Poisson, "poisson"}}};
};
template <>
struct causal::EnumNames<causal::estimation::PpiContrast> {
  using C = causal::estimation::PpiContrast;
  static constexpr std::array<std::pair<C, std::string_view>, 2> names{
      {{C::Hajek, "hajek"}, {C::WeightedOutcome, "weighted_outcome"}}};
};

namespace causal::estimation {

/// The rows. The two groups must come from the same population, or the weights must make them so.
struct PpiData {
  Eigen::VectorXd outcome;                  ///< n true outcomes.
  Eigen::VectorXd prediction;               ///< n predictions for the same rows, by a predictor that has not seen them.
  Eigen::VectorXd unlabelled;               ///< N predictions for the rows without an outcome.
  Eigen::VectorXd weights = {};             ///< n survey or covariate-shift weights; empty: ones.
  Eigen::VectorXd unlabelled_weights = {};  ///< N; empty: ones.
  /// n and N cluster numbers in one numbering 0..G-1, or both empty. A cluster may have rows of both groups.
  std::vector<int> clusters = {};
  std::vector<int> unlabelled_clusters = {};

  [[nodiscard]] Eigen::Index n() const { return outcome.size(); }
  [[nodiscard]] Eigen::Index n_unlabelled() const { return unlabelled.size(); }
};

/// Covariates of a regression, any column of ones included.
struct PpiDesign {
  Eigen::MatrixXd labelled;             ///< n x k.
  Eigen::MatrixXd unlabelled;           ///< N x k.
  std::vector<std::string> names = {};  ///< k; empty: "x1", "x2", ...
};

/// Treatments of a trial.
struct PpiArms {
  Eigen::VectorXd treatment;              ///< n, 0 or 1.
  Eigen::VectorXd unlabelled_treatment;   ///< N, 0 or 1.
  Eigen::VectorXd propensity;             ///< n, P(treatment = 1), in (0, 1).
  Eigen::VectorXd unlabelled_propensity;  ///< N.
};

struct PpiOptions {
  PpiTuning tuning = PpiTuning::Overall;
  double lambda = 1;
  double level = 0.95;
  PpiScores scores = PpiScores::OwnFit;
  bool influence = true;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"tuning", "how the weight of the predictions is found"}, self.tuning);
    visitor(Field{"lambda", "weight of the predictions when tuning is fixed", closed_interval(0, 1)}, self.lambda);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    visitor(Field{"scores", "where residuals behind standard errors of a linear regression are taken"}, self.scores);
    visitor(Field{"influence", "keep influence values, n + N doubles a coefficient"}, self.influence);
  }
};

/// Mean of the outcome: lambda mean(U) + mean(Y - lambda F), each mean weighted.
///
/// Influence values: the n labelled rows, then the N others, scaled so that influence_std_error gives the standard
/// error. Figures: lambda, lambda_raw (before clipping), labelled, unlabelled, classical_std_error (lambda = 0).
/// With clusters the standard error is that of cluster totals, with the factor K / (K - 1) for K labelled clusters.
/// Errors: InvalidArgument for sizes that differ, an empty group, clusters given for one group; DataError for a missing
/// or infinite cell, a negative weight, weights that are all zero. Warns of predictions that do not help (lambda 0), of
/// few labelled clusters, and when labelled rows seem to be among the unlabelled ones (their predictions, all
/// different, turn up there). Degenerate: fewer than 2 rows in a group, or 2 labelled clusters.
/// Cost O(n + N).
[[nodiscard]] Estimate ppi_mean(const PpiData& data, const PpiOptions& options = {});

/// Coefficients of a regression of the outcome on the design, one estimate a column.
///
/// ols: OLS on the unlabelled rows with lambda U plus OLS on the labelled rows with Y - lambda F. logistic, poisson:
/// the minimum of the loss whose predictions are rectified, by Newton's method; tuning element solves once more a
/// column. Standard errors allow for heteroscedastic and misspecified models. Outcomes and predictions of logistic must
/// lie in [0, 1], of poisson be >= 0. Errors and warnings: as ppi_mean; InvalidArgument for a design of other size;
/// DataError naming a column that is a linear function of others. Degenerate: no minimum (separated classes).
/// When Newton's method fails, lambda is halved, up to 5 times, and the figure lambda_halvings and a warning say so.
/// Cost O((n + N) k^2) a step, memory O(n + N) beside the input and the result.
[[nodiscard]] std::vector<Estimate> ppi_regression(const PpiData& data, const PpiDesign& design, PpiModel model,
                                                   const PpiOptions& options = {});

/// The q-quantile of the outcome, 0 < q < 1: the first point where lambda F_U(t) + F_Y(t) - lambda F_F(t), cumulated
/// shares, comes closest to q, over all values in the data. The interval holds the points where it lies within
/// normal_quantile((1 + level) / 2) standard errors of q, from the first to the last such point; std_error is its
/// length over twice that quantile; p_value tests that 0 is the quantile. Lambda is tuned at the estimate for
/// lambda = 1. No influence values (they need a density). Errors: as ppi_mean; InvalidArgument for q, and for clusters.
/// Cost: one sort of n + N numbers.
[[nodiscard]] Estimate ppi_quantile(const PpiData& data, double q, const PpiOptions& options = {});

/// Average treatment effect in a randomised or weighted trial where only some outcomes are labelled. Weights multiply.
/// Errors: as ppi_mean; DataError for a treatment other than 0 or 1, an arm without rows of positive weight in either
/// group, a propensity outside (0, 1). Cost O(n + N).
[[nodiscard]] Estimate ppi_ate(const PpiData& data, const PpiArms& arms, PpiContrast contrast = PpiContrast::Hajek,
                               const PpiOptions& options = {});

}  // namespace causal::estimation
