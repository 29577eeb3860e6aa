// labels: unit stat
// Sizes of studies.
#include <cmath>
#include <vector>

#include "causal/estimation/effect/regression.hpp"
#include "causal/estimation/effect/sample_size.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "support/confounded_data.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

TEST_CASE("the textbook number: half a standard deviation, power 0.8") {
  // 2 (1.959964 + 0.841621)^2 / 0.5^2 = 62.79 rows an arm, 125.58 in all.
  CHECK(required_rows(0.5) == 126);
  CHECK(required_rows(-0.5) == 126);
  // The closed form without the far tail, which adds less than 1e-5 to the power here.
  for (const double effect : {0.05, 0.1, 0.3}) {
    const double closed = std::pow(normal_quantile(0.975) + normal_quantile(0.9), 2) / (0.3 * 0.7 * effect * effect);
    CHECK(static_cast<double>(required_rows(effect, {.treated_share = 0.3, .power = 0.9})) == std::ceil(closed));
  }
}

TEST_CASE("covariates save rows, clusters cost them") {
  const double plain = static_cast<double>(required_rows(0.01));
  CHECK(static_cast<double>(required_rows(0.01, {.r_squared = 0.5})) == Approx(plain / 2).epsilon(1e-4));
  CHECK(static_cast<double>(required_rows(0.01, {.cluster_size = 20, .intraclass_correlation = 0.05})) ==
        Approx(plain * 1.95).epsilon(1e-4));
  CHECK(static_cast<double>(required_rows(0.01, {.outcome_sd = 2})) == Approx(plain * 4).epsilon(1e-4));
}

TEST_CASE("the three questions answer each other") {
  for (const double power : {0.06, 0.5, 0.8, 0.99}) {
    const StudyDesign design{.outcome_sd = 3, .treated_share = 0.4, .r_squared = 0.2, .power = power, .level = 0.95};
    const std::int64_t rows = required_rows(0.2, design);
    CHECK(power_of(rows, 0.2, design) >= power);
    CHECK(power_of(rows - 1, 0.2, design) < power);
    CHECK(detectable_effect(rows, design) <= 0.2);
    CHECK(power_of(rows, detectable_effect(rows, design), design) == Approx(power).epsilon(1e-9));
  }
  CHECK(power_of(100, 0) == Approx(0.05).epsilon(1e-9));
}

TEST_CASE("questions without an answer") {
  CHECK_THROWS_AS(static_cast<void>(required_rows(0)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(required_rows(std::nan(""))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(required_rows(1e-200)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(required_rows(1, {.power = 0.04})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(power_of(1, 1)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(detectable_effect(100, {.treated_share = 1})), InvalidArgument);
}

TEST_CASE("simulated studies find the effect as often as foretold") {
  // y = sqrt(R^2) x + effect A + sqrt(1 - R^2) e with R^2 = 0.4, a share of 0.3 treated at random; analysed by
  // regression on x. 4,000 studies: three binomial standard errors are 0.019, and 0.006 is left for n = 200 rows.
  const StudyDesign design{.treated_share = 0.3, .r_squared = 0.4};
  const double effect = 0.35;
  const std::int64_t rows = 200;
  std::vector<char> found(4000, 0);
  parallel_for(4000, 2, [&](std::int64_t run) {
    RandomStream random(41, RandomDomain::Test, static_cast<std::uint32_t>(run));
    EffectData data;
    data.outcome_name = "y";
    data.treatment_name = "a";
    data.arm_levels = {"0", "1"};
    data.covariates.names = {"x"};
    data.covariates.values.resize(rows, 1);
    data.outcome.resize(rows);
    data.treatment.resize(rows);
    for (Eigen::Index i = 0; i < rows; ++i) {
      const int arm = random.uniform() < 0.3 ? 1 : 0;
      data.covariates.values(i, 0) = random.normal();
      data.arms.push_back(arm);
      data.treatment(i) = arm;
      data.outcome(i) = std::sqrt(0.4) * data.covariates.values(i, 0) + effect * arm + std::sqrt(0.6) * random.normal();
    }
    check_effect_data(data);
    const Estimate estimate = regression(data, {.covariance = CovarianceKind::Classic, .run = {.threads = 1}});
    found[static_cast<std::size_t>(run)] = estimate.ci_low > 0 || estimate.ci_high < 0 ? 1 : 0;
  });
  double share = 0;
  for (const char hit : found) share += hit / 4000.0;
  CHECK(share == Approx(power_of(rows, effect, design)).epsilon(0.025));
}
