// labels: unit oracle
// Ridge and lasso against closed forms and the conditions that a minimum has to meet.
#include "causal/estimation/nuisance/penalised.hpp"

#include <Eigen/LU>
#include <cmath>
#include <vector>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

struct Problem {
  Eigen::MatrixXd X, Z;  // Z: columns of weighted mean 0 and variance 1.
  Eigen::VectorXd y, binary, weights, scale, share;
};

Problem problem(Eigen::Index n, Eigen::Index p, double correlation, std::uint32_t key) {
  RandomStream stream(19, RandomDomain::Test, key);
  Problem q{Eigen::MatrixXd(n, p), Eigen::MatrixXd(n, p), Eigen::VectorXd(n), Eigen::VectorXd(n),
            Eigen::VectorXd(n),    Eigen::VectorXd(p),    Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const double common = stream.normal();
    for (Eigen::Index j = 0; j < p; ++j) {
      const double own = stream.normal();
      q.X(i, j) =
          (1 + static_cast<double>(j)) * (std::sqrt(correlation) * common + std::sqrt(1 - correlation) * own) + 5;
    }
    const double signal = (q.X(i, 0) - 5) - (p > 2 ? (q.X(i, 2) - 5) / 3 : 0);
    q.y(i) = signal + stream.normal();
    q.binary(i) = stream.uniform() < 1 / (1 + std::exp(-signal)) ? 1 : 0;
    q.weights(i) = 0.2 + stream.uniform();
  }
  q.share = q.weights / q.weights.sum();
  for (Eigen::Index j = 0; j < p; ++j) {
    q.Z.col(j) = q.X.col(j).array() - q.share.dot(q.X.col(j));
    q.scale(j) = std::sqrt(q.share.dot(Eigen::VectorXd(q.Z.col(j).cwiseAbs2())));
    q.Z.col(j) /= q.scale(j);
  }
  return q;
}

/// Minus the slope of the unpenalised loss, for the intercept and the standardised columns.
Eigen::VectorXd slopes(const Problem& q, Target target, double intercept, const Eigen::VectorXd& b) {
  Eigen::VectorXd residual = (q.X * b).array() + intercept;
  if (target == Target::Mean) {
    residual = q.y - residual;
  } else {
    residual = q.binary.array() - 1 / (1 + (-residual.array()).exp());
  }
  residual = residual.cwiseProduct(q.share);
  Eigen::VectorXd result(b.size() + 1);
  result(0) = residual.sum();
  result.tail(b.size()) = q.Z.transpose() * residual;
  return result;
}

}  // namespace

TEST_CASE("the lasso meets its optimality conditions along the path, also with strong correlation and p > n") {
  std::uint32_t key = 0;
  for (const double correlation : {0.0, 0.5, 0.98}) {
    for (const auto& [n, p] : std::vector<std::pair<int, int>>{{100, 1}, {150, 12}, {40, 60}}) {
      const Problem q = problem(n, p, correlation, ++key);
      for (const Target target : {Target::Mean, Target::Probability}) {
        const Eigen::VectorXd& y = target == Target::Mean ? q.y : q.binary;
        const std::vector<double> lambdas = penalty_grid(Penalty::AbsoluteValues, q.X, y, q.weights, 15);
        const PenalisedPath path = fit_penalised_path(Penalty::AbsoluteValues, target, q.X, y, q.weights, lambdas);
        INFO("correlation ", correlation, " n ", n, " p ", p, target == Target::Mean ? " mean" : " probability");
        CHECK(path.status == Status::Ok);
        CHECK(path.coefficients.col(0).cwiseAbs().maxCoeff() < 1e-8);
        CHECK(path.coefficients.col(1).cwiseAbs().maxCoeff() > 0);
        double worst = 0;
        for (std::size_t l = 0; l < lambdas.size(); ++l) {
          const auto at = static_cast<Eigen::Index>(l);
          const Eigen::VectorXd slope = slopes(q, target, path.intercepts(at), path.coefficients.col(at));
          worst = std::max(worst, std::abs(slope(0)));
          for (Eigen::Index j = 0; j < p; ++j) {
            const double b = path.coefficients(j, at);
            const double off = b == 0 ? std::max(0.0, std::abs(slope(j + 1)) - lambdas[l])
                                      : std::abs(slope(j + 1) - (b > 0 ? lambdas[l] : -lambdas[l]));
            worst = std::max(worst, off);
          }
        }
        CHECK(worst < 1e-8 * lambdas.front());
      }
    }
  }
}

TEST_CASE("ridge is its closed form, and flat at the minimum for probabilities") {
  for (const auto& [n, p] : std::vector<std::pair<int, int>>{{100, 1}, {150, 12}, {30, 50}}) {
    const Problem q = problem(n, p, 0.4, 50 + static_cast<std::uint32_t>(p));
    const std::vector<double> lambdas{10, 1, 0.1, 1e-3};
    const PenalisedPath mean = fit_penalised_path(Penalty::Squares, Target::Mean, q.X, q.y, q.weights, lambdas);
    const PenalisedPath probability =
        fit_penalised_path(Penalty::Squares, Target::Probability, q.X, q.binary, q.weights, lambdas);
    CHECK(probability.status == Status::Ok);
    for (std::size_t l = 0; l < lambdas.size(); ++l) {
      const auto at = static_cast<Eigen::Index>(l);
      Eigen::MatrixXd G = q.Z.transpose() * q.share.asDiagonal() * q.Z;
      G.diagonal().array() += lambdas[l];
      const Eigen::VectorXd b = G.fullPivLu().solve(Eigen::VectorXd(q.Z.transpose() * q.share.cwiseProduct(q.y)));
      CHECK((mean.coefficients.col(at).cwiseProduct(q.scale) - b).cwiseAbs().maxCoeff() < 1e-9);
      Eigen::VectorXd slope = slopes(q, Target::Mean, mean.intercepts(at), mean.coefficients.col(at));
      slope.tail(p) -= lambdas[l] * mean.coefficients.col(at).cwiseProduct(q.scale);
      CHECK(slope.cwiseAbs().maxCoeff() < 1e-10);
      slope = slopes(q, Target::Probability, probability.intercepts(at), probability.coefficients.col(at));
      slope.tail(p) -= lambdas[l] * probability.coefficients.col(at).cwiseProduct(q.scale);
      CHECK(slope.cwiseAbs().maxCoeff() < 1e-9);
    }
  }
}

TEST_CASE("a constant column and a copy do no harm") {
  Problem q = problem(80, 4, 0.2, 90);
  q.X.col(1).setConstant(0.1);
  q.X.col(3) = q.X.col(0);
  for (const Penalty penalty : {Penalty::Squares, Penalty::AbsoluteValues}) {
    for (const Target target : {Target::Mean, Target::Probability}) {
      const Eigen::VectorXd& y = target == Target::Mean ? q.y : q.binary;
      const PenalisedPath path = fit_penalised_path(penalty, target, q.X, y, q.weights, {0.1, 0.01});
      CHECK(path.status == Status::Ok);
      CHECK(path.coefficients.allFinite());
      CHECK(path.coefficients.row(1).norm() == 0);
      if (penalty == Penalty::Squares) {
        CHECK((path.coefficients.row(3) - path.coefficients.row(0)).norm() < 1e-9);
      }
    }
  }
}

TEST_CASE("cross-validation is what a loop over folds and penalties gives") {
  const Problem q = problem(90, 5, 0.3, 95);
  for (const Target target : {Target::Mean, Target::Probability}) {
    const Eigen::VectorXd& y = target == Target::Mean ? q.y : q.binary;
    const std::vector<double> lambdas = penalty_grid(Penalty::AbsoluteValues, q.X, y, q.weights, 8);
    const FitContext context{.target = target, .seed = 4, .threads = 2};
    const PenaltyChoice least =
        choose_penalty(Penalty::AbsoluteValues, q.X, y, q.weights, lambdas, LambdaRule::Min, 5, context);
    const PenaltyChoice sparse =
        choose_penalty(Penalty::AbsoluteValues, q.X, y, q.weights, lambdas, LambdaRule::OneSe, 5, context);
    Eigen::Index best = 0;
    least.loss.minCoeff(&best);
    CHECK(least.chosen == best);
    CHECK(sparse.chosen <= least.chosen);
    CHECK(sparse.loss(sparse.chosen) <= least.loss(best) + least.loss_error(best));
    if (sparse.chosen > 0) CHECK(sparse.loss(sparse.chosen - 1) > least.loss(best) + least.loss_error(best));
    // The loss of one penalty is that of cross-fitting with it; other folds differ by sampling, the same not at all.
    const PenaltyChoice again =
        choose_penalty(Penalty::AbsoluteValues, q.X, y, q.weights, {lambdas[4]}, LambdaRule::Min, 5, context);
    CHECK(again.loss(0) == doctest::Approx(least.loss(4)).epsilon(1e-7));
    const Folds folds = make_folds(90, 5, {}, {}, 77);
    const double other =
        cross_fit(*lasso_learner({.lambda = lambdas[4]}), q.X, y, q.weights, {}, folds, {.target = target}).loss;
    CHECK(std::abs(other - least.loss(4)) < 0.25 * other);
  }
}

TEST_CASE("the lasso finds the two columns that matter among fifty") {
  RandomStream stream(23, RandomDomain::Test);
  Eigen::MatrixXd X(400, 50);
  stream.fill_normal({X.data(), static_cast<std::size_t>(X.size())});
  Eigen::VectorXd y(400);
  for (Eigen::Index i = 0; i < 400; ++i) y(i) = 3 * X(i, 7) - 2 * X(i, 30) + stream.normal();
  const std::vector<double> lambdas = penalty_grid(Penalty::AbsoluteValues, X, y, Eigen::VectorXd::Ones(400), 50);
  const PenaltyChoice choice = choose_penalty(Penalty::AbsoluteValues, X, y, Eigen::VectorXd::Ones(400), lambdas,
                                              LambdaRule::OneSe, 5, {.threads = 2});
  const PenalisedPath path = fit_penalised_path(Penalty::AbsoluteValues, Target::Mean, X, y, Eigen::VectorXd::Ones(400),
                                                {lambdas[static_cast<std::size_t>(choice.chosen)]});
  CHECK(path.coefficients(7, 0) > 2);
  CHECK(path.coefficients(30, 0) < -1);
  // With noise of variance 1 the slopes of the others are below lambda in most draws; one_se is known to be sparse.
  CHECK((path.coefficients.array() != 0).count() <= 10);
}
