#include "effect/path_link.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace causal::estimation {
namespace {

constexpr int kNodes = 60;

/// Nodes and weights for the standard normal, by the eigenvectors of the Jacobi matrix (Golub and Welsch 1969).
struct NormalRule {
  Eigen::VectorXd nodes;
  Eigen::VectorXd weights;

  NormalRule() {
    Eigen::MatrixXd jacobi = Eigen::MatrixXd::Zero(kNodes, kNodes);
    for (int i = 1; i < kNodes; ++i) jacobi(i, i - 1) = jacobi(i - 1, i) = std::sqrt(static_cast<double>(i));
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(jacobi);
    nodes = solver.eigenvalues();
    weights = solver.eigenvectors().row(0).cwiseAbs2().transpose();
  }
};

const NormalRule& normal_rule() {
  static const NormalRule rule;
  return rule;
}

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }
double normal_below(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }
double logistic(double eta) { return 1 / (1 + std::exp(-eta)); }

SmoothedMean smoothed_logistic(double eta, double variance) {
  const NormalRule& rule = normal_rule();
  const double s = std::sqrt(variance);
  SmoothedMean mean;
  // By the heat equation the derivative by s^2 is half the second derivative by eta.
  for (int j = 0; j < kNodes; ++j) {
    const double p = logistic(eta + s * rule.nodes(j));
    mean.value += rule.weights(j) * p;
    mean.by_eta += rule.weights(j) * p * (1 - p);
    mean.by_variance += rule.weights(j) * p * (1 - p) * (1 - 2 * p) / 2;
  }
  return mean;
}

}  // namespace

SmoothedMean smoothed_mean(PathModelKind kind, double eta, double variance) {
  switch (kind) {
    case PathModelKind::Linear:
      return {eta, 1, 0};
    case PathModelKind::Probit: {
      const double q = std::sqrt(1 + variance);
      const double density = normal_density(eta / q);
      return {normal_below(eta / q), density / q, -density * eta / (2 * q * q * q)};
    }
    case PathModelKind::Poisson: {
      const double mean = std::exp(eta + variance / 2);
      return {mean, mean, mean / 2};
    }
    case PathModelKind::Logistic:
      break;
  }
  if (variance > 0) return smoothed_logistic(eta, variance);
  const double p = logistic(eta);
  return {p, p * (1 - p), 0};
}

double score_factor(PathModelKind kind, double eta) {
  if (kind != PathModelKind::Probit) return 1;
  const double variance = normal_below(eta) * normal_below(-eta);
  return normal_density(eta) / std::max(variance, 1e-300);
}

ValueChance value_chance(PathModelKind kind, double eta, int m) {
  if (kind == PathModelKind::Poisson) {
    const double rate = std::exp(eta);
    return {std::exp(m * eta - rate - std::lgamma(m + 1.0)), m - rate};
  }
  const double p = kind == PathModelKind::Probit ? normal_below(eta) : logistic(eta);
  return {m == 1 ? p : 1 - p, (m - p) * score_factor(kind, eta)};
}

int largest_value(PathModelKind kind, double eta) {
  if (kind != PathModelKind::Poisson) return 1;
  // The tail beyond rate + t is at most exp(-t^2 / (2 (rate + t / 3))) (Bernstein); t solves it for exp(-28).
  const double rate = std::exp(eta);
  const double third = 28.0 / 3;
  return static_cast<int>(std::ceil(rate + third + std::sqrt(third * third + 56 * rate)));
}

}  // namespace causal::estimation
