// labels: unit oracle golden
// Generalised linear models against their likelihoods: derivatives by differences, other maximisers, closed forms.
#include "causal/estimation/nuisance/glm.hpp"

#include <Eigen/LU>
#include <cmath>
#include <vector>

#include "causal/math/optimize.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

constexpr GlmFamily kFamilies[] = {GlmFamily::Logistic, GlmFamily::Probit, GlmFamily::Poisson};

double mean_at(GlmFamily family, double eta) {
  switch (family) {
    case GlmFamily::Logistic:
      return 1 / (1 + std::exp(-eta));
    case GlmFamily::Probit:
      return std::erfc(-eta / std::sqrt(2.0)) / 2;
    case GlmFamily::Poisson:
      return std::exp(eta);
  }
  return 0;
}

struct Problem {
  GlmFamily family = GlmFamily::Logistic;
  Eigen::MatrixXd design;
  Eigen::VectorXd y, weights, offset;
};

Problem problem(GlmFamily family, Eigen::Index n, std::uint32_t key) {
  RandomStream stream(11, RandomDomain::Test, key, static_cast<std::uint32_t>(family));
  Problem p{family, Eigen::MatrixXd(n, 3), Eigen::VectorXd(n), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    p.design.row(i) << 1, stream.normal(), stream.normal() / 2;
    p.weights(i) = 0.2 + stream.uniform();
    p.offset(i) = 0.3 * stream.normal();
    const double mean = mean_at(family, 0.3 + 0.5 * p.design(i, 1) - 0.8 * p.design(i, 2) + p.offset(i));
    if (family != GlmFamily::Poisson) {
      p.y(i) = stream.uniform() < mean ? 1 : 0;
      continue;
    }
    p.y(i) = 0;
    for (double product = stream.uniform(); product > std::exp(-mean); product *= stream.uniform()) ++p.y(i);
  }
  return p;
}

/// Minus the log likelihood but for constants, plus the penalty.
double objective(const Problem& p, const Eigen::VectorXd& b, double ridge) {
  double sum = ridge / 2 * b.tail(2).squaredNorm();
  for (Eigen::Index i = 0; i < p.y.size(); ++i) {
    const double mean = mean_at(p.family, p.design.row(i).dot(b) + p.offset(i));
    sum -= p.weights(i) * (p.family == GlmFamily::Poisson ? p.y(i) * std::log(mean) - mean
                                                          : p.y(i) * std::log(mean) + (1 - p.y(i)) * std::log1p(-mean));
  }
  return sum;
}

Eigen::VectorXd slope(const Problem& p, const Eigen::VectorXd& b, double ridge) {
  Eigen::VectorXd gradient(b.size());
  const double h = 1e-5;
  for (Eigen::Index j = 0; j < b.size(); ++j) {
    Eigen::VectorXd up = b;
    Eigen::VectorXd down = b;
    up(j) += h;
    down(j) -= h;
    gradient(j) = (objective(p, up, ridge) - objective(p, down, ridge)) / (2 * h);
  }
  return gradient;
}

double largest(const Eigen::MatrixXd& difference) { return difference.cwiseAbs().maxCoeff(); }

}  // namespace

TEST_CASE("the likelihood is flat at the fit, with weights, offset and penalty") {
  for (const GlmFamily family : kFamilies) {
    for (const double ridge : {0.0, 3.0}) {
      const Problem p = problem(family, 300, 1);
      const GlmFit fit = fit_glm(p.design, p.y, {.family = family, .ridge = ridge}, p.weights, p.offset);
      INFO(enum_name(family), " ridge ", ridge);
      CHECK(fit.status == Status::Ok);
      // Central differences are wrong by h^2 / 6 times third derivatives (below 200) and by rounding, 1e-14 * 300 / h.
      CHECK(largest(slope(p, fit.coefficients, ridge)) < 1e-6);
      for (Eigen::Index i = 0; i < 300; ++i) {
        const double eta = p.design.row(i).dot(fit.coefficients) + p.offset(i);
        CHECK(fit.mean(i) == doctest::Approx(mean_at(family, eta)).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("a general minimiser ends at the same coefficients") {
  if (!optimizer_available()) return;
  for (const GlmFamily family : kFamilies) {
    const Problem p = problem(family, 200, 2);
    const GlmFit fit = fit_glm(p.design, p.y, {.family = family}, p.weights, p.offset);
    const MinimizeResult other = minimize(
        [&](const Eigen::VectorXd& b, Eigen::VectorXd& gradient) {
          gradient = slope(p, b, 0);
          return objective(p, b, 0);
        },
        Eigen::VectorXd::Zero(3));
    CHECK(largest(fit.coefficients - other.x) < 1e-5);
  }
}

TEST_CASE("bread is the inverse of the expected information") {
  for (const GlmFamily family : kFamilies) {
    const Problem p = problem(family, 150, 3);
    const GlmFit fit = fit_glm(p.design, p.y, {.family = family}, p.weights, p.offset);
    Eigen::MatrixXd information = Eigen::MatrixXd::Zero(3, 3);
    const double h = 1e-6;
    for (Eigen::Index i = 0; i < 150; ++i) {
      const double eta = p.design.row(i).dot(fit.coefficients) + p.offset(i);
      const double mean = mean_at(family, eta);
      const double change = (mean_at(family, eta + h) - mean_at(family, eta - h)) / (2 * h);
      const double variance = family == GlmFamily::Poisson ? mean : mean * (1 - mean);
      information += p.weights(i) * change * change / variance * p.design.row(i).transpose() * p.design.row(i);
    }
    CHECK(largest(fit.bread * information - Eigen::MatrixXd::Identity(3, 3)) < 1e-8);
  }
}

TEST_CASE("one group a cell: fitted means are the groups' means") {
  Eigen::MatrixXd design(9, 2);
  Eigen::VectorXd y(9);
  for (int i = 0; i < 9; ++i) {
    design.row(i) << 1, (i < 4 ? 0 : 1);
    y(i) = i % 3 == 0 ? 1 : 0;  // 2 of 4, 1 of 5.
  }
  for (const GlmFamily family : kFamilies) {
    const GlmFit fit = fit_glm(design, y, {.family = family});
    CHECK(fit.mean(0) == doctest::Approx(2.0 / 4).epsilon(1e-10));
    CHECK(fit.mean(8) == doctest::Approx(1.0 / 5).epsilon(1e-10));
    const double difference = family == GlmFamily::Logistic ? std::log(0.25) : std::log(0.2 / 0.5);
    if (family != GlmFamily::Probit) CHECK(fit.coefficients(1) == doctest::Approx(difference).epsilon(1e-9));
    CHECK(fit.extreme_rows == 0);
  }
  // Twice the log likelihood below that of a perfect fit; closed form for two groups.
  const double deviance = -2 * (4 * std::log(0.5) + std::log(0.2) + 4 * std::log(0.8));
  CHECK(fit_glm(design, y).deviance == doctest::Approx(deviance).epsilon(1e-12));
}

TEST_CASE("integer weights are repeated rows, and a column that repeats others is left out") {
  const Problem p = problem(GlmFamily::Logistic, 60, 4);
  Eigen::VectorXd weights(60);
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < 60; ++i) {
    weights(i) = static_cast<double>(i % 3);
    for (int times = 0; times < i % 3; ++times) rows.push_back(i);
  }
  for (const GlmFamily family : kFamilies) {
    const GlmFit weighted = fit_glm(p.design, p.y, {.family = family}, weights);
    const GlmFit repeated =
        fit_glm(Eigen::MatrixXd(p.design(rows, Eigen::all)), Eigen::VectorXd(p.y(rows)), {.family = family});
    CHECK(largest(weighted.coefficients - repeated.coefficients) < 1e-8);
    CHECK(largest(weighted.bread - repeated.bread) < 1e-8);
    Eigen::MatrixXd wider(60, 4);
    wider << p.design.leftCols(2), p.design.col(1) - p.design.col(0), p.design.col(2);
    const GlmFit aliased = fit_glm(wider, p.y, {.family = family}, weights);
    CHECK(aliased.columns.aliased == std::vector<int>{2});
    CHECK(aliased.coefficients(2) == 0);
    CHECK(largest(aliased.mean - weighted.mean) < 1e-8);
  }
}

TEST_CASE("separated data end without convergence and say so; a penalty brings the maximum back") {
  Eigen::MatrixXd design(20, 2);
  Eigen::VectorXd y(20);
  for (int i = 0; i < 20; ++i) {
    design.row(i) << 1, i - 9.5;
    y(i) = i < 10 ? 0 : 1;
  }
  for (const GlmFamily family : {GlmFamily::Logistic, GlmFamily::Probit}) {
    const GlmFit fit = fit_glm(design, y, {.family = family});
    INFO(enum_name(family), " ", fit.iterations, " steps, slope ", fit.coefficients(1));
    CHECK((fit.status == Status::MaxIterations || fit.extreme_rows > 0));
    CHECK(fit.coefficients.allFinite());
    CHECK(fit.mean.allFinite());
    const GlmFit penalised = fit_glm(design, y, {.family = family, .ridge = 0.1});
    CHECK(penalised.status == Status::Ok);
    CHECK(penalised.coefficients(1) > 0);
    CHECK(penalised.coefficients(1) < fit.coefficients(1) / 2);
  }
  const GlmFit logistic = fit_glm(design, y);
  CHECK(logistic.status == Status::MaxIterations);
}

TEST_CASE("fractions are outcomes too; what the family has not is refused by row") {
  Eigen::MatrixXd design = Eigen::MatrixXd::Ones(4, 1);
  Eigen::VectorXd y(4);
  y << 0.1, 0.2, 0.3, 0.8;
  CHECK(fit_glm(design, y).mean(0) == doctest::Approx(0.35).epsilon(1e-12));
  y(2) = 1.5;
  CHECK_THROWS_WITH_AS(static_cast<void>(fit_glm(design, y)), doctest::Contains("row 3"), DataError);
  CHECK(fit_glm(design, y, {.family = GlmFamily::Poisson}).mean(0) == doctest::Approx(0.65).epsilon(1e-12));
  y(2) = -1;
  CHECK_THROWS_AS(static_cast<void>(fit_glm(design, y, {.family = GlmFamily::Poisson})), DataError);
  CHECK_THROWS_AS(static_cast<void>(fit_glm(design, y.head(3))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(fit_glm(design, y, {.max_iterations = 0})), InvalidArgument);
}

TEST_CASE("large counts and far-off starts converge") {
  Eigen::MatrixXd design(50, 2);
  Eigen::VectorXd y(50);
  for (int i = 0; i < 50; ++i) {
    design.row(i) << 1, i / 10.0;
    y(i) = std::round(std::exp(1 + 3.0 * i / 10.0));  // Up to 6.6 million.
  }
  const GlmFit fit = fit_glm(design, y, {.family = GlmFamily::Poisson});
  CHECK(fit.status == Status::Ok);
  CHECK(fit.coefficients(1) == doctest::Approx(3).epsilon(1e-3));
  const GlmFit free = fit_glm(design.rightCols(1), y, {.family = GlmFamily::Poisson});  // No intercept to start from.
  CHECK(free.status == Status::Ok);
}
