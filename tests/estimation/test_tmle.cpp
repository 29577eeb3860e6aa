// labels: unit oracle golden determinism
// Targeted maximum likelihood.
#include <cmath>
#include <string>

#include "causal/estimation/effect/aipw.hpp"
#include "causal/estimation/effect/tmle.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "support/confounded_data.hpp"
#include "support/effect_tables.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

TEST_CASE("NSW: targeted") {
  // Computed in R 4.x with lm, glm and the formulas; the standard error there has the divisor n - 1 under the root.
  const EffectData data =
      effect_data(test::nsw(), {.outcome = "re78", .treatment = "treat", .covariates = test::lalonde_covariates()});
  const Estimate estimate = tmle(data, {.nuisances = {.folds = 1, .clip = 0}});
  CHECK(estimate.value == Approx(1619.004584).epsilon(1e-6));
  CHECK(estimate.std_error == Approx(671.5652057 * std::sqrt(444.0 / 445)).epsilon(1e-6));
}

TEST_CASE("the update solves the equation of the efficient influence function") {
  for (const bool binary : {false, true}) {
    const EffectData data = test::confounded_data(300, 1, {.binary = binary});
    const Estimate estimate = tmle(data);
    REQUIRE(estimate.status == Status::Ok);
    CHECK(std::abs(*estimate.diagnostics.find("mean_score")) < 1e-6);
    // Both are efficient: they differ by less than their errors.
    CHECK(std::abs(estimate.value - aipw(data).value) < 0.3 * estimate.std_error);
  }
}

TEST_CASE("the effect stays within what the outcome allows") {
  // Four rows of a rare treatment: weighting alone can pass 1, a mean of probabilities cannot.
  const EffectData data = test::confounded_data(60, 2, {.confounding = 2, .effect = 3, .binary = true});
  const Estimate estimate = tmle(data, {.nuisances = {.clip = 0.001}});
  CHECK(std::abs(estimate.value) <= 1);
}

TEST_CASE("scale and shift of the outcome carry over") {
  EffectData data = test::confounded_data(200, 3);
  const Estimate one = tmle(data);
  data.outcome = 100 + 7 * data.outcome.array();
  const Estimate other = tmle(data);
  CHECK(other.value == Approx(7 * one.value).epsilon(1e-8));
  CHECK(other.std_error == Approx(7 * one.std_error).epsilon(1e-8));
}

TEST_CASE("missing outcomes are weighted for") {
  EffectData data = test::confounded_data(20000, 4, {.modification = 1});
  RandomStream random(9, RandomDomain::Test, 1);
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (random.uniform() > test::logistic(0.5 - data.covariates.values(i, 0))) data.outcome(i) = std::nan("");
  }
  check_effect_data(data);
  const Estimate estimate = tmle(data);
  CHECK(std::abs(estimate.value - 1) < 5 * estimate.std_error);
  CHECK(std::abs(*estimate.diagnostics.find("mean_score")) < 1e-6);
}

TEST_CASE("a constant outcome and no overlap are no answers") {
  EffectData data = test::confounded_data(100, 5);
  data.outcome.setConstant(4);
  check_effect_data(data);
  const Estimate constant = tmle(data);
  CHECK(constant.status == Status::Degenerate);
  CHECK(constant.warnings[0].find("'y'") != std::string::npos);
  EffectData separated = test::confounded_data(100, 6);
  separated.covariates.values.col(0) = separated.treatment * 10;
  CHECK(tmle(separated, {.nuisances = {.folds = 1}}).status == Status::Degenerate);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(500, 7);
  const auto bytes = [&](int threads) { return estimate_to_json(tmle(data, {.run = {.threads = threads}})).dump(); };
  CHECK(bytes(2) == bytes(1));
  CHECK(bytes(4) == bytes(1));
}
