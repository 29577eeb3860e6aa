#include "causal/estimation/effect/cate.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "causal/estimation/effect/aipw.hpp"
#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr std::uint32_t kFinalStream = 4'000'000;  // Beyond the streams of any repetition of the nuisances.

std::vector<Estimate> linear_projection(const EffectData& data, const Eigen::VectorXd& pseudo, double level) {
  const Eigen::MatrixXd design = with_intercept(data.covariates.values);
  const LeastSquaresFit fit = least_squares(design, pseudo, data.weights);
  const bool clustered = !data.clusters.empty();
  const Eigen::MatrixXd covariance = coefficient_covariance(
      fit, clustered ? CovarianceKind::Cluster : CovarianceKind::Hc3, design, data.weights, data.clusters);
  std::vector<Estimate> projection;
  for (const int column : fit.columns.kept) {
    Estimate coefficient;
    coefficient.method = "cate";
    coefficient.estimand = column == 0 ? "intercept" : data.covariates.names[static_cast<std::size_t>(column - 1)];
    coefficient.value = fit.coefficients(column);
    coefficient.std_error = std::sqrt(covariance(column, column));
    coefficient.level = level;
    coefficient.n = coefficient.n_used = data.n();
    const Eigen::VectorXd rows = design * fit.bread.col(column) * static_cast<double>(data.n());
    coefficient.influence = rows.cwiseProduct(fit.residuals).cwiseProduct(data.row_weights());
    set_interval(coefficient);
    projection.push_back(std::move(coefficient));
  }
  return projection;
}

}  // namespace

CateEstimate cate(const EffectData& data, const CateOptions& options) {
  validate(options, "cate");
  const std::unique_ptr<Learner> learner = make_learner(options.final_learner, options.nuisances.learners);
  CateEstimate result;
  result.average = aipw(data, {.level = options.level, .nuisances = options.nuisances, .run = options.run});
  result.average.method = "cate";
  result.warnings = result.average.warnings;
  result.status = result.average.status;
  if (result.status != Status::Ok) return result;
  // Influence values of the ATE are w (score - mean): the scores come back from them where the weight is positive.
  const Eigen::VectorXd weights = data.row_weights();
  result.pseudo_outcome = Eigen::VectorXd::Constant(data.n(), result.average.value);
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (weights(i) > 0) result.pseudo_outcome(i) += result.average.influence(i) / weights(i);
  }
  const Folds folds = nuisance_folds(data, std::max(2, options.nuisances.folds), options.run.seed, 0);
  CrossFitted fitted = cross_fit(
      *learner, data.covariates.values, result.pseudo_outcome, data.weights, {}, folds,
      {.target = Target::Mean, .seed = options.run.seed, .stream = kFinalStream, .threads = options.run.threads});
  result.effect = std::move(fitted.prediction);
  result.loss = fitted.loss;
  for (std::string& warning : fitted.warnings) result.warnings.push_back("effect: " + warning);
  result.projection = linear_projection(data, result.pseudo_outcome, options.level);
  return result;
}

}  // namespace causal::estimation
