// Logistic and Poisson regression by the rectified loss
//   L(t) = lambda / N sum_U w [B(x't) - U x't] + 1 / n sum_L w [(1 - lambda) B(x't) - (Y - lambda F) x't],
// B(e) = log(1 + exp e) or exp e. For lambda in [0, 1] it is convex: the log partition enters with weights lambda / N
// and (1 - lambda) / n, and the rest is linear. What can fail is that it has no minimum.

#include <Eigen/Cholesky>
#include <cmath>

#include "causal/math/product.hpp"
#include "debias/ppi_design.hpp"

namespace causal::estimation::ppi {
namespace {

constexpr int kMostSteps = 100;
constexpr int kMostHalvings = 5;

double log_partition(GlmFamily family, double eta) {
  if (family == GlmFamily::Poisson) return std::exp(eta);
  return std::max(eta, 0.0) + std::log1p(std::exp(-std::abs(eta)));
}

class RectifiedLoss {
 public:
  RectifiedLoss(const PpiData& data, const PpiDesign& design, const Weights& weights, GlmFamily family, int threads)
      : data_(data), design_(design), weights_(weights), family_(family), threads_(threads) {}

  [[nodiscard]] double value(const Eigen::VectorXd& t, double lambda) const {
    const Eigen::VectorXd eta = design_.labelled * t;
    double labelled = 0;
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      labelled += weights_.labelled(i) * ((1 - lambda) * log_partition(family_, eta(i)) -
                                          (data_.outcome(i) - lambda * data_.prediction(i)) * eta(i));
    }
    labelled /= static_cast<double>(eta.size());
    if (lambda == 0) return labelled;
    const Eigen::VectorXd other = design_.unlabelled * t;
    double unlabelled = 0;
    for (Eigen::Index j = 0; j < other.size(); ++j) {
      unlabelled += weights_.unlabelled(j) * (log_partition(family_, other(j)) - data_.unlabelled(j) * other(j));
    }
    return labelled + lambda * unlabelled / static_cast<double>(other.size());
  }

  struct Derivatives {
    Eigen::VectorXd gradient;
    Eigen::MatrixXd hessian;
  };
  [[nodiscard]] Derivatives derivatives(const Eigen::VectorXd& t, double lambda) const {
    const Eigen::VectorXd mean = glm_mean(family_, design_.labelled * t);
    const Eigen::VectorXd residual =
        weights_.labelled.cwiseProduct((1 - lambda) * mean - data_.outcome + lambda * data_.prediction);
    const auto n = static_cast<double>(data_.n());
    Derivatives d{cross_product(design_.labelled, residual, threads_) / n,
                  (1 - lambda) / n * information(design_.labelled, weights_.labelled, mean)};
    if (lambda == 0) return d;
    const auto m = static_cast<double>(data_.n_unlabelled());
    const Eigen::VectorXd mean_u = glm_mean(family_, design_.unlabelled * t);
    const Eigen::VectorXd residual_u = weights_.unlabelled.cwiseProduct(mean_u - data_.unlabelled);
    d.gradient += lambda / m * cross_product(design_.unlabelled, residual_u, threads_);
    d.hessian += lambda / m * information(design_.unlabelled, weights_.unlabelled, mean_u);
    return d;
  }

  /// Inverse of the mean information: of all rows, or of the labelled ones when the predictions are unused.
  [[nodiscard]] Eigen::MatrixXd bread(const Eigen::VectorXd& t, double lambda) const {
    Eigen::MatrixXd sum = information(design_.labelled, weights_.labelled, glm_mean(family_, design_.labelled * t));
    auto rows = static_cast<double>(data_.n());
    if (lambda != 0) {
      sum += information(design_.unlabelled, weights_.unlabelled, glm_mean(family_, design_.unlabelled * t));
      rows += static_cast<double>(data_.n_unlabelled());
    }
    return (sum / rows).llt().solve(Eigen::MatrixXd::Identity(t.size(), t.size()));
  }

  /// Column j of the scores at t.
  [[nodiscard]] Parts parts(const Eigen::VectorXd& t, const Eigen::MatrixXd& bread, Eigen::Index j) const {
    const Eigen::VectorXd mean = glm_mean(family_, design_.labelled * t);
    const Eigen::VectorXd lever = weights_.labelled.cwiseProduct(design_.labelled * bread.col(j));
    Parts parts;
    parts.a = t(j);  // The minimum already holds the predictions: b = c.
    parts.influence_a = lever.cwiseProduct(data_.outcome - mean);
    parts.influence_b = lever.cwiseProduct(data_.prediction - mean);
    parts.influence_c = weights_.unlabelled.cwiseProduct(design_.unlabelled * bread.col(j))
                            .cwiseProduct(data_.unlabelled - glm_mean(family_, design_.unlabelled * t));
    parts.centre();
    return parts;
  }

 private:
  [[nodiscard]] Eigen::MatrixXd information(const Eigen::MatrixXd& X, const Eigen::VectorXd& weights,
                                            const Eigen::VectorXd& mean) const {
    Eigen::VectorXd working = weights.cwiseProduct(mean);
    if (family_ == GlmFamily::Logistic) working.array() *= 1 - mean.array();
    const Eigen::MatrixXd weighted = working.asDiagonal() * X;
    return cross_product(X, weighted, threads_);
  }

  const PpiData& data_;
  const PpiDesign& design_;
  const Weights& weights_;
  GlmFamily family_;
  int threads_;
};

/// Newton's method with step halving; false when no minimum is reached.
bool minimise(const RectifiedLoss& loss, double lambda, Eigen::VectorXd& t) {
  double value = loss.value(t, lambda);
  for (int step = 0; step < kMostSteps; ++step) {
    const RectifiedLoss::Derivatives d = loss.derivatives(t, lambda);
    const Eigen::LDLT<Eigen::MatrixXd> factor(d.hessian);
    const Eigen::VectorXd direction = factor.solve(-d.gradient);
    if (!direction.allFinite() || factor.info() != Eigen::Success) return false;
    // Half the Newton decrement is what a step can still gain.
    const double decrement = -d.gradient.dot(direction);
    if (decrement <= 1e-24 * (1 + std::abs(value))) return d.hessian.llt().info() == Eigen::Success;
    double length = 1;
    Eigen::VectorXd candidate = t + direction;
    double next = loss.value(candidate, lambda);
    while (!(next <= value + 1e-14 * (1 + std::abs(value))) && length > 1e-10) {
      length /= 2;
      candidate = t + length * direction;
      next = loss.value(candidate, lambda);
    }
    if (!(next <= value + 1e-14 * (1 + std::abs(value)))) return decrement < 1e-16 * (1 + std::abs(value));
    t = candidate;
    value = next;
    if (t.cwiseAbs().maxCoeff() > 1e8) return false;
  }
  return false;
}

struct Solution {
  bool found = false;
  Lambda lambda;
  Eigen::VectorXd t;
  Eigen::MatrixXd bread;
};

Solution solve(const RectifiedLoss& loss, Lambda lambda, const Eigen::VectorXd& start) {
  Solution solution{.found = false, .lambda = lambda, .t = start, .bread = {}};
  for (int halving = 0; halving <= kMostHalvings; ++halving) {
    solution.t = start;
    solution.lambda.halvings = halving;
    solution.found = minimise(loss, solution.lambda.value, solution.t);
    if (solution.found) break;
    if (solution.lambda.value == 0) return solution;
    solution.lambda.value /= 2;
  }
  if (solution.found) solution.bread = loss.bread(solution.t, solution.lambda.value);
  return solution;
}

}  // namespace

std::vector<Estimate> glm(const PpiData& data, const PpiDesign& design, const std::vector<std::string>& names,
                          GlmFamily family, const Weights& weights, const PpiOptions& options) {
  const RectifiedLoss loss(data, design, weights, family, options.run.threads);
  const Eigen::Index k = design.labelled.cols();
  const auto columns = static_cast<std::size_t>(k);
  const GlmFit classical = fit_glm(design.labelled, data.outcome, {.family = family}, weights.labelled);
  const Eigen::VectorXd start =
      classical.status == Status::Ok ? classical.coefficients : Eigen::VectorXd(Eigen::VectorXd::Zero(k));
  std::vector<Lambda> lambdas(columns, {options.lambda, options.lambda, 0});
  const bool tuned = options.tuning != PpiTuning::Fixed;
  Solution shared = solve(loss, tuned ? Lambda{1, 1, 0} : lambdas.front(), start);
  if (tuned && shared.found) {
    LambdaTerms sum;
    for (Eigen::Index j = 0; j < k; ++j) {
      const LambdaTerms own = lambda_terms(loss.parts(shared.t, shared.bread, j), data);
      lambdas[static_cast<std::size_t>(j)] = best_lambda(own);
      sum.numerator += own.numerator;
      sum.denominator += own.denominator;
    }
    if (options.tuning == PpiTuning::Overall) {
      lambdas.assign(columns, best_lambda(sum));
      shared = solve(loss, lambdas.front(), start);
    }
  }
  std::vector<Estimate> estimates;
  for (Eigen::Index j = 0; j < k; ++j) {
    const std::string& name = names[static_cast<std::size_t>(j)];
    const bool alone = options.tuning == PpiTuning::Element && shared.found;
    const Solution solution = alone ? solve(loss, lambdas[static_cast<std::size_t>(j)], start) : shared;
    if (!solution.found) {
      estimates.push_back(degenerate_estimate("ppi", name, data.n() + data.n_unlabelled(),
                                              "the loss has no minimum, as when the covariates separate the outcomes"));
      continue;
    }
    estimates.push_back(rectified(name, loss.parts(solution.t, solution.bread, j), solution.lambda, 1, data, options));
  }
  return estimates;
}

}  // namespace causal::estimation::ppi
