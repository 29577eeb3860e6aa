#include "causal/estimation/nuisance/penalised.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/run/parallel.hpp"
#include "quadratic_penalised.hpp"
#include "training_data.hpp"

// Everything is a sequence of quadratic problems 1/2 b'G b - c'b + lambda P(b): one for a mean, one a Newton step for
// a probability. A Newton step for the lasso works on the columns that matter; the others are looked at when it is
// done.

namespace causal::estimation {
namespace {

constexpr int kNewtonSteps = 100;
constexpr double kTolerance = 1e-10;

/// Columns of weighted mean 0 and variance 1.
struct Standardised {
  Eigen::MatrixXd Z;
  Eigen::VectorXd centre;
  Eigen::VectorXd scale;  // 0: a constant column, whose z is 0.
  Eigen::VectorXd share;  // Weights with sum 1.
};

Standardised standardise(const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::VectorXd>& weights) {
  Standardised result{X, Eigen::VectorXd(X.cols()), Eigen::VectorXd(X.cols()), weights / weights.sum()};
  for (Eigen::Index j = 0; j < X.cols(); ++j) {
    result.centre(j) = result.share.dot(X.col(j));
    result.Z.col(j).array() -= result.centre(j);
    const double scale = std::sqrt(result.share.dot(result.Z.col(j).cwiseAbs2()));
    const bool varies = scale > 1e-12 * X.col(j).cwiseAbs().maxCoeff();
    result.scale(j) = varies ? scale : 0;
    if (varies) {
      result.Z.col(j) /= scale;
    } else {
      result.Z.col(j).setZero();
    }
  }
  return result;
}

double softplus(double eta) { return std::max(eta, 0.0) + std::log1p(std::exp(-std::abs(eta))); }

double logistic(double eta) {
  const double e = std::exp(-std::abs(eta));
  return eta >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/// One path: the state is the last solution, in standardised columns.
class Path {
 public:
  Path(Penalty penalty, Target target, const Eigen::Ref<const Eigen::MatrixXd>& X,
       const Eigen::Ref<const Eigen::VectorXd>& y, const Eigen::Ref<const Eigen::VectorXd>& weights)
      : penalty_(penalty), data_(standardise(X, weights)), y_(y), b_(Eigen::VectorXd::Zero(X.cols())) {
    mean_ = data_.share.dot(y_);
    if (target == Target::Mean) {
      intercept_ = mean_;
      G_ = data_.Z.transpose() * (data_.share.asDiagonal() * data_.Z);
      c_ = data_.Z.transpose() * data_.share.cwiseProduct(Eigen::VectorXd(y_.array() - mean_));
      if (penalty == Penalty::Squares) spectrum_.compute(G_);
    } else {
      const double inside = std::clamp(mean_, 1e-6, 1 - 1e-6);
      intercept_ = std::log(inside / (1 - inside));
    }
  }

  bool fit_mean(double lambda) {
    if (penalty_ == Penalty::AbsoluteValues) return detail::solve_lasso(G_, c_, lambda, b_);
    // Directions without variance (a null eigenvalue) get nothing, also without a penalty.
    const double least = 1e-12 * std::max(spectrum_.eigenvalues().maxCoeff(), 1e-300);
    const Eigen::VectorXd rotated = spectrum_.eigenvectors().transpose() * c_;
    const Eigen::ArrayXd values = spectrum_.eigenvalues().array();
    b_ = spectrum_.eigenvectors() * Eigen::VectorXd((values > least).select(rotated.array() / (values + lambda), 0.0));
    return true;
  }

  bool fit_probability(double lambda) {
    double value = objective(intercept_, b_, lambda);
    for (int iteration = 0; iteration < kNewtonSteps; ++iteration) {
      const double before = value;
      double intercept = intercept_;
      Eigen::VectorXd b = b_;
      newton_target(lambda, intercept, b);
      const double moved = std::max(std::abs(intercept - intercept_), (b - b_).cwiseAbs().maxCoeff());
      double share = 1;
      for (int halving = 0; halving < 30; ++halving, share /= 2) {
        const double new_intercept = intercept_ + share * (intercept - intercept_);
        const Eigen::VectorXd new_b = share == 1 ? b : Eigen::VectorXd(b_ + share * (b - b_));
        value = objective(new_intercept, new_b, lambda);
        if (value > before + 1e-15 * std::abs(before)) continue;
        intercept_ = new_intercept;
        b_ = new_b;
        break;
      }
      if (moved <= kTolerance * (1 + b_.cwiseAbs().maxCoeff())) return true;
      if (value > before + 1e-15 * std::abs(before)) return moved <= 1e-6;
    }
    return false;
  }

  /// The solution for the columns as they came.
  void store(Eigen::Index at, PenalisedPath& path) const {
    double intercept = intercept_;
    for (Eigen::Index j = 0; j < b_.size(); ++j) {
      const double coefficient = data_.scale(j) > 0 ? b_(j) / data_.scale(j) : 0;
      path.coefficients(j, at) = coefficient;
      intercept -= coefficient * data_.centre(j);
    }
    path.intercepts(at) = intercept;
  }

 private:
  [[nodiscard]] Eigen::VectorXd predictor(double intercept, const Eigen::VectorXd& b) const {
    return (data_.Z * b).array() + intercept;
  }

  [[nodiscard]] double objective(double intercept, const Eigen::VectorXd& b, double lambda) const {
    const Eigen::VectorXd eta = predictor(intercept, b);
    double loss = 0;
    for (Eigen::Index i = 0; i < y_.size(); ++i) loss += data_.share(i) * (softplus(eta(i)) - y_(i) * eta(i));
    return loss + lambda * (penalty_ == Penalty::Squares ? b.squaredNorm() / 2 : b.lpNorm<1>());
  }

  /// The minimum of the quadratic that touches the loss here, plus the penalty. The intercept is the mean of the
  /// working responses once columns are centred by the working weights.
  void newton_target(double lambda, double& intercept, Eigen::VectorXd& b) const {
    const Eigen::VectorXd eta = predictor(intercept_, b_);
    Eigen::VectorXd working(eta.size());
    Eigen::VectorXd residual(eta.size());
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      const double p = logistic(eta(i));
      working(i) = data_.share(i) * std::max(p * (1 - p), 1e-10);
      residual(i) = data_.share(i) * (y_(i) - p);
    }
    const double total = working.sum();
    const Eigen::VectorXd gradient = data_.Z.transpose() * residual;
    const double centre = residual.sum() / total;
    std::vector<int> columns = candidates(gradient, lambda);
    for (;;) {
      const Eigen::MatrixXd Z = data_.Z(Eigen::all, columns);
      const Eigen::VectorXd means = Z.transpose() * working / total;
      Eigen::MatrixXd G = Z.transpose() * (working.asDiagonal() * Z);
      G -= total * means * means.transpose();
      Eigen::VectorXd part = b(columns);
      const Eigen::VectorXd start = b_(columns);
      const Eigen::VectorXd c = gradient(columns) - residual.sum() * means + G * start;
      if (penalty_ == Penalty::Squares) {
        G.diagonal().array() += lambda + 1e-14;
        part = G.ldlt().solve(c);
      } else {
        static_cast<void>(detail::solve_lasso(G, c, lambda, part));
      }
      b(columns) = part;
      intercept = intercept_ + centre - means.dot(part - start);
      if (penalty_ == Penalty::Squares || !add_violators(working, residual, intercept, b, lambda, columns)) return;
    }
  }

  [[nodiscard]] std::vector<int> candidates(const Eigen::VectorXd& gradient, double lambda) const {
    std::vector<int> columns;
    for (Eigen::Index j = 0; j < b_.size(); ++j) {
      if (penalty_ == Penalty::Squares || b_(j) != 0 || std::abs(gradient(j)) > 0.9 * lambda) {
        columns.push_back(static_cast<int>(j));
      }
    }
    return columns;
  }

  /// Columns left out whose slope is beyond the penalty at the solution for the others.
  bool add_violators(const Eigen::VectorXd& working, const Eigen::VectorXd& residual, double intercept,
                     const Eigen::VectorXd& b, double lambda, std::vector<int>& columns) const {
    if (std::ssize(columns) == b_.size()) return false;
    const Eigen::VectorXd moved = predictor(intercept - intercept_, b - b_);
    const Eigen::VectorXd slope = data_.Z.transpose() * Eigen::VectorXd(residual - working.cwiseProduct(moved));
    const std::size_t before = columns.size();
    for (Eigen::Index j = 0; j < b.size(); ++j) {
      const int column = static_cast<int>(j);
      const bool has =
          std::binary_search(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(before), column);
      if (!has && std::abs(slope(j)) > lambda * (1 + 1e-10)) columns.push_back(column);
    }
    if (columns.size() == before) return false;
    std::sort(columns.begin(), columns.end());
    return true;
  }

  Penalty penalty_;
  Standardised data_;
  Eigen::VectorXd y_;
  double mean_ = 0;
  double intercept_ = 0;
  Eigen::VectorXd b_;
  Eigen::MatrixXd G_;
  Eigen::VectorXd c_;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrum_;
};

}  // namespace

PenalisedPath fit_penalised_path(Penalty penalty, Target target, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                 const Eigen::Ref<const Eigen::VectorXd>& y,
                                 const Eigen::Ref<const Eigen::VectorXd>& weights, const std::vector<double>& lambdas) {
  Path path(penalty, target, X, y, weights);
  PenalisedPath result;
  result.intercepts.resize(std::ssize(lambdas));
  result.coefficients.resize(X.cols(), std::ssize(lambdas));
  for (std::size_t l = 0; l < lambdas.size(); ++l) {
    const bool converged = target == Target::Mean ? path.fit_mean(lambdas[l]) : path.fit_probability(lambdas[l]);
    if (!converged) result.status = Status::MaxIterations;
    path.store(static_cast<Eigen::Index>(l), result);
  }
  return result;
}

std::vector<double> penalty_grid(Penalty penalty, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                 const Eigen::Ref<const Eigen::VectorXd>& y,
                                 const Eigen::Ref<const Eigen::VectorXd>& weights, int steps) {
  double high = 100;
  double ratio = 1e-8;
  if (penalty == Penalty::AbsoluteValues) {
    const Standardised data = standardise(X, weights);
    const Eigen::VectorXd centred = y.array() - data.share.dot(y);
    high = (data.Z.transpose() * data.share.cwiseProduct(centred)).cwiseAbs().maxCoeff();
    if (!(high > 0)) high = 1;
    ratio = X.cols() < X.rows() ? 1e-3 : 1e-2;
  }
  std::vector<double> lambdas;
  for (int step = 0; step < steps; ++step) lambdas.push_back(high * std::pow(ratio, step / (steps - 1.0)));
  return lambdas;
}

PenaltyChoice choose_penalty(Penalty penalty, const Eigen::Ref<const Eigen::MatrixXd>& X,
                             const Eigen::Ref<const Eigen::VectorXd>& y,
                             const Eigen::Ref<const Eigen::VectorXd>& weights, std::vector<double> lambdas,
                             LambdaRule rule, int folds, const FitContext& context) {
  const std::vector<int> strata = detail::outcome_strata(y, context.target);
  const Folds parts = make_folds(X.rows(), folds, strata, {}, detail::inner_seed(context, 0));
  const auto count = std::ssize(lambdas);
  Eigen::MatrixXd losses(count, folds);
  Eigen::VectorXd totals(folds);
  parallel_for(folds, context.threads, [&](std::int64_t fold) {
    std::vector<Eigen::Index> rows;
    std::vector<Eigen::Index> held_out;
    for (std::size_t i = 0; i < parts.of.size(); ++i) {
      (parts.of[i] == fold ? held_out : rows).push_back(static_cast<Eigen::Index>(i));
    }
    const PenalisedPath path = fit_penalised_path(penalty, context.target, Eigen::MatrixXd(X(rows, Eigen::all)),
                                                  Eigen::VectorXd(y(rows)), Eigen::VectorXd(weights(rows)), lambdas);
    Eigen::MatrixXd eta = Eigen::MatrixXd(X(held_out, Eigen::all)) * path.coefficients;
    eta.rowwise() += path.intercepts.transpose();
    for (Eigen::Index l = 0; l < count; ++l) {
      double loss = 0;
      for (std::size_t k = 0; k < held_out.size(); ++k) {
        const double value = eta(static_cast<Eigen::Index>(k), l);
        loss += detail::weighted_loss(context.target, weights(held_out[k]), y(held_out[k]),
                                      context.target == Target::Mean ? value : logistic(value));
      }
      losses(l, fold) = loss;
    }
    totals(fold) = weights(held_out).sum();
  });
  PenaltyChoice choice{std::move(lambdas), losses.rowwise().sum() / totals.sum(), Eigen::VectorXd(count)};
  for (Eigen::Index l = 0; l < count; ++l) {
    const Eigen::ArrayXd means = losses.row(l).transpose().array() / totals.array();
    choice.loss_error(l) = std::sqrt((means - means.mean()).square().sum() / (folds * (folds - 1.0)));
  }
  Eigen::Index best = 0;
  const double least = choice.loss.minCoeff(&best);
  choice.chosen = static_cast<int>(best);
  if (rule == LambdaRule::OneSe) {
    for (Eigen::Index l = 0; l <= best; ++l) {
      if (choice.loss(l) > least + choice.loss_error(best)) continue;
      choice.chosen = static_cast<int>(l);
      break;
    }
  }
  return choice;
}

}  // namespace causal::estimation
