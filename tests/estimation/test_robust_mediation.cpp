// labels: oracle stat determinism
#include <cmath>
#include <vector>

#include "causal/estimation/effect/mediation.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// a | x logistic in `wiggle` of x; m = a + x + noise; y linear in a, m and `bend` of x.
/// With everything linear: E Y(a, M(b)) = 0.5 a + 0.8 b + 0.3 a b, so nde = 0.5, nie = 0.8, te = 1.6.
struct Design {
  bool outcome_is_curved = false;
  bool treatment_is_curved = false;

  [[nodiscard]] EffectData sample(Eigen::Index n, std::uint32_t run) const {
    RandomStream random(41, RandomDomain::Test, run);
    Eigen::MatrixXd X(n, 1);
    Eigen::MatrixXd M(n, 1);
    Eigen::VectorXd a(n);
    Eigen::VectorXd y(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      const double x = random.normal();
      X(i, 0) = x;
      const double eta = treatment_is_curved ? 0.8 * (x * x - 1) : 0.7 * x;
      a(i) = random.uniform() < 1 / (1 + std::exp(-eta)) ? 1 : 0;
      M(i, 0) = a(i) + 0.5 * x + random.normal();
      const double curve = outcome_is_curved ? 1.5 * (x * x - 1) : x;
      y(i) = 0.5 * a(i) + (0.8 + 0.3 * a(i)) * M(i, 0) + curve + random.normal();
    }
    return hand_made(y, a, {.covariates = X, .mediators = M});
  }
};

double mean_nde(const Design& design, int runs) {
  std::vector<double> values(static_cast<std::size_t>(runs));
  parallel_for(runs, 0, [&](std::int64_t run) {
    const EffectData data = design.sample(2000, static_cast<std::uint32_t>(run));
    values[static_cast<std::size_t>(run)] = robust_mediation(data, {.nuisances = {.folds = 2}}).nde.value;
  });
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / runs;
}

}  // namespace

TEST_CASE("with a binary mediator, no covariates and no cross-fitting it is the plug-in of cells") {
  // E[Y | x, m]: .2, .4, .3, .8 at (0,0), (1,0), (0,1), (1,1); P(M = 1 | x) = .4 and .75; worked out by hand.
  const double outcome[2][2] = {{0.2, 0.3}, {0.4, 0.8}};
  const double mediator[2] = {0.4, 0.75};
  Eigen::MatrixXd rows(8, 4);
  Eigen::Index at = 0;
  for (int x = 0; x < 2; ++x) {
    for (int m = 0; m < 2; ++m) {
      for (int y = 0; y < 2; ++y) {
        const double pm = m == 1 ? mediator[x] : 1 - mediator[x];
        rows.row(at++) << x, m, y, 0.5 * pm * (y == 1 ? outcome[x][m] : 1 - outcome[x][m]);
      }
    }
  }
  const EffectData data = hand_made(rows.col(2), rows.col(0), {.mediators = rows.col(1), .weights = rows.col(3)});
  const MediationResult result = robust_mediation(data, {.nuisances = {.folds = 1}});
  CHECK(result.nde.value == Approx(0.32).epsilon(1e-7));
  CHECK(result.nie.value == Approx(0.035).epsilon(1e-7));
  CHECK(result.te.value == Approx(0.46).epsilon(1e-7));
  CHECK(result.tnie.value == Approx(0.14).epsilon(1e-7));
  CHECK(result.te.value == Approx(result.tnde.value + result.nie.value).epsilon(1e-12));
}

TEST_CASE("consistent when either the outcome regressions or the propensities are right, not when neither is") {
  // 60 runs of 2,000 rows: a run's nde has standard error below 0.1 (with weights of curved propensities), so the mean
  // is within 0.05 with four of its standard errors.
  CHECK(mean_nde({}, 60) == Approx(0.5).epsilon(0.05));
  CHECK(std::abs(mean_nde({.outcome_is_curved = true}, 60) - 0.5) < 0.05);
  CHECK(std::abs(mean_nde({.treatment_is_curved = true}, 60) - 0.5) < 0.05);
  CHECK(std::abs(mean_nde({.outcome_is_curved = true, .treatment_is_curved = true}, 60) - 0.5) > 0.3);
}

TEST_CASE("intervals cover") {
  const Design design;
  int nde = 0;
  int nie = 0;
  int te = 0;
  std::vector<MediationResult> results(static_cast<std::size_t>(kRuns));
  parallel_for(kRuns, 0, [&](std::int64_t run) {
    results[static_cast<std::size_t>(run)] =
        robust_mediation(design.sample(500, 1000 + static_cast<std::uint32_t>(run)), {.nuisances = {.folds = 2}});
  });
  for (const MediationResult& result : results) {
    nde += covers(result.nde, 0.5) ? 1 : 0;
    nie += covers(result.nie, 0.8) ? 1 : 0;
    te += covers(result.te, 1.6) ? 1 : 0;
  }
  MESSAGE("nde ", nde, ", nie ", nie, ", te ", te, " of ", kRuns);
  for (const int hits : {nde, nie, te}) {
    CHECK(hits >= kLeastCoverage * kRuns);
    CHECK(hits <= kMostCoverage * kRuns);
  }
}

TEST_CASE("partitions are combined, poor overlap is counted, wrong calls are refused") {
  EffectData data = Design{}.sample(300, 3);
  const MediationResult twice = robust_mediation(data, {.nuisances = {.repeats = 3}, .run = {.seed = 2}});
  CHECK(twice.te.value == Approx(twice.nde.value + twice.tnie.value).epsilon(1e-12));
  EffectData apart = data;
  apart.mediators.values.col(0) = 8 * data.treatment + data.covariates.values.col(0);
  const MediationResult clipped = robust_mediation(apart);
  CHECK(clipped.nde.diagnostics.find("clipped_propensities").value() > 200);
  CHECK(clipped.nde.warnings.back().find("were moved there") != std::string::npos);
  EffectData continuous = data;
  continuous.arms.clear();
  continuous.arm_levels.clear();
  CHECK_THROWS_WITH_AS(static_cast<void>(robust_mediation(continuous)), doctest::Contains("continuous"), DataError);
  data.mediators = named(Eigen::MatrixXd(300, 0), "m");
  CHECK_THROWS_AS(static_cast<void>(robust_mediation(data)), DataError);
}

TEST_CASE("the same bits with 1, 2 and 4 threads") {
  const EffectData data = Design{}.sample(300, 4);
  const MediationResult one = robust_mediation(data, {.run = {.threads = 1}});
  for (const int threads : {2, 4}) {
    const MediationResult other = robust_mediation(data, {.run = {.threads = threads}});
    CHECK(one.nde.influence == other.nde.influence);
    CHECK(one.proportion.std_error == other.proportion.std_error);
  }
}
