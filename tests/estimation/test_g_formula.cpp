// labels: unit oracle golden determinism
// Standardisation of a parametric outcome model.
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/g_formula.hpp"
#include "causal/estimation/effect/regression.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "support/confounded_data.hpp"
#include "support/effect_tables.hpp"
#include "support/ihdp.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// Root mean squared error of the effects of single rows, by one least-squares fit an arm.
double error_of_effects(const test::Ihdp& rows) {
  const Eigen::MatrixXd design = with_intercept(rows.data.covariates.values);
  const auto fit = [&](int arm) {
    return least_squares(design, rows.data.outcome, rows.data.arm_indicator(arm)).coefficients;
  };
  const Eigen::VectorXd effects = design * (fit(rows.data.treated) - fit(rows.data.control));
  return std::sqrt((effects - rows.effect).squaredNorm() / static_cast<double>(effects.size()));
}

}  // namespace

TEST_CASE("NHEFS: standardisation") {
  // Computed in R 4.x with lm and predict; 3.5 in Hernan and Robins, "What If", section 13.
  const EffectData data =
      effect_data(test::nhefs(), {.outcome = "wt82_71", .treatment = "qsmk", .covariates = test::nhefs_covariates()});
  const Estimate estimate = g_formula(data, {.modifiers = {"smokeintensity"}});
  CHECK(estimate.value == Approx(3.517374201).epsilon(1e-6));
  CHECK(*estimate.diagnostics.find("mean_treated") == Approx(5.273587).epsilon(1e-6));
  CHECK(*estimate.diagnostics.find("mean_control") == Approx(1.756213).epsilon(1e-6));
}

TEST_CASE("NSW treated and CPS controls: outcomes of the treated imputed from the controls") {
  // Computed in R 4.x with lm on the controls.
  const EffectData data = effect_data(
      test::nsw_treated_and_cps(), {.outcome = "re78", .treatment = "treat", .covariates = test::lalonde_covariates()});
  CHECK(g_formula(data, {.estimand = Estimand::Att}).value == Approx(689.858037).epsilon(1e-6));
}

TEST_CASE("IHDP: one regression for each arm, and how far off its effects are") {
  // Computed in R 4.x with lm; the true averages are those of the file's noise-free outcomes.
  const double expected[3] = {3.961070131, 4.056847501, 4.066397211};
  const double truth[3] = {4.016066896, 4.05083876, 4.099163648};
  const double pehe[3] = {0.5834170804, 0.6876246042, 0.6443084586};
  for (int replicate = 1; replicate <= 3; ++replicate) {
    const auto rows = test::ihdp(replicate);
    if (!rows) return;
    CHECK(rows->effect.mean() == Approx(truth[replicate - 1]).epsilon(1e-6));
    CHECK(rows->effect.dot(rows->data.treatment) / rows->data.treatment.sum() == Approx(4).epsilon(1e-6));
    CHECK(g_formula(rows->data).value == Approx(expected[replicate - 1]).epsilon(1e-6));
    CHECK(error_of_effects(*rows) == Approx(pehe[replicate - 1]).epsilon(1e-6));
  }
}

TEST_CASE("influence values are the derivatives by the rows' weights") {
  // To first order value(w) = value + mean of (w_i - 1) psi_i: the infinitesimal jackknife, for each model.
  for (const OutcomeModel model : {OutcomeModel::Linear, OutcomeModel::Logistic, OutcomeModel::Poisson}) {
    EffectData data = test::confounded_data(80, 1, {.binary = true});
    if (model == OutcomeModel::Poisson) data.outcome.array() += 1;
    check_effect_data(data);
    for (const Estimand estimand : {Estimand::Ate, Estimand::Att}) {
      const GFormulaOptions options{.outcome_model = model, .estimand = estimand};
      const Estimate estimate = g_formula(data, options);
      REQUIRE(estimate.status == Status::Ok);
      for (const Eigen::Index row : {0, 17, 42}) {
        const double step = 1e-4;
        double ends[2];
        for (const int side : {0, 1}) {
          EffectData moved = data;
          moved.weights = Eigen::VectorXd::Ones(80);
          moved.weights(row) += side == 1 ? step : -step;
          check_effect_data(moved);
          ends[side] = g_formula(moved, options).value;
        }
        const double derivative = (ends[1] - ends[0]) / (2 * step) * 80;
        CHECK(estimate.influence(row) == Approx(derivative).epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("without products a linear model gives the coefficient") {
  const EffectData data = test::confounded_data(200, 2);
  const Estimate estimate = g_formula(data, {.modifiers = {}});
  const Estimate coefficient = regression(data, {.covariance = CovarianceKind::Hc0});
  CHECK(estimate.value == Approx(coefficient.value).epsilon(1e-10));
  CHECK(estimate.std_error == Approx(coefficient.std_error).epsilon(1e-10));
}

TEST_CASE("doses of a continuous treatment, through a curved link") {
  RandomStream random(11, RandomDomain::Test, 0);
  const Eigen::Index n = 4000;
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "dose";
  data.covariates.names = {"x"};
  data.covariates.values.resize(n, 1);
  data.outcome.resize(n);
  data.treatment.resize(n);
  double truth = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double x = random.normal();
    data.covariates.values(i, 0) = x;
    data.treatment(i) = x / 2 + random.normal();
    data.outcome(i) = random.uniform() < test::logistic(x + data.treatment(i)) ? 1 : 0;
    truth += (test::logistic(x + 1) - test::logistic(x - 1)) / static_cast<double>(n);
  }
  check_effect_data(data);
  const Estimate estimate = g_formula(data, {.control_value = -1, .treated_value = 1});
  // The average over these x; sampling of x adds to the standard error only.
  CHECK(std::abs(estimate.value - truth) < 5 * estimate.std_error);
  CHECK(estimate.std_error < 0.02);
}

TEST_CASE("what the data do not determine, and wrong outcomes") {
  EffectData data = test::confounded_data(100, 3);
  CHECK_THROWS_AS(static_cast<void>(g_formula(data, {.outcome_model = OutcomeModel::Logistic})), DataError);
  CHECK_THROWS_AS(static_cast<void>(g_formula(data, {.outcome_model = OutcomeModel::Poisson})), DataError);
  CHECK_THROWS_AS(static_cast<void>(g_formula(data, {.estimand = Estimand::Overlap})), InvalidArgument);
  data.covariates.values.col(1) = 2 - data.treatment.array();
  CHECK(g_formula(data).status == Status::Degenerate);
  // A cell without treated rows in a saturated model.
  EffectData cells = test::three_cells(200, 2);
  for (Eigen::Index i = 0; i < 200; ++i) {
    if (cells.covariates.values(i, 1) > 0) {
      cells.arms[static_cast<std::size_t>(i)] = 0;
      cells.treatment(i) = 0;
    }
  }
  const Estimate hole = g_formula(cells);
  CHECK(hole.status == Status::Degenerate);
  CHECK(hole.warnings[0].find("a=1:x=2") != std::string::npos);
  // The effect on the treated asks nothing of that cell.
  CHECK(g_formula(cells, {.estimand = Estimand::Att}).status == Status::Ok);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(500, 4, {.binary = true});
  const auto bytes = [&](int threads) {
    return estimate_to_json(g_formula(data, {.run = {.threads = threads}})).dump();
  };
  CHECK(bytes(2) == bytes(1));
  CHECK(bytes(4) == bytes(1));
}
