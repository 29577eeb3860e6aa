// labels: oracle determinism
#include <Eigen/LU>
#include <vector>

#include "causal/estimation/effect/iv.hpp"
#include "causal/estimation/effect/streaming_regression.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

constexpr int kColumns = 6;  // x1, x2, z1, z2, d, y

/// Far from the origin, and with a column whose scale is a thousand times that of the others.
Eigen::MatrixXd table(Eigen::Index n, std::uint64_t seed) {
  RandomStream random(seed, RandomDomain::Test);
  Eigen::MatrixXd rows(n, kColumns);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double x1 = 50 + random.normal();
    const double x2 = 1000 * random.normal() + 700 * x1;
    const double z1 = random.normal() + 0.001 * x2;
    const double z2 = random.uniform();
    const double hidden = random.normal();
    const double d = 0.5 * z1 + z2 + hidden + 0.1 * x1;
    const double y = 2 * d + x1 - 0.003 * x2 + 2 * hidden + (1 + z2) * random.normal();
    rows.row(i) << x1, x2, z1, z2, d, y;
  }
  return rows;
}

Eigen::VectorXd some_weights(Eigen::Index n) {
  RandomStream random(5, RandomDomain::Test);
  Eigen::VectorXd weights(n);
  for (double& weight : weights) weight = random.uniform() < 0.1 ? 0 : random.uniform(0.2, 3);
  return weights;
}

struct Streamed {
  StreamedFit fit;
  ScoreProducts scores;
};

Streamed stream(const Eigen::MatrixXd& rows, const StreamColumns& parts, int threads = 2,
                const Eigen::VectorXd& weights = {}, Eigen::Index block = 1000) {
  const auto part_of = [&](Eigen::Index first, Eigen::Index count) {
    return weights.size() == 0 ? Eigen::VectorXd() : Eigen::VectorXd(weights.segment(first, count));
  };
  CrossProducts products(rows.cols());
  for (Eigen::Index first = 0; first < rows.rows(); first += block) {
    const Eigen::Index count = std::min(block, rows.rows() - first);
    products.add(rows.middleRows(first, count), threads, part_of(first, count));
  }
  StreamedFit fit = fit_streamed(products, parts);
  ScoreProducts scores(fit);
  for (Eigen::Index first = 0; first < rows.rows(); first += block) {
    const Eigen::Index count = std::min(block, rows.rows() - first);
    scores.add(rows.middleRows(first, count), threads, part_of(first, count));
  }
  return {fit, scores};
}

double relative_error(const Eigen::MatrixXd& ours, const Eigen::MatrixXd& truth) {
  return ((ours - truth).array() / (truth.array().abs() + 1e-12 * truth.cwiseAbs().maxCoeff())).abs().maxCoeff();
}

}  // namespace

TEST_CASE("streamed least squares is least squares, with every covariance") {
  const Eigen::MatrixXd rows = table(7123, 1);
  const Eigen::MatrixXd design = with_intercept(rows(Eigen::all, std::vector{0, 1, 4}));
  for (const bool weighted : {false, true}) {
    const Eigen::VectorXd weights = weighted ? some_weights(rows.rows()) : Eigen::VectorXd();
    const LeastSquaresFit truth = least_squares(design, rows.col(5), weights);
    const Streamed ours = stream(rows, {.outcome = 5, .exogenous = {0, 1, 4}}, 2, weights);
    CHECK(relative_error(ours.fit.coefficients, truth.coefficients) < 1e-9);
    CHECK(relative_error(ours.scores.coefficients(), truth.coefficients) < 1e-9);
    CHECK(ours.fit.dof == truth.dof);
    CHECK(relative_error(ours.fit.bread, truth.bread) < 1e-9);
    for (const CovarianceKind kind : {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc1,
                                      CovarianceKind::Hc2, CovarianceKind::Hc3}) {
      CAPTURE(enum_name(kind));
      const Eigen::MatrixXd covariance = coefficient_covariance(truth, kind, design, weights);
      CHECK(relative_error(ours.scores.covariance(kind), covariance) < 1e-9);
    }
  }
}

TEST_CASE("streamed two-stage least squares is two-stage least squares") {
  const Eigen::MatrixXd rows = table(5000, 2);
  for (const bool weighted : {false, true}) {
    const Eigen::VectorXd weights = weighted ? some_weights(rows.rows()) : Eigen::VectorXd();
    const Streamed ours =
        stream(rows, {.outcome = 5, .exogenous = {0, 1}, .endogenous = {4}, .instruments = {2, 3}}, 2, weights);
    for (const CovarianceKind kind : {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc1}) {
      const InstrumentalFit truth =
          instrumental_regression(rows.col(5), rows.col(4), with_intercept(rows.leftCols(2)), rows.middleCols(2, 2),
                                  IvEstimator::TwoStage, kind, weights);
      CHECK(ours.scores.coefficients()(3) == doctest::Approx(truth.endogenous(0)).epsilon(1e-9));
      CHECK(relative_error(ours.scores.coefficients().head(3), truth.exogenous) < 1e-9);
      CHECK(ours.scores.covariance(kind)(3, 3) == doctest::Approx(truth.covariance(0, 0)).epsilon(1e-9));
    }
    CHECK_THROWS_AS(static_cast<void>(ours.scores.covariance(CovarianceKind::Hc3)), InvalidArgument);
  }
}

TEST_CASE("the cells that least squares leaves out are left out: constants, copies and sums") {
  Eigen::MatrixXd rows(3000, 6);
  rows.leftCols(3) = table(3000, 3).leftCols(3);
  rows.col(3).setConstant(17);
  rows.col(4) = rows.col(0) + rows.col(1);
  rows.col(5) = table(3000, 3).col(5);
  const Streamed ours = stream(rows, {.outcome = 5, .exogenous = {0, 1, 3, 4, 2}});
  CHECK(ours.fit.columns.kept == std::vector{0, 1, 2, 5});
  CHECK(ours.fit.columns.aliased == std::vector{3, 4});
  const Eigen::MatrixXd design = with_intercept(rows(Eigen::all, std::vector{0, 1, 3, 4, 2}));
  const LeastSquaresFit truth = least_squares(design, rows.col(5));
  REQUIRE(truth.columns.aliased == std::vector{3, 4});
  CHECK(relative_error(ours.scores.covariance(CovarianceKind::Hc1),
                       coefficient_covariance(truth, CovarianceKind::Hc1, design)) < 1e-9);
}

TEST_CASE("parts of the rows can be added apart and merged") {
  const Eigen::MatrixXd rows = table(9000, 4);
  const StreamColumns parts{.outcome = 5, .exogenous = {0, 1, 2, 3, 4}};
  const Streamed whole = stream(rows, parts, 1, {}, 9000);
  CrossProducts first(kColumns);
  CrossProducts second(kColumns);
  first.add(rows.topRows(4000));
  second.add(rows.bottomRows(5000));
  first.merge(second);
  CHECK(first.rows() == 9000);
  const StreamedFit fit = fit_streamed(first, parts);
  ScoreProducts a(fit);
  ScoreProducts b(fit);
  a.add(rows.bottomRows(5000));
  b.add(rows.topRows(4000));
  a.merge(b);
  CHECK(relative_error(a.coefficients(), whole.scores.coefficients()) < 1e-9);
  CHECK(relative_error(a.covariance(CovarianceKind::Hc3), whole.scores.covariance(CovarianceKind::Hc3)) < 1e-9);
}

TEST_CASE("the same bits with 1, 2 and 4 threads") {
  const Eigen::MatrixXd rows = table(20000, 5);
  const StreamColumns parts{.outcome = 5, .exogenous = {0, 1, 2, 3, 4}};
  const Streamed one = stream(rows, parts, 1, {}, 20000);
  for (const int threads : {2, 4}) {
    const Streamed other = stream(rows, parts, threads, {}, 20000);
    CHECK(one.scores.coefficients() == other.scores.coefficients());
    CHECK(one.scores.covariance(CovarianceKind::Hc3) == other.scores.covariance(CovarianceKind::Hc3));
  }
}

TEST_CASE("wrong blocks, columns and rows are refused with their place") {
  Eigen::MatrixXd rows = table(3000, 6);
  CrossProducts products(kColumns);
  products.add(rows);
  CHECK_THROWS_AS(products.add(rows.leftCols(3)), InvalidArgument);
  CHECK_THROWS_AS(products.add(rows, 1, -Eigen::VectorXd::Ones(3000)), DataError);
  rows(17, 2) = std::nan("");
  const CrossProducts before = products;
  CHECK_THROWS_WITH(products.add(rows), doctest::Contains("row 3018, column 3"));
  CHECK(products.scatter() == before.scatter());
  CHECK_THROWS_AS(static_cast<void>(fit_streamed(products, {.outcome = 6})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(fit_streamed(products, {.outcome = 5, .exogenous = {0, 5}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(fit_streamed(products, {.outcome = 5, .exogenous = {0}, .instruments = {1}})),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(fit_streamed(
                      products, {.outcome = 5, .exogenous = {}, .endogenous = {3, 4}, .instruments = {2}})),
                  DataError);
  const StreamedFit fit = fit_streamed(products, {.outcome = 5, .exogenous = {0}});
  CHECK_THROWS_AS(static_cast<void>(ScoreProducts(fit).covariance(CovarianceKind::Hc0)), DataError);
  CHECK_THROWS_AS(static_cast<void>(fit_streamed(CrossProducts(2), {.outcome = 1})), DataError);
}
