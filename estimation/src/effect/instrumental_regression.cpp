#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "causal/estimation/effect/iv.hpp"
#include "causal/run/error.hpp"
#include "effect/partialled_out.hpp"

// With everything partialled out: P projects on the instruments, M = I - P,
//   b = (D' (I - kappa M) D)^-1 D' (I - kappa M) y,
// kappa = 1 for two-stage least squares and for LIML the least kappa with det([y D]' (I - kappa M) [y D]) = 0.

namespace causal::estimation {
namespace {

/// NaN where the residual variance of [y D] given the instruments is singular.
double liml_kappa(const PartialledOut& problem) {
  Eigen::MatrixXd both(problem.y.size(), problem.D.cols() + 1);
  both << problem.y, problem.D;
  const Eigen::MatrixXd left = both - problem.instruments * (problem.instruments.transpose() * both);
  const Eigen::MatrixXd whole_products = both.transpose() * both;
  const Eigen::MatrixXd left_products = left.transpose() * left;
  const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> solver(whole_products, left_products,
                                                                         Eigen::EigenvaluesOnly | Eigen::Ax_lBx);
  return solver.info() == Eigen::Success ? solver.eigenvalues()(0) : std::nan("");
}

/// Sargan's statistic or, with moments of unequal variance, Hansen's J at the two-step GMM estimate.
double overidentification(const PartialledOut& problem, const Eigen::VectorXd& residuals, CovarianceKind kind,
                          std::span<const int> clusters) {
  if (kind == CovarianceKind::Classic) {
    return problem.rows * (problem.instruments.transpose() * residuals).squaredNorm() / residuals.squaredNorm();
  }
  const Eigen::MatrixXd scores = residuals.asDiagonal() * problem.instruments;
  // J is compared with its limit: no factor for small samples but that of few clusters.
  const CovarianceKind plain = kind == CovarianceKind::Cluster ? kind : CovarianceKind::Hc0;
  const Eigen::MatrixXd moments = score_products(scores, plain, clusters, 2, 1);
  const Eigen::PartialPivLU<Eigen::MatrixXd> weight(moments);
  const Eigen::MatrixXd zd = problem.instruments.transpose() * problem.D;
  const Eigen::VectorXd zy = problem.instruments.transpose() * problem.y;
  const Eigen::MatrixXd weighted = weight.solve(zd);
  const Eigen::VectorXd b = (weighted.transpose() * zd).partialPivLu().solve(weighted.transpose() * zy);
  const Eigen::VectorXd g = zy - zd * b;
  return g.dot(weight.solve(g));
}

void add_overidentification(const PartialledOut& problem, const Eigen::VectorXd& residuals, CovarianceKind kind,
                            std::span<const int> clusters, InstrumentalFit& fit) {
  fit.overidentification_dof = fit.instruments_used - static_cast<int>(problem.D.cols());
  if (fit.overidentification_dof == 0) return;
  fit.overidentification = overidentification(problem, residuals, kind, clusters);
}

bool is_degenerate(const PartialledOut& problem, const Eigen::MatrixXd& moved) {
  if (std::find(problem.explained.begin(), problem.explained.end(), true) != problem.explained.end()) return true;
  const Eigen::VectorXd lengths = problem.D.colwise().norm();
  const Eigen::MatrixXd scaled = moved * lengths.cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(scaled.transpose() * scaled, Eigen::EigenvaluesOnly);
  return !(solver.eigenvalues()(0) > 1e-18);
}

}  // namespace

InstrumentalFit instrumental_regression(const Eigen::Ref<const Eigen::VectorXd>& y,
                                        const Eigen::Ref<const Eigen::MatrixXd>& D,
                                        const Eigen::Ref<const Eigen::MatrixXd>& X,
                                        const Eigen::Ref<const Eigen::MatrixXd>& Z, IvEstimator estimator,
                                        CovarianceKind covariance, const Eigen::Ref<const Eigen::VectorXd>& weights,
                                        std::span<const int> clusters) {
  if (estimator == IvEstimator::Wald) {
    throw InvalidArgument("instrumental_regression", "estimator", "wald", "be two_stage or liml");
  }
  if (!clusters.empty() && std::ssize(clusters) != y.size()) {
    throw InvalidArgument("instrumental_regression", "clusters", fmt::format("{} numbers", clusters.size()),
                          fmt::format("give one for each of {} rows", y.size()));
  }
  const CovarianceKind kind = instrumental_covariance(covariance, clusters, "instrumental_regression");
  const PartialledOut problem = partial_out(y, D, X, Z, weights);
  InstrumentalFit fit;
  fit.instruments_used = static_cast<int>(problem.instruments.cols());
  fit.aliased_instruments = problem.aliased;
  fit.dof = problem.rows - problem.exogenous - static_cast<double>(D.cols());
  const Eigen::MatrixXd projected = problem.projected();
  if (is_degenerate(problem, projected)) {
    fit.status = Status::Degenerate;
    return fit;
  }
  const bool is_exact = fit.instruments_used == D.cols();
  fit.kappa = estimator == IvEstimator::Liml && !is_exact ? liml_kappa(problem) : 1.0;
  const Eigen::MatrixXd instrument = problem.D - fit.kappa * (problem.D - projected);
  const Eigen::MatrixXd bread = (instrument.transpose() * problem.D).inverse();
  fit.endogenous = bread * (instrument.transpose() * problem.y);
  if (!fit.endogenous.allFinite()) {
    fit.status = Status::Degenerate;
    return fit;
  }
  const Eigen::VectorXd residuals = problem.y - problem.D * fit.endogenous;
  const LeastSquaresFit exogenous = least_squares(X, y - D * fit.endogenous, weights);
  fit.exogenous = exogenous.coefficients;
  fit.residuals = exogenous.residuals;
  const Eigen::MatrixXd scores = residuals.asDiagonal() * instrument;
  fit.influence = static_cast<double>(y.size()) * scores * bread.transpose();
  if (kind == CovarianceKind::Classic) {
    fit.covariance = residuals.squaredNorm() / fit.dof * bread;
  } else {
    fit.covariance = bread * score_products(scores, kind, clusters, problem.rows, fit.dof) * bread.transpose();
  }
  add_overidentification(problem, residuals, kind, clusters, fit);
  return fit;
}

}  // namespace causal::estimation
