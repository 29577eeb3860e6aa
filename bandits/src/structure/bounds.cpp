#include "causal/bandits/structure/bounds.hpp"

#include <cmath>
#include <string>

#include "causal/run/error.hpp"
#include "small_matrix.hpp"

namespace causal::bandits {
namespace {

// x^T M x and x restricted to the parents of a fit.
Eigen::VectorXd restrict_to(const ColumnFit& fit, const Eigen::VectorXd& all) {
  Eigen::VectorXd part(static_cast<Eigen::Index>(fit.parents.size()));
  for (std::size_t k = 0; k < fit.parents.size(); ++k) part(static_cast<Eigen::Index>(k)) = all(fit.parents[k]);
  return part;
}

double quadratic(const Eigen::MatrixXd& matrix, const Eigen::VectorXd& x) {
  return x.size() == 0 ? 0.0 : x.dot(Eigen::VectorXd(matrix * x));
}

}  // namespace

SpectralBound spectral_bound(int n, double sum_of_eigenvalues, double largest_eigenvalue, double delta) {
  if (n < 1) throw InvalidArgument("spectral_bound", "n", std::to_string(n), "be at least 1");
  if (!(delta > 0 && delta < 1)) {
    throw InvalidArgument("spectral_bound", "delta", std::to_string(delta), "lie in (0, 1)");
  }
  if (!(largest_eigenvalue >= 0 && sum_of_eigenvalues >= largest_eigenvalue)) {
    throw InvalidArgument("spectral_bound", "largest_eigenvalue", std::to_string(largest_eigenvalue),
                          "lie in [0, sum_of_eigenvalues]");
  }
  const double p = n;
  const double log_term = std::log(2 * p / delta);
  const double v = std::sqrt(p * (p + 2)) * sum_of_eigenvalues;
  const double r = 0.5 * std::sqrt((p + 2) * largest_eigenvalue);
  SpectralBound bound;
  bound.always = r * log_term + std::sqrt(r * r * log_term * log_term + 2 * v * log_term);
  bound.square_root = 2 * std::pow(p * p + 2 * p, 0.25) * std::sqrt(log_term * sum_of_eigenvalues);
  bound.root_valid = std::sqrt((p + 2) / p) * log_term * largest_eigenvalue <= sum_of_eigenvalues;
  return bound;
}

double mean_norm_bound(double mean_hat_norm, double total_effects_norm, double xi) {
  const double room = 1 - total_effects_norm * xi;
  return room > 0 ? mean_hat_norm / room : std::numeric_limits<double>::infinity();
}

std::optional<ActionModel> action_model(const LinearArms& arms, const Action& action) {
  if (arms.has_order()) return ActionModel{means(arms, action), flow(arms, action)};
  require_action("action_model", action, arms.n());
  const int n = arms.n();
  Eigen::MatrixXd system(n, n);  // I - W
  Eigen::VectorXd offset(n);
  for (int j = 0; j < n; ++j) {
    const int bit = action[static_cast<std::size_t>(j)];
    system.col(j) = -arms.weights(bit).col(j);
    system(j, j) = 1;
    offset(j) = arms.offset(bit, j);
  }
  Eigen::VectorXd reward = Eigen::VectorXd::Unit(n, arms.reward());
  // (I - W) flow = e_reward and (I - W)^T mean = offset.
  if (!solve_both(system, reward, offset)) return std::nullopt;
  return ActionModel{std::move(offset), std::move(reward)};
}

ActionWidth::ActionWidth(const ArmEstimates& estimates, const ArmStatistics& statistics, const WidthOptions& options)
    : estimates_(estimates), options_(options) {
  validate(options, "ActionWidth");
  if (options.kind != WidthKind::Recursive) return;
  require_order("ActionWidth", estimates.arms);
  const double n = estimates.arms.n();
  for (const int bit : {0, 1}) {
    const auto b = static_cast<std::size_t>(bit);
    for (int j = 0; j < estimates.arms.n(); ++j) {
      const ColumnFit& fit = estimates.columns[b][static_cast<std::size_t>(j)];
      const auto p = static_cast<Eigen::Index>(fit.parents.size());
      Eigen::MatrixXd v = options.ridge * Eigen::MatrixXd::Identity(p, p);
      for (Eigen::Index x = 0; x < p; ++x) {
        for (Eigen::Index y = 0; y < p; ++y) {
          v(x, y) += statistics.column(bit, j).gram()(fit.parents[static_cast<std::size_t>(x)],
                                                      fit.parents[static_cast<std::size_t>(y)]);
        }
      }
      Ellipsoid& ellipsoid = ellipsoids_[b].emplace_back();
      double log_det = 0;
      if (p > 0) {
        ellipsoid.largest = 1 / eigenvalue_range(v).first;
        CAUSAL_ASSERT(cholesky_in_place(v));  // at least the ridge
        ellipsoid.inverse = inverse_from_cholesky(v);
        for (Eigen::Index x = 0; x < p; ++x) log_det += 2 * std::log(v(x, x));
        log_det -= static_cast<double>(p) * std::log(options.ridge);
      }
      ellipsoid.radius = std::sqrt(fit.noise_variance) * std::sqrt(2 * std::log(2 * n / options.delta) + log_det) +
                         std::sqrt(options.ridge) * options.weight_norm;
    }
  }
}

double ActionWidth::operator()(const Action& action, const ActionModel& model) const {
  switch (options_.kind) {
    case WidthKind::Spectral:
      return spectral(action, model);
    case WidthKind::Delta:
      return delta(action, model);
    case WidthKind::Recursive:
      return recursive(action, model);
  }
  return 0;
}

double ActionWidth::spectral(const Action& action, const ActionModel& model) const {
  double sum = 0;
  for (std::size_t j = 0; j < action.size(); ++j) {
    const ColumnFit& fit = estimates_.columns[action[j]][j];
    const auto p = static_cast<double>(fit.parents.size());
    sum += std::sqrt(p * (p + 2)) * fit.largest_eigenvalue;
  }
  const double log_term = std::log(2 * static_cast<double>(action.size()) / options_.delta);
  return model.flow.norm() * model.mean.norm() * std::sqrt(4 * log_term * sum);
}

// The errors of different columns are independent, and that of the mean reward is sum_n f_n (error of column n)^T mu to
// first order.
double ActionWidth::delta(const Action& action, const ActionModel& model) const {
  double variance = 0;
  for (std::size_t j = 0; j < action.size(); ++j) {
    const double f = model.flow(static_cast<Eigen::Index>(j));
    if (f == 0) continue;
    const ColumnFit& fit = estimates_.columns[action[j]][j];
    variance += f * f * quadratic(fit.covariance, restrict_to(fit, model.mean));
  }
  return options_.z * std::sqrt(variance);
}

// b'mu - b_hat'mu_hat = (b - b_hat)'mu_hat + b_hat'(mu - mu_hat) + (b - b_hat)'(mu - mu_hat), each bounded in turn.
double ActionWidth::recursive(const Action& action, const ActionModel& model) const {
  Eigen::VectorXd width = Eigen::VectorXd::Zero(estimates_.arms.n());
  for (const int j : estimates_.arms.order()) {
    const auto s = static_cast<std::size_t>(j);
    const ColumnFit& fit = estimates_.columns[action[s]][s];
    if (fit.parents.empty()) continue;
    const Ellipsoid& ellipsoid = ellipsoids_[action[s]][s];
    const Eigen::VectorXd below = restrict_to(fit, width);
    width(j) = fit.weights.cwiseAbs().dot(below) +
               ellipsoid.radius * std::sqrt(quadratic(ellipsoid.inverse, restrict_to(fit, model.mean))) +
               ellipsoid.radius * std::sqrt(ellipsoid.largest) * below.norm();
  }
  return width(estimates_.arms.reward());
}

}  // namespace causal::bandits
