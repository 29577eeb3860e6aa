#include <Eigen/Eigenvalues>
#include <limits>

#include "causal/run/error.hpp"
#include "causal/scm/counterfactual.hpp"
#include "counterfactual_parts.hpp"

namespace causal {
namespace {

LinearForm gaussian_form(const Scm& model) {
  auto form = model.linear_form();
  if (!form || !form->gaussian) {
    throw InvalidArgument("counterfactual_gaussian: a mechanism is not linear with Gaussian noise");
  }
  return *form;
}

// S^+ r for symmetric S >= 0, and whether r lies in its range.
struct Solved {
  Eigen::MatrixXd inverse;
  bool in_range;
};

Solved pseudo_inverse(const Eigen::MatrixXd& S, const Eigen::VectorXd& r) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(S);
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double tolerance = static_cast<double>(S.rows()) * std::numeric_limits<double>::epsilon() *
                           std::max(values.cwiseAbs().maxCoeff(), std::numeric_limits<double>::min());
  Eigen::VectorXd inverted = Eigen::VectorXd::Zero(values.size());
  double outside = 0;
  const Eigen::VectorXd along = solver.eigenvectors().transpose() * r;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (values[i] > tolerance) {
      inverted[i] = 1 / values[i];
    } else {
      outside = std::max(outside, std::abs(along[i]));
    }
  }
  // Evidence is written in decimals: equality up to rounding.
  const bool in_range = outside <= 1e-9 * std::max(1.0, r.cwiseAbs().maxCoeff());
  return {solver.eigenvectors() * inverted.asDiagonal() * solver.eigenvectors().transpose(), in_range};
}

}  // namespace

std::variant<GaussianCounterfactual, NoCounterfactual> counterfactual_gaussian(
    const Scm& model, const std::vector<Observation>& evidence, const std::vector<Intervention>& interventions) {
  const LinearForm before = gaussian_form(model);
  const Scm surgered = intervene(model, interventions);
  const LinearForm after = gaussian_form(surgered);
  const auto seen = detail::observed_values("counterfactual_gaussian", model, evidence);
  const auto k = static_cast<Eigen::Index>(evidence.size());

  // Abduction: e | x_E ~ N(K r, Omega - K M_E Omega) with K = Omega M_E^T (M_E Omega M_E^T)^+ and r = x_E - mean_E.
  Eigen::VectorXd noise_mean = Eigen::VectorXd::Zero(model.n());
  Eigen::MatrixXd noise_covariance = before.noise_covariance;
  if (k > 0) {
    Eigen::MatrixXd rows(k, model.n());
    Eigen::VectorXd residual(k);
    const Eigen::VectorXd mean = before.mean();
    for (Eigen::Index i = 0; i < k; ++i) {
      const Observation& one = evidence[static_cast<std::size_t>(i)];
      rows.row(i) = before.effects.row(one.node);
      residual[i] = one.value - mean[one.node];
    }
    const Eigen::MatrixXd spread = before.noise_covariance * rows.transpose();
    const Solved solved = pseudo_inverse(rows * spread, residual);
    if (!solved.in_range) {
      return NoCounterfactual{Refusal::ZeroSupport, -1, "the evidence lies outside the support of the model"};
    }
    const Eigen::MatrixXd gain = spread * solved.inverse;
    noise_mean = gain * residual;
    noise_covariance -= gain * spread.transpose();
  }
  // Action: noise that an intervention brought with it knows nothing of the evidence.
  for (NodeId v = 0; v < model.n(); ++v) {
    if (!surgered.has_fresh_noise(v)) continue;
    noise_mean[v] = 0;
    noise_covariance.row(v).setZero();
    noise_covariance.col(v).setZero();
    noise_covariance(v, v) = after.noise_covariance(v, v);
  }
  // Prediction.
  const Eigen::MatrixXd covariance = after.effects * noise_covariance * after.effects.transpose();
  return GaussianCounterfactual{after.effects * (after.intercepts + noise_mean),
                                0.5 * (covariance + covariance.transpose())};
}

}  // namespace causal
