// labels: oracle stat
#include <Eigen/Cholesky>
#include <cmath>
#include <vector>

#include "causal/estimation/effect/anderson_rubin.hpp"
#include "causal/estimation/effect/iv.hpp"
#include "causal/math/fisher_f.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

constexpr double kEffect = 0.4;

/// `strength` of the instruments, all of which but the first act on y directly with `direct`.
EffectData table(Eigen::Index n, std::uint32_t run, Eigen::Index instruments, double strength, double direct = 0) {
  RandomStream random(11, RandomDomain::Test, run);
  Eigen::MatrixXd X(n, 1);
  Eigen::MatrixXd Z(n, instruments);
  Eigen::VectorXd y(n);
  Eigen::VectorXd d(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    X(i, 0) = random.normal();
    const double hidden = random.normal();
    d(i) = X(i, 0) + 2 * hidden + random.normal();
    y(i) = X(i, 0) + 2 * hidden + random.normal();
    for (Eigen::Index j = 0; j < instruments; ++j) {
      Z(i, j) = random.normal();
      d(i) += strength * Z(i, j);
      if (j > 0) y(i) += direct * Z(i, j);
    }
    y(i) += kEffect * d(i);
  }
  return hand_made(y, d, {.covariates = X, .instruments = Z});
}

}  // namespace

TEST_CASE("the statistic is the F test of the instruments on y - b d") {
  const EffectData data = table(90, 1, 3, 0.3);
  Eigen::MatrixXd all(90, 5);
  all << data.instruments.values, with_intercept(data.covariates.values);
  for (const double b : {-1.0, 0.0, 2.5}) {
    const Eigen::VectorXd y = data.outcome - b * data.treatment;
    const LeastSquaresFit with = least_squares(all, y);
    const LeastSquaresFit without = least_squares(all.rightCols(2), y);
    const double f = (without.residuals.squaredNorm() - with.residuals.squaredNorm()) / 3 /
                     (with.residuals.squaredNorm() / with.dof);
    CHECK(anderson_rubin_statistic(data, b) == Approx(f).epsilon(1e-9));
    const Eigen::MatrixXd V = coefficient_covariance(with, CovarianceKind::Hc1, all).topLeftCorner(3, 3);
    const Eigen::VectorXd pi = with.coefficients.head(3);
    CHECK(anderson_rubin_statistic(data, b, CovarianceKind::Hc1) ==
          Approx(pi.dot(V.ldlt().solve(pi)) / 3).epsilon(1e-8));
  }
}

TEST_CASE("the set holds exactly the values that are not rejected, whatever its shape") {
  int bounded = 0;
  int everything = 0;
  int rays = 0;
  int empty = 0;
  for (std::uint32_t run = 0; run < 160; ++run) {
    const Eigen::Index q = 1 + run % 3;
    const double strength = run % 4 == 0 ? 0 : run % 4 == 1 ? 0.25 : 0.8;
    const EffectData data = table(60, run, q, strength, run % 5 == 0 ? 1.5 : 0);
    for (const CovarianceKind kind : {CovarianceKind::Classic, CovarianceKind::Hc1}) {
      const AndersonRubinSet set = anderson_rubin(data, {.covariance = kind});
      const double critical = fisher_f_quantile(0.95, static_cast<double>(q), set.dof);
      CAPTURE(run);
      CAPTURE(set.brief());
      for (double b = -40; b <= 40; b += 0.37) {
        const double statistic = anderson_rubin_statistic(data, b, kind);
        if (std::abs(statistic - critical) < 1e-7 * critical) continue;
        CHECK(set.contains(b) == (statistic < critical));
      }
      for (const Interval& part : set.intervals) {
        for (const double end : {part.low, part.high}) {
          if (std::isfinite(end)) CHECK(anderson_rubin_statistic(data, end, kind) == Approx(critical).epsilon(1e-5));
        }
      }
      if (kind != CovarianceKind::Classic) continue;
      bounded += set.is_bounded_interval() ? 1 : 0;
      empty += set.is_empty() ? 1 : 0;
      rays += set.intervals.size() == 2 ? 1 : 0;
      everything += set.brief() == "every value" ? 1 : 0;
      CHECK(set.warnings.empty() == set.is_bounded_interval());
      CHECK(set.contains(0) == (set.p_at_zero >= 0.05));
    }
  }
  CHECK(bounded > 0);
  CHECK(everything > 0);
  CHECK(rays > 0);
  CHECK(empty > 0);
}

TEST_CASE("the set covers with instruments of any strength, where the usual interval does not") {
  for (const double strength : {0.0, 0.1, 0.5}) {
    const double share = coverage(kRuns, [&](std::uint32_t run) {
      return anderson_rubin(table(100, 1000 + run, 2, strength)).contains(kEffect);
    });
    MESSAGE("strength ", strength, ": ", share);
    CHECK(share >= kLeastCoverage);
    CHECK(share <= kMostCoverage);
  }
  const double usual =
      coverage(kRuns, [&](std::uint32_t run) { return covers(iv(table(100, 1000 + run, 2, 0.1)), kEffect); });
  MESSAGE("two-stage least squares, strength 0.1: ", usual);
  CHECK(usual < 0.9);
}

TEST_CASE("by cluster, and wrong calls") {
  EffectData data = table(120, 5, 2, 0.5);
  for (int i = 0; i < 120; ++i) data.clusters.push_back(i / 4);
  const AndersonRubinSet set = anderson_rubin(data);
  const double critical = fisher_f_quantile(0.95, 2, set.dof);
  for (double b = -5; b < 5; b += 0.21) {
    CHECK(set.contains(b) == (anderson_rubin_statistic(data, b, CovarianceKind::Cluster) <= critical));
  }
  CHECK_THROWS_AS(static_cast<void>(anderson_rubin(data, {.covariance = CovarianceKind::Hc2})), InvalidArgument);
  data.instruments = named(Eigen::MatrixXd(120, 0), "z");
  CHECK_THROWS_AS(static_cast<void>(anderson_rubin(data)), DataError);
}
