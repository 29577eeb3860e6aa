// labels: stat
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/dml.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

// One design for all: x two normals; z | x logistic in x_1; a hidden h; d = 1{z + x_1 + h > .5}, or that sum plus
// noise; y = x_1 - x_2 + (h when d is confounded) + noise: the effect is 0. Linear and logistic regressions are right,
// or nearly.

using namespace causal;
using namespace causal::estimation;

namespace {

constexpr Eigen::Index kRows = 500;

EffectData sample(std::uint32_t run, bool binary, bool confounded) {
  RandomStream random(51, RandomDomain::Test, run);
  Eigen::MatrixXd X(kRows, 2);
  Eigen::MatrixXd Z(kRows, 1);
  Eigen::VectorXd y(kRows);
  Eigen::VectorXd d(kRows);
  for (Eigen::Index i = 0; i < kRows; ++i) {
    X.row(i) << random.normal(), random.normal();
    Z(i, 0) = random.uniform() < 1 / (1 + std::exp(-0.5 * X(i, 0))) ? 1 : 0;
    const double hidden = random.normal();
    const double dose = 1.5 * Z(i, 0) + 0.5 * X(i, 0) + hidden;
    d(i) = binary ? (dose > 0.75 ? 1.0 : 0.0) : dose + random.normal();
    y(i) = X(i, 0) - X(i, 1) + (confounded ? hidden : 0) + random.normal();
  }
  return hand_made(y, d, {.covariates = X, .instruments = Z});
}

template <class Estimator>
void check_coverage(const std::string& name, bool binary, bool confounded, Estimator&& estimator) {
  const double share = coverage(kRuns, [&](std::uint32_t run) {
    return covers(estimator(sample(run, binary, confounded), RunOptions{.threads = 1, .seed = run}), 0);
  });
  MESSAGE(name, ": ", share);
  CHECK(share >= kLeastCoverage);
  CHECK(share <= kMostCoverage);
}

}  // namespace

TEST_CASE("under no effect intervals cover 0") {
  const NuisanceOptions nuisances{.folds = 3};
  check_coverage("plr", false, false, [&](const EffectData& data, const RunOptions& run) {
    return plr(data, {.nuisances = nuisances, .run = run});
  });
  check_coverage("plr, score of type IV", false, false, [&](const EffectData& data, const RunOptions& run) {
    return plr(data, {.score = PlrScore::IvType, .nuisances = nuisances, .run = run});
  });
  check_coverage("irm", true, false, [&](const EffectData& data, const RunOptions& run) {
    return irm(data, {.nuisances = nuisances, .run = run});
  });
  check_coverage("irm, treated", true, false, [&](const EffectData& data, const RunOptions& run) {
    return irm(data, {.estimand = Estimand::Att, .nuisances = nuisances, .run = run});
  });
  check_coverage("pliv", false, true, [&](const EffectData& data, const RunOptions& run) {
    return pliv(data, {.nuisances = nuisances, .run = run});
  });
  check_coverage("iivm", true, true, [&](const EffectData& data, const RunOptions& run) {
    return iivm(data, {.nuisances = nuisances, .run = run});
  });
}

TEST_CASE("the treatment is confounded where an instrument is called for") {
  const double share = coverage(200, [&](std::uint32_t run) { return covers(plr(sample(run, false, true)), 0); });
  CHECK(share < 0.2);
}
