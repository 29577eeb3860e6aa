// labels: stat
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/iv.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

// Two binary instruments, a covariate, a hidden cause of treatment and outcome, errors whose spread depends on the
// instrument; in groups of four rows when clustered. The effect is 0.

using namespace causal;
using namespace causal::estimation;

namespace {

EffectData sample(std::uint32_t run, bool clustered, Eigen::Index instruments, bool covariate) {
  constexpr Eigen::Index kRows = 400;
  RandomStream random(61, RandomDomain::Test, run);
  Eigen::MatrixXd X(kRows, covariate ? 1 : 0);
  Eigen::MatrixXd Z(kRows, instruments);
  Eigen::VectorXd y(kRows);
  Eigen::VectorXd d(kRows);
  std::vector<int> clusters;
  double shared = 0;
  double shared_z = 0;
  for (Eigen::Index i = 0; i < kRows; ++i) {
    if (i % 4 == 0) {
      shared = random.normal();
      shared_z = random.uniform();
    }
    if (clustered) clusters.push_back(static_cast<int>(i / 4));
    const double x = random.normal();
    if (covariate) X(i, 0) = x;
    const double hidden = random.normal();
    d(i) = x + hidden + random.normal();
    for (Eigen::Index j = 0; j < instruments; ++j) {
      Z(i, j) = (clustered ? shared_z : random.uniform()) * (1 + 0.5 * static_cast<double>(j) * random.uniform()) < 0.5;
      d(i) += Z(i, j);
    }
    y(i) = x + hidden + (0.5 + Z(i, 0)) * random.normal() + (clustered ? shared : 0);
  }
  return hand_made(y, d, {.covariates = X, .instruments = Z, .clusters = clusters});
}

void check_coverage(const std::string& name, const IvOptions& options, bool clustered, Eigen::Index instruments,
                    bool covariate) {
  const double share = coverage(
      kRuns, [&](std::uint32_t run) { return covers(iv(sample(run, clustered, instruments, covariate), options), 0); });
  MESSAGE(name, ": ", share);
  CHECK(share >= kLeastCoverage);
  CHECK(share <= kMostCoverage);
}

}  // namespace

TEST_CASE("under no effect intervals cover 0") {
  check_coverage("two-stage least squares", {}, false, 2, true);
  check_coverage("two-stage least squares by cluster", {}, true, 2, true);
  check_coverage("liml", {.estimator = IvEstimator::Liml}, false, 2, true);
  check_coverage("wald", {.estimator = IvEstimator::Wald}, false, 1, false);
}

TEST_CASE("overidentification tests keep their level") {
  const double share = coverage(kRuns, [&](std::uint32_t run) {
    return iv(sample(run, false, 2, true)).diagnostics.find("overidentification_p").value() > 0.05;
  });
  MESSAGE("Hansen's J is not rejected in ", share);
  CHECK(share >= kLeastCoverage);
  CHECK(share <= kMostCoverage);
}

TEST_CASE("ignoring clusters does not cover") {
  const double share = coverage(kRuns, [&](std::uint32_t run) {
    EffectData data = sample(run, true, 2, true);
    data.clusters.clear();
    return covers(iv(data), 0);
  });
  CHECK(share < 0.9);
}
