#include "causal/estimation/effect/g_formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "causal/estimation/effect/balance.hpp"
#include "causal/estimation/nuisance/glm.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "effect/outcome_design.hpp"

namespace causal::estimation {
namespace {

/// A fitted model in the terms that the formulas need.
struct Model {
  OutcomeModel kind = OutcomeModel::Linear;
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd bread;
  Eigen::VectorXd residuals;  // y - mean, 0 where y is missing.
  IndependentColumns columns;
  bool converged = true;

  [[nodiscard]] Eigen::VectorXd mean(const Eigen::MatrixXd& design) const {
    const Eigen::VectorXd eta = design * coefficients;
    if (kind == OutcomeModel::Linear) return eta;
    return glm_mean(kind == OutcomeModel::Logistic ? GlmFamily::Logistic : GlmFamily::Poisson, eta);
  }
  /// The derivative of the mean in the linear predictor; the links are canonical.
  [[nodiscard]] Eigen::VectorXd slope(const Eigen::VectorXd& mean) const {
    if (kind == OutcomeModel::Linear) return Eigen::VectorXd::Ones(mean.size());
    if (kind == OutcomeModel::Poisson) return mean;
    return mean.array() * (1 - mean.array());
  }
};

OutcomeModel resolved(OutcomeModel model, const EffectData& data) {
  if (model != OutcomeModel::Auto) return model;
  return data.outcome_is_binary ? OutcomeModel::Logistic : OutcomeModel::Linear;
}

Model fit_model(const Eigen::MatrixXd& design, const Eigen::VectorXd& y, const Eigen::VectorXd& weights,
                OutcomeModel kind) {
  Model model;
  model.kind = kind;
  if (kind == OutcomeModel::Linear) {
    LeastSquaresFit fit = least_squares(design, y, weights);
    model.coefficients = std::move(fit.coefficients);
    model.bread = std::move(fit.bread);
    model.residuals = std::move(fit.residuals);
    model.columns = std::move(fit.columns);
    return model;
  }
  GlmFit fit = fit_glm(design, y, {.family = kind == OutcomeModel::Logistic ? GlmFamily::Logistic : GlmFamily::Poisson},
                       weights);
  model.coefficients = std::move(fit.coefficients);
  model.bread = std::move(fit.bread);
  model.residuals = y - fit.mean;
  model.columns = std::move(fit.columns);
  model.converged = fit.status == Status::Ok;
  return model;
}

void describe(Estimate& estimate, const EffectData& data, const Model& model, const OutcomeDesign& design) {
  std::string warning = aliased_warning(model.columns, design.names());
  if (!warning.empty()) estimate.warnings.push_back(std::move(warning));
  if (!model.converged) {
    estimate.warnings.emplace_back("the outcome model did not converge (separated data?): do not trust it");
  }
  estimate.diagnostics.add("coefficients", static_cast<double>(model.columns.kept.size()));
  estimate.diagnostics.add("aliased_columns", static_cast<double>(model.columns.aliased.size()));
  if (data.missing_outcomes > 0) {
    estimate.diagnostics.add("missing_outcomes", static_cast<double>(data.missing_outcomes));
    estimate.warnings.push_back(
        fmt::format("{} rows without an outcome are averaged over by their predictions", data.missing_outcomes));
  }
  if (!data.arms.empty()) estimate.diagnostics.balance = covariate_balance(data, data.row_weights());
}

/// Outcomes and weights of the fit: rows without an outcome have weight 0.
struct Outcomes {
  Eigen::VectorXd y;
  Eigen::VectorXd weights;
};

Outcomes outcomes_of(const EffectData& data) {
  Outcomes result{data.outcome, data.weights};
  if (data.missing_outcomes == 0) return result;
  result.weights = data.row_weights();
  for (Eigen::Index i = 0; i < result.y.size(); ++i) {
    if (std::isnan(result.y(i))) result.y(i) = result.weights(i) = 0;
  }
  return result;
}

/// Why the contrast with derivative `a` has no answer; empty when it has one.
std::string undetermined(const EffectData& data, const OutcomeDesign& design, const Eigen::MatrixXd& X,
                         const Eigen::VectorXd& weights, const Model& model, const Eigen::VectorXd& a) {
  const std::vector<int>& aliased = model.columns.aliased;
  if (std::find(aliased.begin(), aliased.end(), design.compared_column()) != aliased.end()) {
    return fmt::format("treatment '{}' is a linear function of the covariates", data.treatment_name);
  }
  Eigen::VectorXd information = weights;
  if (model.kind != OutcomeModel::Linear) {
    information = model.slope(model.mean(X));
    if (weights.size() != 0) information = information.cwiseProduct(weights).eval();
  }
  const auto column = undetermined_column(X, information, model.columns, model.bread, a, design.names());
  return column ? fmt::format("the data do not determine the coefficient of '{}'", *column) : std::string();
}

}  // namespace

Estimate g_formula(const EffectData& data, const GFormulaOptions& options) {
  validate(options, "g_formula");
  const std::string estimand(enum_name(options.estimand));
  const Eigen::VectorXd population =
      population_of(data, options.estimand, "g_formula").cwiseProduct(data.row_weights());
  const OutcomeDesign design(data, options.modifiers, {options.control_value, options.treated_value}, "g_formula");
  const Outcomes outcomes = outcomes_of(data);
  const Eigen::MatrixXd X = design.observed();
  const Model model = fit_model(X, outcomes.y, outcomes.weights, resolved(options.outcome_model, data));
  const Eigen::MatrixXd X1 = design.were_all(true);
  const Eigen::MatrixXd X0 = design.were_all(false);
  const Eigen::VectorXd mean1 = model.mean(X1);
  const Eigen::VectorXd mean0 = model.mean(X0);
  const double size = population.sum();
  const Eigen::VectorXd a = (X1.transpose() * population.cwiseProduct(model.slope(mean1)) -
                             X0.transpose() * population.cwiseProduct(model.slope(mean0))) /
                            size;
  if (std::string reason = undetermined(data, design, X, outcomes.weights, model, a); !reason.empty()) {
    return degenerate_estimate("g_formula", estimand, data.n(), std::move(reason));
  }
  const auto n = static_cast<double>(data.n());
  const Eigen::VectorXd contrast = mean1 - mean0;
  const double value = population.dot(contrast) / size;
  Eigen::VectorXd residuals = model.residuals;
  if (outcomes.weights.size() != 0) residuals = residuals.cwiseProduct(outcomes.weights).eval();
  const Eigen::VectorXd influence = (n / size) * population.cwiseProduct((contrast.array() - value).matrix()) +
                                    n * residuals.cwiseProduct(X * (model.bread * a));
  if (!std::isfinite(value) || !influence.allFinite()) {
    return degenerate_estimate("g_formula", estimand, data.n(),
                               "the outcome model predicts values that are not finite");
  }
  Estimate estimate = from_influence("g_formula", estimand, value, influence, options.level, data.clusters);
  estimate.diagnostics.add("mean_treated", population.dot(mean1) / size);
  estimate.diagnostics.add("mean_control", population.dot(mean0) / size);
  describe(estimate, data, model, design);
  return estimate;
}

}  // namespace causal::estimation
