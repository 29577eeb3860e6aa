// labels: unit oracle determinism
// Stratification by the propensity.
#include <cmath>
#include <string>

#include "causal/estimation/effect/aipw.hpp"
#include "causal/estimation/effect/stratification.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/run/error.hpp"
#include "support/confounded_data.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

TEST_CASE("three cells are three strata: the estimate is standardisation") {
  const EffectData data = test::three_cells(600, 1);
  for (const Estimand estimand : {Estimand::Ate, Estimand::Att, Estimand::Atc}) {
    const Estimate strata = stratification(data, {.strata = 100, .estimand = estimand});
    const Estimate cells = aipw(data, {.estimand = estimand, .nuisances = {.folds = 1, .clip = 0}});
    CHECK(*strata.diagnostics.find("strata") == 3);
    CHECK(strata.value == Approx(cells.value).epsilon(1e-9));
    CHECK(strata.std_error == Approx(cells.std_error).epsilon(1e-9));
  }
}

TEST_CASE("one stratum is the difference of means; five remove most of the bias") {
  const EffectData data = test::confounded_data(20000, 1);
  double sum[2] = {0, 0}, count[2] = {0, 0};
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const auto arm = static_cast<std::size_t>(data.arms[static_cast<std::size_t>(i)]);
    sum[arm] += data.outcome(i);
    count[arm] += 1;
  }
  const double naive = sum[1] / count[1] - sum[0] / count[0];
  CHECK(stratification(data, {.strata = 1}).value == Approx(naive).epsilon(1e-10));
  const Estimate five = stratification(data);
  CHECK(*five.diagnostics.find("strata") == 5);
  // Cochran: about nine tenths for a normal confounder; a fifth is left plus five standard errors of 0.02.
  CHECK(std::abs(five.value - 1) < 0.2 * std::abs(naive - 1) + 5 * five.std_error);
  CHECK(std::abs(naive - 1) > 0.4);
}

TEST_CASE("strata of one arm are left out, counted and warned of") {
  EffectData data = test::three_cells(300, 2);
  for (Eigen::Index i = 0; i < 300; ++i) {
    if (data.covariates.values(i, 1) > 0) {
      data.arms[static_cast<std::size_t>(i)] = 1;
      data.treatment(i) = 1;
    }
  }
  data.known_propensity =
      0.3 + 0.2 * data.covariates.values.col(0).array() + 0.6 * data.covariates.values.col(1).array();
  check_effect_data(data);
  const Estimate estimate = stratification(data, {.strata = 50});
  CHECK(*estimate.diagnostics.find("empty_strata") == 1);
  CHECK(*estimate.diagnostics.find("strata") == 2);
  REQUIRE(estimate.warnings.size() == 1);
  CHECK(estimate.n_used < 300);
  CHECK(estimate.n_used == 300 - static_cast<std::int64_t>(data.covariates.values.col(1).sum()));
  CHECK(estimate.influence.size() == estimate.n_used);
  CHECK(std::abs(estimate.influence.sum()) < 1e-9);

  EffectData apart = test::confounded_data(40, 3);
  apart.known_propensity = 0.2 + 0.6 * apart.treatment.array();
  check_effect_data(apart);
  CHECK(stratification(apart, {.strata = 40}).status == Status::Degenerate);
}

TEST_CASE("calls that make no sense") {
  const EffectData data = test::confounded_data(60, 4);
  CHECK_THROWS_AS(static_cast<void>(stratification(data, {.strata = 0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(stratification(data, {.estimand = Estimand::Overlap})), InvalidArgument);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(500, 5);
  const auto bytes = [&](int threads) {
    return estimate_to_json(stratification(data, {.run = {.threads = threads}})).dump();
  };
  CHECK(bytes(2) == bytes(1));
  CHECK(bytes(4) == bytes(1));
}
