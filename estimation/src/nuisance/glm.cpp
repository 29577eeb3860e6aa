#include "causal/estimation/nuisance/glm.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }
double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

/// Mean, its derivative and its variance at one linear predictor.
struct Local {
  double mean, slope, variance;
};

constexpr double kFurthest = 30;  // Of a linear predictor before probabilities are 0 or 1 to machine precision.

Local at(GlmFamily family, double eta) {
  switch (family) {
    case GlmFamily::Logistic: {
      const double e = std::exp(-std::abs(std::clamp(eta, -kFurthest, kFurthest)));
      const double mean = eta >= 0 ? 1 / (1 + e) : e / (1 + e);
      const double variance = e / ((1 + e) * (1 + e));
      return {mean, variance, variance};
    }
    case GlmFamily::Probit: {
      const double z = std::clamp(eta, -8.0, 8.0);
      const double mean = normal_cdf(z);
      return {mean, normal_density(z), mean * normal_cdf(-z)};
    }
    case GlmFamily::Poisson: {
      const double mean = std::exp(std::min(eta, 300.0));
      return {mean, mean, mean};
    }
  }
  return {};
}

double x_log_ratio(double y, double mean) { return y > 0 ? y * std::log(y / mean) : 0; }

double deviance_of(GlmFamily family, double y, double mean) {
  if (family == GlmFamily::Poisson) return 2 * (x_log_ratio(y, mean) - (y - mean));
  return 2 * (x_log_ratio(y, mean) + x_log_ratio(1 - y, 1 - mean));
}

void check_outcomes(const Eigen::Ref<const Eigen::VectorXd>& y, GlmFamily family) {
  const double high = family == GlmFamily::Poisson ? std::numeric_limits<double>::infinity() : 1;
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    if (y(i) >= 0 && y(i) <= high) continue;
    throw DataError(fmt::format("a {} regression takes outcomes {}; row {} has {}", enum_name(family),
                                family == GlmFamily::Poisson ? ">= 0" : "between 0 and 1", i + 1, y(i)));
  }
}

/// The iteration: a state and the steps on it.
class Newton {
 public:
  Newton(const Eigen::Ref<const Eigen::MatrixXd>& design, const Eigen::Ref<const Eigen::VectorXd>& y,
         const GlmOptions& options, const Eigen::Ref<const Eigen::VectorXd>& weights,
         const Eigen::Ref<const Eigen::VectorXd>& offset)
      : design_(design), y_(y), options_(options), weights_(weights), offset_(offset) {
    penalty_ = Eigen::VectorXd::Constant(design.cols(), options.ridge);
    if (design.cols() > 0 && (design.col(0).array() == 1).all()) penalty_(0) = 0;
    b_ = Eigen::VectorXd::Zero(design.cols());
    start();
    deviance_ = objective(b_);
  }

  Status run(int& iterations) {
    for (iterations = 1; iterations <= options_.max_iterations; ++iterations) {
      const double before = deviance_;
      if (!step()) return Status::MaxIterations;
      if (std::abs(before - deviance_) <= options_.tolerance * (std::abs(deviance_) + 0.1)) return Status::Ok;
    }
    iterations = options_.max_iterations;
    return Status::MaxIterations;
  }

  [[nodiscard]] const Eigen::VectorXd& coefficients() const { return b_; }
  [[nodiscard]] double deviance() const { return deviance_; }
  [[nodiscard]] Eigen::VectorXd predictor(const Eigen::VectorXd& b) const {
    Eigen::VectorXd eta = design_ * b;
    if (offset_.size() != 0) eta += offset_;
    return eta;
  }
  /// Inverse of the expected information.
  [[nodiscard]] Eigen::MatrixXd bread() const {
    const Eigen::LLT<Eigen::MatrixXd> factor(information(predictor(b_)));
    return factor.solve(Eigen::MatrixXd::Identity(b_.size(), b_.size()));
  }

 private:
  [[nodiscard]] double weight(Eigen::Index i) const { return weights_.size() == 0 ? 1 : weights_(i); }

  /// An intercept at the overall mean saves steps and keeps Poisson from overflowing.
  void start() {
    if (design_.cols() == 0 || !(design_.col(0).array() == 1).all() || offset_.size() != 0) return;
    const double total = weights_.size() == 0 ? static_cast<double>(y_.size()) : weights_.sum();
    const double mean = (weights_.size() == 0 ? y_.sum() : weights_.dot(y_)) / total;
    if (options_.family == GlmFamily::Poisson) {
      if (mean > 0) b_(0) = std::log(mean);
    } else if (mean > 0 && mean < 1) {
      b_(0) = options_.family == GlmFamily::Logistic ? std::log(mean / (1 - mean)) : normal_quantile(mean);
    }
  }

  [[nodiscard]] double objective(const Eigen::VectorXd& b) const {
    const Eigen::VectorXd eta = predictor(b);
    double sum = 0;
    for (Eigen::Index i = 0; i < y_.size(); ++i) {
      if (weight(i) > 0) sum += weight(i) * deviance_of(options_.family, y_(i), at(options_.family, eta(i)).mean);
    }
    return sum + b.cwiseAbs2().dot(penalty_);
  }

  [[nodiscard]] Eigen::MatrixXd information(const Eigen::VectorXd& eta) const {
    Eigen::VectorXd working(eta.size());
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      const Local local = at(options_.family, eta(i));
      working(i) = weight(i) * local.slope * local.slope / std::max(local.variance, 1e-300);
    }
    Eigen::MatrixXd matrix = design_.transpose() * (working.asDiagonal() * design_);
    matrix.diagonal() += penalty_;
    return matrix;
  }

  [[nodiscard]] Eigen::VectorXd score(const Eigen::VectorXd& eta) const {
    Eigen::VectorXd residual(eta.size());
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      const Local local = at(options_.family, eta(i));
      residual(i) = weight(i) * (y_(i) - local.mean) * local.slope / std::max(local.variance, 1e-300);
    }
    return design_.transpose() * residual - penalty_.cwiseProduct(b_);
  }

  /// One Newton step, halved until the objective does not rise. False: no step helps.
  bool step() {
    const Eigen::VectorXd eta = predictor(b_);
    const Eigen::LDLT<Eigen::MatrixXd> factor(information(eta));
    Eigen::VectorXd direction = factor.solve(score(eta));
    if (!direction.allFinite()) return false;
    for (int halving = 0; halving < 40; ++halving, direction /= 2) {
      const Eigen::VectorXd candidate = b_ + direction;
      const double value = objective(candidate);
      if (std::isfinite(value) && value <= deviance_ * (1 + 1e-14) + 1e-14) {
        b_ = candidate;
        deviance_ = value;
        return true;
      }
    }
    return false;
  }

  const Eigen::Ref<const Eigen::MatrixXd>& design_;
  const Eigen::Ref<const Eigen::VectorXd>& y_;
  const GlmOptions& options_;
  const Eigen::Ref<const Eigen::VectorXd>& weights_;
  const Eigen::Ref<const Eigen::VectorXd>& offset_;
  Eigen::VectorXd penalty_;
  Eigen::VectorXd b_;
  double deviance_ = 0;
};

}  // namespace

Eigen::VectorXd glm_mean(GlmFamily family, const Eigen::Ref<const Eigen::VectorXd>& eta) {
  return eta.unaryExpr([family](double value) { return at(family, value).mean; });
}

GlmFit fit_glm(const Eigen::Ref<const Eigen::MatrixXd>& design, const Eigen::Ref<const Eigen::VectorXd>& y,
               const GlmOptions& options, const Eigen::Ref<const Eigen::VectorXd>& weights,
               const Eigen::Ref<const Eigen::VectorXd>& offset) {
  validate(options, "fit_glm");
  if (y.size() != design.rows() || (weights.size() != 0 && weights.size() != y.size()) ||
      (offset.size() != 0 && offset.size() != y.size())) {
    throw InvalidArgument(fmt::format("fit_glm: the design has {} rows, y {}, weights {} and offset {}", design.rows(),
                                      y.size(), weights.size(), offset.size()));
  }
  check_outcomes(y, options.family);
  GlmFit fit;
  fit.family = options.family;
  fit.columns = independent_columns(design, weights);
  const std::vector<int>& kept = fit.columns.kept;
  const Eigen::Index rows = weights.size() == 0 ? y.size() : (weights.array() > 0).count();
  if (rows < std::ssize(kept) || kept.empty()) {
    throw DataError(fmt::format("a regression with {} coefficients needs at least as many rows; there are {}",
                                design.cols(), rows));
  }
  const Eigen::MatrixXd taken = design(Eigen::all, kept);
  const Eigen::Ref<const Eigen::MatrixXd> taken_ref(taken);
  Newton newton(taken_ref, y, options, weights, offset);
  fit.status = newton.run(fit.iterations);
  fit.deviance = newton.deviance();
  fit.coefficients = Eigen::VectorXd::Zero(design.cols());
  fit.coefficients(kept) = newton.coefficients();
  fit.bread = Eigen::MatrixXd::Zero(design.cols(), design.cols());
  fit.bread(kept, kept) = newton.bread();
  fit.mean = glm_mean(options.family, newton.predictor(newton.coefficients()));
  if (options.family != GlmFamily::Poisson) {
    fit.extreme_rows = (fit.mean.array().min(1 - fit.mean.array()) < 1e-8).count();
  }
  return fit;
}

}  // namespace causal::estimation
