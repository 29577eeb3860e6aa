#include "effect/path_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "causal/estimation/nuisance/glm.hpp"
#include "causal/run/error.hpp"
#include "effect/dose.hpp"
#include "effect/path_link.hpp"

// Parameters in order: coefficients of each mediator (ones, dose, covariates, mediators before it unless linear), the
// residual covariances of linear mediators (k <= l, if the outcome is not linear), coefficients of the outcome (ones,
// dose, mediators, dose x mediators, covariates).

namespace causal::estimation {
namespace {

GlmFamily family_of(PathModelKind kind) {
  if (kind == PathModelKind::Probit) return GlmFamily::Probit;
  return kind == PathModelKind::Poisson ? GlmFamily::Poisson : GlmFamily::Logistic;
}

void check_values(const Eigen::VectorXd& y, PathModelKind kind, const std::string& name) {
  if (kind == PathModelKind::Linear) return;
  const double largest = kind == PathModelKind::Poisson ? 1e5 : 1;
  const auto wrong = std::find_if(y.begin(), y.end(), [&](double value) {
    return !(value >= 0 && value <= largest && value == std::floor(value));
  });
  if (wrong == y.end()) return;
  throw DataError(fmt::format("'{}' is {} in row {}, and a {} model takes {}", name, *wrong, wrong - y.begin() + 1,
                              enum_name(kind), kind == PathModelKind::Poisson ? "counts up to 100,000" : "0 and 1"));
}

void check_mediators(const PathData& data, PathModelKind kind) {
  const Eigen::Index most = kind == PathModelKind::Poisson ? 2 : 10;
  if (kind != PathModelKind::Linear && data.mediators.cols() > most) {
    throw DataError(fmt::format("{} {} mediators have too many joint values; at most {} can be summed over",
                                data.mediators.cols(), enum_name(kind), most),
                    {}, "Take robust_mediation, which needs no model of the mediators.");
  }
  for (Eigen::Index k = 0; k < data.mediators.cols(); ++k) {
    check_values(data.mediators.col(k), kind, data.mediator_names[static_cast<std::size_t>(k)]);
  }
}

/// Covariates and, where single levels of several are compared, indicators of the others.
void take_covariates(const EffectData& data, bool levels_are_compared, PathData& paths) {
  const auto arms = static_cast<int>(data.arm_levels.size());
  const Eigen::Index others = levels_are_compared ? arms - 2 : 0;
  const Eigen::Index own = data.covariates.values.cols();
  paths.covariates.resize(data.n(), own + others);
  paths.covariates.leftCols(own) = data.covariates.values;
  Eigen::Index at = own;
  for (int arm = 0; arm < arms && others > 0; ++arm) {
    if (arm != data.treated && arm != data.control) paths.covariates.col(at++) = data.arm_indicator(arm);
  }
  paths.averaged = paths.covariates;
  paths.averaged.rightCols(others).setZero();
}

}  // namespace

PathData path_data(const EffectData& data, const PathSpec& spec, double control_value, double treated_value,
                   std::string_view function) {
  require_outcomes(data, function);
  if (data.mediators.count() == 0) throw DataError(fmt::format("{} needs at least one mediator", function));
  PathData paths;
  const bool levels_are_compared = !data.arms.empty();
  paths.outcome = data.outcome;
  paths.outcome_name = data.outcome_name;
  paths.mediators = data.mediators.values;
  paths.mediator_names = data.mediators.names;
  paths.dose = levels_are_compared ? data.arm_indicator(data.treated) : data.treatment;
  paths.control = levels_are_compared ? 0 : control_value;
  paths.treated = levels_are_compared ? 1 : treated_value;
  take_covariates(data, levels_are_compared, paths);
  check_values(paths.outcome, spec.outcome, paths.outcome_name);
  check_mediators(paths, spec.mediator);
  return paths;
}

PathModel::PathModel(const PathData& data, const PathSpec& spec, Eigen::VectorXd weights)
    : data_(data), spec_(spec), weights_(std::move(weights)) {
  const Eigen::Index n = data.outcome.size();
  const Eigen::Index p = data.covariates.cols();
  const Eigen::Index K = mediator_count();
  weights_ *= static_cast<double>(n) / weights_.sum();
  for (Eigen::Index k = 0; k < K; ++k) {
    const Eigen::Index before = spec.mediator == PathModelKind::Linear ? 0 : k;
    PathFit mediator;
    mediator.design.resize(n, 2 + p + before);
    mediator.design << Eigen::VectorXd::Ones(n), data.dose, data.covariates, data.mediators.leftCols(before);
    fit(mediator, data.mediators.col(k), spec.mediator, data.mediator_names[static_cast<std::size_t>(k)]);
    mediator_fits_.push_back(std::move(mediator));
  }
  if (has_spread()) {
    spread_.resize(K, K);
    for (Eigen::Index k = 0; k < K; ++k) {
      for (Eigen::Index l = 0; l < K; ++l) {
        const PathFit& a = mediator_fits_[static_cast<std::size_t>(k)];
        const PathFit& b = mediator_fits_[static_cast<std::size_t>(l)];
        spread_(k, l) = (weights_.array() * a.residuals.array() * b.residuals.array()).sum() / a.dof;
      }
    }
  }
  const Eigen::Index products = spec.interaction ? K : 0;
  outcome_fit_.design.resize(n, 2 + K + products + p);
  outcome_fit_.design.leftCols(2 + K) << Eigen::VectorXd::Ones(n), data.dose, data.mediators;
  if (products > 0) outcome_fit_.design.middleCols(2 + K, K) = data.dose.asDiagonal() * data.mediators;
  outcome_fit_.design.rightCols(p) = data.covariates;
  fit(outcome_fit_, data.outcome, spec.outcome, data.outcome_name);
}

void PathModel::fit(PathFit& fit, const Eigen::VectorXd& y, PathModelKind kind, const std::string& name) {
  IndependentColumns columns;
  if (kind == PathModelKind::Linear) {
    LeastSquaresFit linear = least_squares(fit.design, y, weights_);
    fit.coefficients = std::move(linear.coefficients);
    fit.bread = std::move(linear.bread);
    fit.residuals = std::move(linear.residuals);
    fit.dof = linear.dof;
    columns = std::move(linear.columns);
  } else {
    GlmFit glm = fit_glm(fit.design, y, {.family = family_of(kind)}, weights_);
    fit.coefficients = std::move(glm.coefficients);
    fit.bread = std::move(glm.bread);
    const Eigen::VectorXd eta = fit.design * fit.coefficients;
    fit.residuals = y - glm.mean;
    for (Eigen::Index i = 0; i < y.size(); ++i) fit.residuals(i) *= score_factor(kind, eta(i));
    columns = std::move(glm.columns);
    if (glm.status != Status::Ok || glm.extreme_rows > 0) {
      warnings_.push_back(
          fmt::format("the {} regression of '{}' did not settle (separated data?)", enum_name(kind), name));
    }
  }
  if (!columns.aliased.empty()) {
    warnings_.push_back(fmt::format("{} columns were left out of the regression of '{}' as linear functions of others",
                                    columns.aliased.size(), name));
  }
}

Eigen::Index PathModel::start_of(Eigen::Index k) const {
  Eigen::Index start = 0;
  for (Eigen::Index j = 0; j < std::min(k, mediator_count()); ++j) {
    start += mediator_fits_[static_cast<std::size_t>(j)].coefficients.size();
  }
  if (k > mediator_count() && has_spread()) start += mediator_count() * (mediator_count() + 1) / 2;
  return start;
}

Eigen::Index PathModel::parameters() const { return start_of(mediator_count() + 1) + outcome_fit_.coefficients.size(); }

Eigen::VectorXd PathModel::slopes_at(double t) const {
  const Eigen::Index K = mediator_count();
  const Eigen::VectorXd& b = outcome_fit_.coefficients;
  if (!spec_.interaction) return b.segment(2, K);
  return b.segment(2, K) + t * b.segment(2 + K, K);
}

Eigen::VectorXd PathModel::predictor_without_mediators(double t) const {
  const Eigen::VectorXd& b = outcome_fit_.coefficients;
  return (data_.averaged * b.tail(data_.averaged.cols())).array() + (b(0) + t * b(1));
}

Eigen::MatrixXd PathModel::parameter_influence() const {
  const Eigen::Index n = data_.outcome.size();
  const Eigen::Index K = mediator_count();
  Eigen::MatrixXd influence(n, parameters());
  const auto of_fit = [&](const PathFit& fit) {
    const Eigen::VectorXd scaled = static_cast<double>(n) * weights_.cwiseProduct(fit.residuals);
    return Eigen::MatrixXd(scaled.asDiagonal() * fit.design * fit.bread);
  };
  for (Eigen::Index k = 0; k < K; ++k) {
    const PathFit& fit = mediator_fits_[static_cast<std::size_t>(k)];
    influence.middleCols(start_of(k), fit.coefficients.size()) = of_fit(fit);
  }
  Eigen::Index at = start_of(K);
  for (Eigen::Index k = 0; k < K && has_spread(); ++k) {
    for (Eigen::Index l = k; l < K; ++l) {
      const PathFit& a = mediator_fits_[static_cast<std::size_t>(k)];
      const PathFit& b = mediator_fits_[static_cast<std::size_t>(l)];
      influence.col(at++) =
          (static_cast<double>(n) / a.dof * weights_.array() * a.residuals.array() * b.residuals.array()) -
          spread_(k, l);
    }
  }
  influence.rightCols(outcome_fit_.coefficients.size()) = of_fit(outcome_fit_);
  return influence;
}

Eigen::MatrixXd PathModel::parameter_covariance() const {
  const Eigen::Index K = mediator_count();
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(parameters(), parameters());
  const auto residual_covariance = [&](const PathFit& a, const PathFit& b) {
    return (weights_.array() * a.residuals.array() * b.residuals.array()).sum() / a.dof;
  };
  for (Eigen::Index k = 0; k < K; ++k) {
    const PathFit& a = mediator_fits_[static_cast<std::size_t>(k)];
    const Eigen::Index size = a.coefficients.size();
    for (Eigen::Index l = 0; l < K; ++l) {
      const PathFit& b = mediator_fits_[static_cast<std::size_t>(l)];
      if (spec_.mediator == PathModelKind::Linear) {
        covariance.block(start_of(k), start_of(l), size, size) = residual_covariance(a, b) * a.bread;
      } else if (k == l) {
        covariance.block(start_of(k), start_of(k), size, size) = a.bread;
      }
    }
  }
  // Of normal residuals: Cov(S_kl, S_ij) = (S_ki S_lj + S_kj S_li) / dof.
  Eigen::Index row = start_of(K);
  for (Eigen::Index k = 0; k < K && has_spread(); ++k) {
    for (Eigen::Index l = k; l < K; ++l, ++row) {
      Eigen::Index column = start_of(K);
      for (Eigen::Index i = 0; i < K; ++i) {
        for (Eigen::Index j = i; j < K; ++j, ++column) {
          covariance(row, column) =
              (spread_(k, i) * spread_(l, j) + spread_(k, j) * spread_(l, i)) / mediator_fits_.front().dof;
        }
      }
    }
  }
  const Eigen::Index size = outcome_fit_.coefficients.size();
  const double variance =
      spec_.outcome == PathModelKind::Linear ? residual_covariance(outcome_fit_, outcome_fit_) : 1.0;
  covariance.bottomRightCorner(size, size) = variance * outcome_fit_.bread;
  return covariance;
}

}  // namespace causal::estimation
