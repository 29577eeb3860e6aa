// labels: stat
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/mediation.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

/// x normal, a | x logistic; m = effect_on_m * a + x / 2 + noise, or the sign of that;
/// y = 0.4 a + slope * m + x / 2 + noise, or the sign of that.
EffectData sample(std::uint32_t run, double effect_on_m, double slope, bool binary_m, bool binary_y) {
  constexpr Eigen::Index kRows = 400;
  RandomStream random(71, RandomDomain::Test, run);
  Eigen::MatrixXd X(kRows, 1);
  Eigen::MatrixXd M(kRows, 1);
  Eigen::VectorXd a(kRows);
  Eigen::VectorXd y(kRows);
  for (Eigen::Index i = 0; i < kRows; ++i) {
    X(i, 0) = random.normal();
    a(i) = random.uniform() < 1 / (1 + std::exp(-0.5 * X(i, 0))) ? 1 : 0;
    M(i, 0) = effect_on_m * a(i) + 0.5 * X(i, 0) + random.normal();
    if (binary_m) M(i, 0) = M(i, 0) > 0 ? 1 : 0;
    y(i) = 0.4 * a(i) + slope * M(i, 0) + 0.5 * X(i, 0) + random.normal();
    if (binary_y) y(i) = y(i) > 0 ? 1 : 0;
  }
  return hand_made(y, a, {.covariates = X, .mediators = M});
}

double normal_below(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

void check_share(const std::string& name, double share) {
  MESSAGE(name, ": ", share);
  CHECK(share >= kLeastCoverage);
  CHECK(share <= kMostCoverage);
}

}  // namespace

TEST_CASE("linear model: no indirect effect, and effects that are known") {
  // The treatment does not move the mediator, the mediator moves the outcome: nie = 0, nde = 0.4.
  check_share("nie = 0", coverage(kRuns, [](std::uint32_t run) {
                return covers(mediation(sample(run, 0, 0.7, false, false)).nie, 0);
              }));
  check_share("nde", coverage(kRuns, [](std::uint32_t run) {
                return covers(mediation(sample(run, 0.5, 0.7, false, false), {.interaction = true}).nde, 0.4);
              }));
  check_share("nie, classic errors", coverage(kRuns, [](std::uint32_t run) {
                return covers(mediation(sample(run, 0.5, 0.7, false, false), {.errors = PathErrors::Classic}).nie,
                              0.35);
              }));
  // 2 and 2.5 % of 199 draws are order statistics: the percentile interval has level 0.95 to within 0.005.
  check_share("nie, bootstrap", coverage(kRuns, [](std::uint32_t run) {
                return covers(
                    mediation(sample(run, 0.5, 0.7, false, false),
                              {.errors = PathErrors::Bootstrap, .draws = 199, .run = {.threads = 1, .seed = run}})
                        .nie,
                    0.35);
              }));
}

TEST_CASE("probit outcome: no indirect effect, and a direct effect from its integral") {
  check_share("nie = 0", coverage(kRuns, [](std::uint32_t run) {
                return covers(mediation(sample(run, 0, 0.7, false, true), {.outcome_model = PathModelKind::Probit}).nie,
                              0);
              }));
  // y > 0 with probability Phi((0.4 a + 0.7 * 0.5 b + x (0.7 * 0.5 + 0.5)) / sqrt(1 + 0.49)); x is integrated out too.
  const double spread = std::sqrt(1 + 0.49 + 0.85 * 0.85);
  const double truth = normal_below(0.4 / spread) - 0.5;
  check_share("nde", coverage(kRuns, [&](std::uint32_t run) {
                return covers(
                    mediation(sample(run, 0.5, 0.7, false, true), {.outcome_model = PathModelKind::Probit}).nde, truth);
              }));
}

TEST_CASE("binary mediator: no indirect effect") {
  check_share("nie = 0", coverage(kRuns, [](std::uint32_t run) {
                return covers(
                    mediation(sample(run, 0, 0.7, true, false), {.mediator_model = PathModelKind::Probit}).nie, 0);
              }));
}
