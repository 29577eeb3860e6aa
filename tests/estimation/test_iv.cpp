// labels: oracle golden determinism
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "causal/estimation/effect/anderson_rubin.hpp"
#include "causal/estimation/effect/iv.hpp"
#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"
#include "support/extra_data.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

EffectData table(Eigen::Index n, std::uint64_t seed, Eigen::Index instruments, double strength = 0.5) {
  RandomStream random(seed, RandomDomain::Test);
  Eigen::MatrixXd X(n, 2);
  Eigen::MatrixXd Z(n, instruments);
  Eigen::VectorXd y(n);
  Eigen::VectorXd d(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    X.row(i) << random.normal(), random.uniform();
    const double hidden = random.normal();
    d(i) = X(i, 0) + hidden + random.normal();
    for (Eigen::Index j = 0; j < instruments; ++j) {
      Z(i, j) = random.normal() + X(i, 1);
      d(i) += strength * Z(i, j);
    }
    y(i) = 0.7 * d(i) - X(i, 0) + 2 * X(i, 1) + hidden + (0.5 + X(i, 1)) * random.normal();
  }
  return hand_made(y, d, {.covariates = X, .instruments = Z});
}

/// The textbook formulas with projections as n x n matrices.
struct Textbook {
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd covariance;
};

Textbook textbook(const Eigen::VectorXd& y, const Eigen::MatrixXd& X, const Eigen::MatrixXd& Z, CovarianceKind kind,
                  const std::vector<int>& clusters = {}) {
  const Eigen::MatrixXd P = Z * (Z.transpose() * Z).inverse() * Z.transpose();
  const Eigen::MatrixXd bread = (X.transpose() * P * X).inverse();
  Textbook fit;
  fit.coefficients = bread * X.transpose() * P * y;
  const Eigen::VectorXd u = y - X * fit.coefficients;
  const double n = static_cast<double>(y.size());
  const double dof = n - static_cast<double>(X.cols());
  if (kind == CovarianceKind::Classic) {
    fit.covariance = u.squaredNorm() / dof * bread;
    return fit;
  }
  const Eigen::MatrixXd scores = u.asDiagonal() * (P * X);
  Eigen::MatrixXd meat = scores.transpose() * scores;
  if (kind == CovarianceKind::Hc1) meat *= n / dof;
  if (kind == CovarianceKind::Cluster) {
    const int groups = 1 + *std::max_element(clusters.begin(), clusters.end());
    Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(groups, X.cols());
    for (Eigen::Index i = 0; i < y.size(); ++i) sums.row(clusters[static_cast<std::size_t>(i)]) += scores.row(i);
    meat = sums.transpose() * sums * (groups / (groups - 1.0) * (n - 1) / dof);
  }
  fit.covariance = bread * meat * bread;
  return fit;
}

Eigen::MatrixXd joined(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return both;
}

std::string data_file(const char* name) { return std::string(CAUSAL_SOURCE_DIR) + "/data/" + name; }

}  // namespace

TEST_CASE("two-stage least squares by the textbook, one and two endogenous columns") {
  const EffectData data = table(250, 1, 3);
  std::vector<int> clusters(250);
  for (int i = 0; i < 250; ++i) clusters[static_cast<std::size_t>(i)] = i % 23;
  const Eigen::MatrixXd exogenous = with_intercept(data.covariates.values.leftCols(1));
  for (const Eigen::Index m : {1, 2}) {
    Eigen::MatrixXd D(250, m);
    D.col(0) = data.treatment;
    if (m == 2) D.col(1) = data.covariates.values.col(1);
    const Eigen::MatrixXd Z = data.instruments.values;
    for (const CovarianceKind kind :
         {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc1, CovarianceKind::Cluster}) {
      const std::vector<int> groups = kind == CovarianceKind::Cluster ? clusters : std::vector<int>();
      const Textbook truth = textbook(data.outcome, joined(D, exogenous), joined(Z, exogenous), kind, groups);
      const InstrumentalFit ours = instrumental_regression(data.outcome, D, exogenous, Z, IvEstimator::TwoStage, kind,
                                                           Eigen::VectorXd(), groups);
      CHECK((ours.endogenous - truth.coefficients.head(m)).norm() < 1e-10);
      CHECK((ours.exogenous - truth.coefficients.tail(2)).norm() < 1e-10);
      CHECK((ours.covariance - truth.covariance.topLeftCorner(m, m)).norm() < 1e-10 * truth.covariance.norm());
      CHECK(std::abs(ours.influence.col(0).sum()) < 1e-8 * ours.influence.col(0).norm());
    }
  }
}

TEST_CASE("liml minimises the Anderson-Rubin statistic, and is two-stage least squares when exactly identified") {
  const EffectData data = table(200, 2, 3, 0.2);
  const double liml = iv(data, {.estimator = IvEstimator::Liml}).value;
  const double least = anderson_rubin_statistic(data, liml);
  for (const double step : {-0.3, -1e-3, 1e-3, 0.3}) CHECK(anderson_rubin_statistic(data, liml + step) > least);
  const Estimate estimate = iv(data, {.estimator = IvEstimator::Liml});
  // kappa = 1 + q AR / dof at the minimum, by the definition of the statistic.
  CHECK(estimate.diagnostics.find("kappa").value() == Approx(1 + 3 * least / (200 - 3 - 3)).epsilon(1e-9));
  const EffectData exact = table(200, 3, 1);
  CHECK(iv(exact, {.estimator = IvEstimator::Liml}).value == Approx(iv(exact).value).epsilon(1e-12));
}

TEST_CASE("the Wald ratio is two-stage least squares with one binary instrument") {
  EffectData data = table(300, 4, 1);
  data.covariates = named(Eigen::MatrixXd(300, 0), "x");
  for (double& z : data.instruments.values.col(0)) z = z > 0.5 ? 1 : 0;
  const Estimate wald = iv(data, {.estimator = IvEstimator::Wald});
  const Estimate two_stage = iv(data, {.covariance = CovarianceKind::Hc0});
  CHECK(wald.value == Approx(two_stage.value).epsilon(1e-10));
  CHECK(wald.std_error == Approx(two_stage.std_error).epsilon(1e-10));
  CHECK((wald.influence - two_stage.influence).norm() < 1e-9 * wald.influence.norm());
  CHECK(wald.estimand == "slope");
}

TEST_CASE("weights act like copies of rows") {
  EffectData data = table(150, 5, 2);
  std::vector<int> copies;
  Eigen::VectorXd weights(150);
  for (int i = 0; i < 150; ++i) {
    weights(i) = 1 + i % 3;
    for (int copy = 0; copy < 1 + i % 3; ++copy) copies.push_back(i);
  }
  const EffectData repeated = hand_made(data.outcome(copies), data.treatment(copies),
                                        {.covariates = data.covariates.values(copies, Eigen::all),
                                         .instruments = data.instruments.values(copies, Eigen::all)});
  data.weights = weights;
  check_effect_data(data);
  for (const IvEstimator estimator : {IvEstimator::TwoStage, IvEstimator::Liml}) {
    CHECK(iv(data, {.estimator = estimator}).value == Approx(iv(repeated, {.estimator = estimator}).value));
  }
}

TEST_CASE("first-stage statistics and overidentification tests by regression") {
  EffectData data = table(220, 6, 2);
  const FirstStage stage = first_stage(data);
  const Eigen::MatrixXd exogenous = with_intercept(data.covariates.values);
  const Eigen::MatrixXd all = joined(data.instruments.values, exogenous);
  const LeastSquaresFit with = least_squares(all, data.treatment);
  const LeastSquaresFit without = least_squares(exogenous, data.treatment);
  const double f =
      (without.residuals.squaredNorm() - with.residuals.squaredNorm()) / 2 / (with.residuals.squaredNorm() / with.dof);
  CHECK(stage.f == Approx(f).epsilon(1e-10));
  const Eigen::MatrixXd robust = coefficient_covariance(with, CovarianceKind::Hc1, all).topLeftCorner(2, 2);
  const Eigen::VectorXd pi = with.coefficients.head(2);
  CHECK(stage.robust_f == Approx(pi.dot(robust.inverse() * pi) / 2).epsilon(1e-9));
  // With one instrument the effective F is the robust F.
  const FirstStage single = first_stage(table(220, 6, 1));
  CHECK(single.effective_f == Approx(single.robust_f).epsilon(1e-10));

  const Estimate classic = iv(data, {.covariance = CovarianceKind::Classic});
  const Eigen::VectorXd u = instrumental_regression(data.outcome, data.treatment, exogenous, data.instruments.values,
                                                    IvEstimator::TwoStage, CovarianceKind::Classic)
                                .residuals;
  const double explained = u.squaredNorm() - least_squares(all, u).residuals.squaredNorm();
  CHECK(classic.diagnostics.find("overidentification").value() == Approx(220 * explained / u.squaredNorm()));
  // Hansen's J: two-step GMM written out with all moments.
  const Estimate robust_estimate = iv(data);
  const Eigen::MatrixXd X = joined(data.treatment, exogenous);
  const Eigen::MatrixXd scores = u.asDiagonal() * all;
  const Eigen::MatrixXd W = (scores.transpose() * scores).inverse();
  const Eigen::MatrixXd G = all.transpose() * X;
  const Eigen::VectorXd b = (G.transpose() * W * G).inverse() * G.transpose() * W * (all.transpose() * data.outcome);
  const Eigen::VectorXd g = all.transpose() * (data.outcome - X * b);
  // The exogenous columns are partialled out first, which leaves the other moments' weights slightly different.
  CHECK(robust_estimate.diagnostics.find("overidentification").value() == Approx(g.dot(W * g)).epsilon(0.05));
  CHECK(robust_estimate.diagnostics.find("overidentification_dof").value() == 1);
}

TEST_CASE("returns to schooling by proximity to a college") {
  // Computed in R with lm() and explicit projections.
  // `married` has six codes, and enters as a number there.
  const Dataset college =
      io::read_csv(data_file("close_college.csv"), {.types = {{"married", VariableType::Continuous}}})
          .data.drop_missing_rows();
  REQUIRE(college.rows() == 3003);
  const EffectData data = effect_data(college, {.outcome = "lwage",
                                                .treatment = "educ",
                                                .covariates = {"exper", "black", "south", "married", "smsa"},
                                                .instruments = {"nearc4"}});
  const Estimate estimate = iv(data, {.covariance = CovarianceKind::Classic});
  CHECK(estimate.value == Approx(0.1241642355).epsilon(1e-6));
  CHECK(estimate.std_error == Approx(0.04995580225).epsilon(1e-6));
  CHECK(estimate.diagnostics.find("first_stage_f").value() == Approx(15.76666114).epsilon(1e-6));
  CHECK(estimate.warnings.empty());
}

TEST_CASE("returns to schooling, full set of covariates") {
  const std::optional<std::string> file = test::extra_data("estimation/restricted/card.csv");
  if (!file) return;
  // Computed in R with lm() and explicit projections; the values agree with the textbook .0747, .1315 and .157.
  const Dataset card = io::read_csv(*file).data;
  EffectColumns columns{.outcome = "lwage",
                        .treatment = "educ",
                        .covariates = {"exper", "expersq", "black", "south", "smsa", "smsa66"},
                        .instruments = {"nearc4"}};
  for (int region = 661; region <= 668; ++region) columns.covariates.push_back("reg" + std::to_string(region));
  const EffectData one = effect_data(card, columns);
  REQUIRE(one.n() == 3010);
  const Estimate classic = iv(one, {.covariance = CovarianceKind::Classic});
  CHECK(classic.value == Approx(0.1315038362).epsilon(1e-6));
  CHECK(classic.std_error == Approx(0.0549636726).epsilon(1e-6));
  CHECK(iv(one, {.covariance = CovarianceKind::Hc0}).std_error == Approx(0.05399952852).epsilon(1e-6));
  CHECK(classic.diagnostics.find("first_stage_f").value() == Approx(13.25578533).epsilon(1e-6));
  columns.instruments = {"nearc2", "nearc4"};
  const Estimate two = iv(effect_data(card, columns), {.covariance = CovarianceKind::Classic});
  CHECK(two.value == Approx(0.15705937).epsilon(1e-6));
  CHECK(two.std_error == Approx(0.05257824168).epsilon(1e-6));
  CHECK(two.diagnostics.find("first_stage_f").value() == Approx(7.893095911).epsilon(1e-6));
  REQUIRE(two.warnings.size() == 1);
  CHECK(two.warnings.front().find("7.89") != std::string::npos);
}

TEST_CASE("instruments that are functions of others are counted, and too few are refused") {
  EffectData data = table(120, 7, 3);
  data.instruments.values.col(1) = data.instruments.values.col(0) * 2 + data.covariates.values.col(1);
  const Estimate estimate = iv(data);
  CHECK(estimate.diagnostics.find("instruments_used").value() == 2);
  CHECK(std::count_if(estimate.warnings.begin(), estimate.warnings.end(), [](const std::string& warning) {
          return warning.find("'z2' was left out") != std::string::npos;
        }) == 1);
  data.instruments = named(data.covariates.values, "z");
  CHECK_THROWS_WITH_AS(static_cast<void>(iv(data)), doctest::Contains("of 2 given, 0 are"), DataError);
  const Eigen::MatrixXd two = joined(data.treatment, data.outcome.cwiseAbs());
  CHECK_THROWS_WITH_AS(static_cast<void>(instrumental_regression(data.outcome, two, Eigen::MatrixXd::Ones(120, 1),
                                                                 data.covariates.values.leftCols(1))),
                       doctest::Contains("2 endogenous columns"), DataError);
}

TEST_CASE("wrong calls are refused, and what the data cannot tell is said") {
  EffectData data = table(120, 8, 1);
  CHECK_THROWS_AS(static_cast<void>(iv(data, {.covariance = CovarianceKind::Hc3})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(iv(data, {.covariance = CovarianceKind::Cluster})), InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(iv(data, {.estimator = IvEstimator::Wald})),
                       doctest::Contains("no covariates"), DataError);
  EffectData without = data;
  without.instruments = named(Eigen::MatrixXd(120, 0), "z");
  CHECK_THROWS_AS(static_cast<void>(iv(without)), DataError);
  EffectData explained = data;
  explained.treatment = explained.covariates.values.col(0) * 3;
  const Estimate nothing = iv(explained);
  CHECK(nothing.status == Status::Degenerate);
  CHECK(nothing.warnings.front().find("do not move treatment 'd'") != std::string::npos);
  // Fewer rows than coefficients.
  CHECK_THROWS_AS(static_cast<void>(instrumental_regression(data.outcome.head(3), data.treatment.head(3),
                                                            with_intercept(data.covariates.values.topRows(3)),
                                                            data.instruments.values.topRows(3))),
                  DataError);
}
