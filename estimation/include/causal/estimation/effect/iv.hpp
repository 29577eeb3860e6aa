#pragma once
// Instrumental variables: two-stage least squares, limited information maximum likelihood, and the Wald ratio.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class IvEstimator {
  TwoStage,  ///< Two-stage least squares.
  Liml,      ///< Limited information maximum likelihood: less biased with many or weak instruments.
  Wald       ///< Difference in means of Y over difference in means of D between the two values of one instrument.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::IvEstimator> {
  using E = causal::estimation::IvEstimator;
  static constexpr std::array<std::pair<E, std::string_view>, 3> names{
      {{E::TwoStage, "two_stage"}, {E::Liml, "liml"}, {E::Wald, "wald"}}};
};

namespace causal::estimation {

struct IvOptions {
  IvEstimator estimator = IvEstimator::TwoStage;
  /// Classic, Hc0, Hc1 or Cluster. With clusters in the data standard errors are by cluster whatever stands here.
  CovarianceKind covariance = CovarianceKind::Hc1;
  double level = 0.95;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"estimator", "how instruments are used"}, self.estimator);
    visitor(Field{"covariance", "standard errors: classic, hc0, hc1 or cluster"}, self.covariance);
    visitor(Field{"level", "confidence level of the interval", open_interval(0, 1)}, self.level);
  }
};

/// Coefficients of m endogenous and k exogenous regressors by a k-class estimator.
struct InstrumentalFit {
  Eigen::VectorXd endogenous;  ///< m.
  Eigen::VectorXd exogenous;   ///< k; 0 for aliased columns.
  Eigen::MatrixXd covariance;  ///< m x m, of the endogenous coefficients.
  Eigen::MatrixXd influence;   ///< n x m.
  Eigen::VectorXd residuals;   ///< n: y - D b - X c, with the D that was observed.
  double kappa = 1;            ///< 1 for two-stage least squares, at least 1 for LIML.
  double dof = 0;              ///< Rows of positive weight minus coefficients.
  int instruments_used = 0;    ///< That are no linear functions of exogenous columns and of each other.
  std::vector<int> aliased_instruments;
  double overidentification =
      std::numeric_limits<double>::quiet_NaN();  ///< Sargan (Classic) or Hansen's J; NaN if exact.
  int overidentification_dof = 0;
  /// Ok; Degenerate when the instruments do not move some combination of the endogenous columns at all.
  Status status = Status::Ok;
};

/// Fits y (n) on D (n x m) and X (n x k, any column of ones included) with the excluded instruments Z (n x q).
///
/// weights: n, >= 0, or empty: inverse error variances for Classic, sampling weights otherwise. Standard errors: as
/// coefficient_covariance of a regression on the fitted D. Overidentification: Sargan's n R^2 with Classic, else
/// Hansen's J of two-step GMM with moments that are heteroskedastic (or dependent in clusters).
/// Errors: InvalidArgument for sizes, for Wald, and for Hc2 and Hc3, which have no meaning here; DataError when fewer
/// instruments than endogenous columns are left, or rows than coefficients. Cost O(n (m + k + q)^2).
/// Source: Wooldridge, Econometric Analysis of Cross Section and Panel Data (2010), ch. 5; Davidson and MacKinnon,
/// Econometric Theory and Methods (2004), ch. 12.
[[nodiscard]] InstrumentalFit instrumental_regression(
    const Eigen::Ref<const Eigen::VectorXd>& y, const Eigen::Ref<const Eigen::MatrixXd>& D,
    const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::MatrixXd>& Z,
    IvEstimator estimator = IvEstimator::TwoStage, CovarianceKind covariance = CovarianceKind::Hc1,
    const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd(), std::span<const int> clusters = {});

/// How strongly instruments move one treatment beside the covariates.
struct FirstStage {
  double f = 0;            ///< Classic F of the excluded instruments.
  double robust_f = 0;     ///< Wald statistic with the given covariance, over the number of instruments.
  double effective_f = 0;  ///< Of Montiel Olea and Pflueger (2013), with the given covariance.
  int instruments = 0;
  double dof = 0;  ///< Of the denominator of f.
};
/// Errors: as instrumental_regression.
[[nodiscard]] FirstStage first_stage(const EffectData& data, CovarianceKind covariance = CovarianceKind::Hc1);

/// The slope of Y on D (a number, or two levels) with instruments and exogenous covariates, linear in all of them.
///
/// Assumes instruments that are unrelated to the errors given the covariates and act through D only. When effects vary,
/// one binary instrument without covariates gives the mean over compliers (estimand "late", under monotonicity);
/// otherwise the value is a weighted mean of such effects (estimand "slope"). Wald takes one instrument with two values
/// and no covariates, and has standard errors by the delta method (hc0, or by cluster), whatever `covariance` says.
///
/// Intervals use Student's t with n - k degrees of freedom, G - 1 with clusters (normal for Wald). Diagnostics:
/// first_stage_f, first_stage_robust_f, effective_f, instruments_used, overidentification with its degrees of freedom
/// and p, kappa. A first-stage F below 10 is warned of: take anderson_rubin then. Status Degenerate when nothing of D
/// is left beside the covariates or the instruments do not move it. Errors: as instrumental_regression; DataError for
/// missing outcomes or no instrument.
[[nodiscard]] Estimate iv(const EffectData& data, const IvOptions& options = {});

}  // namespace causal::estimation
