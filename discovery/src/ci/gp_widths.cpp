#include "ci/gp_widths.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "causal/math/optimize.hpp"
#include "causal/run/error.hpp"
#include "ci/positive_definite.hpp"

namespace causal::discovery::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Added to the noise so that rows with equal inputs leave the covariance positive definite at the lowest noise.
constexpr double kJitter = 1e-10;

/// Derivatives are sums over all n m cells of the targets; below this share of n m they are 0 for every purpose: the
/// logarithms of the parameters are then within about 1e-7 of the optimum.
constexpr double kGradientTolerancePerCell = 1e-7;

/// Lower triangle of exp(-sum_j (a_j - b_j)^2 / (2 lengths_j^2)); the rest of `out` is left alone.
void write_squared_exponential(const MatrixXd& quantities, const VectorXd& lengths, MatrixXd& out) {
  const Index n = out.rows();
  for (Index c = 0; c < n; ++c) {
    auto column = out.col(c).tail(n - c).array();
    column.setZero();
    for (Index j = 0; j < quantities.cols(); ++j) {
      const double scale = -0.5 / (lengths[j] * lengths[j]);
      column += scale * (quantities.col(j).tail(n - c).array() - quantities(c, j)).square();
    }
    column = column.exp();
  }
}

void write_signal_kernel(const GpInputs& inputs, const GpParameters& at, MatrixXd& out) {
  write_squared_exponential(inputs.quantities, at.lengths, out);
  const Index n = out.rows();
  for (Index c = 0; c < n; ++c) {
    auto column = out.col(c).tail(n - c).array();
    column *= at.signal_variance;
    if (inputs.factor != nullptr) column *= inputs.factor->col(c).tail(n - c).array();
  }
}

VectorXd logs_of(const GpParameters& at) {
  const Index d = at.lengths.size();
  VectorXd logs(d + 2);
  logs.head(d) = at.lengths.array().log();
  logs[d] = std::log(at.signal_variance);
  logs[d + 1] = std::log(at.noise_variance);
  return logs;
}

GpParameters from_logs(const VectorXd& logs) {
  const Index d = logs.size() - 2;
  return {logs.head(d).array().exp(), std::exp(logs[d]), std::exp(logs[d + 1])};
}

/// Eigenvalues ascending, as Eigen returns them: how many of the last to keep.
Index leading_count(const VectorXd& eigenvalues, Index max_count, double relative_threshold) {
  const double largest = eigenvalues.size() > 0 ? eigenvalues[eigenvalues.size() - 1] : 0;
  if (!(largest > 0)) return 0;
  return std::min<Index>(max_count, (eigenvalues.array() > relative_threshold * largest).count());
}

}  // namespace

MatrixXd squared_exponential(const MatrixXd& quantities, const VectorXd& lengths) {
  CAUSAL_ASSERT(lengths.size() == quantities.cols());
  MatrixXd kernel(quantities.rows(), quantities.rows());
  write_squared_exponential(quantities, lengths, kernel);
  kernel.triangularView<Eigen::StrictlyUpper>() = kernel.transpose();
  return kernel;
}

MatrixXd signal_kernel(const GpInputs& inputs, const GpParameters& parameters) {
  CAUSAL_ASSERT(parameters.lengths.size() == inputs.quantities.cols());
  MatrixXd kernel(inputs.quantities.rows(), inputs.quantities.rows());
  write_signal_kernel(inputs, parameters, kernel);
  kernel.triangularView<Eigen::StrictlyUpper>() = kernel.transpose();
  return kernel;
}

GpLikelihood::GpLikelihood(const GpInputs& inputs, const MatrixXd& targets)
    : inputs_(inputs), targets_(targets), signal_(targets.rows(), targets.rows()) {
  const Index n = targets.rows();
  CAUSAL_ASSERT(inputs.quantities.rows() == n);
  CAUSAL_ASSERT(inputs.factor == nullptr || (inputs.factor->rows() == n && inputs.factor->cols() == n));
}

double GpLikelihood::operator()(const GpParameters& at, VectorXd& gradient) {
  CAUSAL_ASSERT(at.lengths.size() == inputs_.quantities.cols());
  const auto n = static_cast<double>(targets_.rows()), m = static_cast<double>(targets_.cols());
  write_signal_kernel(inputs_, at, signal_);
  inverse_ = signal_;
  inverse_.diagonal().array() += at.noise_variance + kJitter;
  const auto log_determinant = invert_lower_in_place(inverse_);
  if (!log_determinant) return std::numeric_limits<double>::quiet_NaN();

  solutions_.noalias() = inverse_.selfadjointView<Eigen::Lower>() * targets_;
  const double fit = targets_.cwiseProduct(solutions_).sum();
  const double value = 0.5 * (fit + m * *log_determinant + m * n * std::log(2 * std::numbers::pi));
  differentiate(at, gradient);
  return value;
}

void GpLikelihood::differentiate(const GpParameters& at, VectorXd& gradient) {
  // With A = K^-1 targets and G = m K^-1 - A A' the derivative along dK is sum(G o dK) / 2, which is the sum over the
  // lower triangle with half of the diagonal.
  inverse_.triangularView<Eigen::Lower>() *= static_cast<double>(targets_.cols());
  inverse_.selfadjointView<Eigen::Lower>().rankUpdate(solutions_, -1);
  const Index n = targets_.rows(), d = at.lengths.size();
  gradient.setZero(d + 2);
  gradient[d + 1] = 0.5 * at.noise_variance * inverse_.trace();
  inverse_.diagonal() *= 0.5;
  for (Index c = 0; c < n; ++c) {
    auto weight = signal_.col(c).tail(n - c).array();
    weight *= inverse_.col(c).tail(n - c).array();
    gradient[d] += weight.sum();
    for (Index j = 0; j < d; ++j) {
      const auto& x = inputs_.quantities;
      gradient[j] += (weight * (x.col(j).tail(n - c).array() - x(c, j)).square()).sum();
    }
  }
  gradient.head(d).array() /= at.lengths.array().square();
}

GpFit fit_gp(const GpInputs& inputs, const MatrixXd& targets, const GpParameters& start, const GpBounds& bounds,
             int max_evaluations) {
  const Index d = inputs.quantities.cols();
  CAUSAL_ASSERT(start.lengths.size() == d);
  if (!optimizer_available()) {
    throw Error("kernel widths cannot be learned: this build has no optimiser", "",
                "use fixed widths, or install Ceres and build with CAUSAL_WITH_CERES=ON");
  }
  if (targets.size() == 0) return {.parameters = start, .status = Status::Degenerate};

  VectorXd lower(d + 2), upper(d + 2);
  lower << VectorXd::Constant(d, bounds.length_low), bounds.signal_low, bounds.noise_low;
  upper << VectorXd::Constant(d, bounds.length_high), bounds.signal_high, bounds.noise_high;
  GpLikelihood likelihood(inputs, targets);
  const ObjectiveFn objective = [&likelihood](const VectorXd& logs, VectorXd& gradient) {
    return likelihood(from_logs(logs), gradient);
  };
  const MinimizeResult found =
      minimize(objective, logs_of(start), lower.array().log(), upper.array().log(),
               {.max_iterations = max_evaluations,
                .max_evaluations = max_evaluations,
                .gradient_tolerance = kGradientTolerancePerCell * static_cast<double>(targets.size())});
  return {from_logs(found.x), found.value, found.evaluations, found.status};
}

MatrixXd scaled_eigenvectors(const MatrixXd& K, Index max_count, double relative_threshold) {
  const Index n = K.rows();
  CAUSAL_ASSERT(K.cols() == n);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(K);
  const VectorXd& values = eigen.eigenvalues();
  const Index count = leading_count(values, max_count, relative_threshold);
  if (count == 0) return MatrixXd(n, 0);
  const VectorXd scale = 2 * (static_cast<double>(n) * values.tail(count) / values[n - 1]).cwiseSqrt();
  return eigen.eigenvectors().rightCols(count) * scale.asDiagonal();
}

MatrixXd scaled_eigenvectors_of_factor(const MatrixXd& F, Index max_count, double relative_threshold) {
  // F'F has the eigenvalues of F F', and F takes its eigenvectors w_k to sqrt(e_k) u_k.
  const MatrixXd gram = F.transpose() * F;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(gram);
  const VectorXd& values = eigen.eigenvalues();
  const Index count = leading_count(values, max_count, relative_threshold);
  if (count == 0) return MatrixXd(F.rows(), 0);
  const double scale = 2 * std::sqrt(static_cast<double>(F.rows()) / values[values.size() - 1]);
  return F * eigen.eigenvectors().rightCols(count) * scale;
}

ConditioningKernel learn_conditioning_kernel(const MatrixXd& K, const GpInputs& Z,
                                             const ConditioningKernelOptions& options) {
  const auto share = static_cast<Index>(std::floor(options.max_targets_share * static_cast<double>(K.rows())));
  const MatrixXd targets = scaled_eigenvectors(K, std::min(options.max_targets, share), options.relative_threshold);
  const GpParameters start{VectorXd::Constant(Z.quantities.cols(), options.start_length)};
  GpFit fit = fit_gp(Z, targets, start, options.bounds, options.max_evaluations);
  return {signal_kernel(Z, fit.parameters), fit.parameters.noise_variance, std::move(fit)};
}

}  // namespace causal::discovery::detail
