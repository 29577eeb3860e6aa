// labels: unit oracle golden determinism
// Adjustment by least squares.
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/regression.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/run/error.hpp"
#include "support/confounded_data.hpp"
#include "support/effect_tables.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// A continuous treatment: y = 2 d + x + e.
EffectData doses(Eigen::Index n, std::uint32_t run) {
  RandomStream random(3, RandomDomain::Test, run);
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "dose";
  data.covariates.names = {"x"};
  data.covariates.values.resize(n, 1);
  data.outcome.resize(n);
  data.treatment.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    data.covariates.values(i, 0) = random.normal();
    data.treatment(i) = data.covariates.values(i, 0) + random.normal();
    data.outcome(i) = 2 * data.treatment(i) + data.covariates.values(i, 0) + random.normal();
  }
  check_effect_data(data);
  return data;
}

void add_covariate(EffectData& data, const std::string& name, const Eigen::VectorXd& values) {
  data.covariates.values.conservativeResize(Eigen::NoChange, data.covariates.values.cols() + 1);
  data.covariates.values.rightCols(1) = values;
  data.covariates.names.push_back(name);
}

}  // namespace

TEST_CASE("NSW: difference of means and adjusted effect, with their standard errors") {
  // Computed in R 4.x with lm and the sandwich formulas.
  const Dataset table = test::nsw();
  const EffectData plain = effect_data(table, {.outcome = "re78", .treatment = "treat"});
  const std::vector<std::pair<CovarianceKind, double>> expected{{CovarianceKind::Classic, 632.8533924},
                                                                {CovarianceKind::Hc0, 669.3153224},
                                                                {CovarianceKind::Hc1, 670.8244908},
                                                                {CovarianceKind::Hc2, 670.9965445},
                                                                {CovarianceKind::Hc3, 672.6821471}};
  for (const auto& [kind, std_error] : expected) {
    const Estimate estimate = regression(plain, {.covariance = kind});
    CHECK(estimate.value == Approx(1794.342382).epsilon(1e-6));
    CHECK(estimate.std_error == Approx(std_error).epsilon(1e-6));
    CHECK(estimate.dof == 443);
  }
  EffectColumns columns{.outcome = "re78", .treatment = "treat", .covariates = test::lalonde_covariates()};
  columns.covariates.push_back("age^2");
  const EffectData adjusted = effect_data(table, columns);
  const Estimate classic = regression(adjusted, {.covariance = CovarianceKind::Classic});
  CHECK(classic.value == Approx(1675.862359).epsilon(1e-6));
  CHECK(classic.std_error == Approx(639.3440857).epsilon(1e-6));
  CHECK(regression(adjusted).std_error == Approx(677.1163508).epsilon(1e-6));
}

TEST_CASE("NSW treated and CPS controls: the naive difference") {
  // Computed in R 4.x.
  const EffectData data = effect_data(test::nsw_treated_and_cps(), {.outcome = "re78", .treatment = "treat"});
  CHECK(regression(data).value == Approx(-8497.516148).epsilon(1e-6));
}

TEST_CASE("NHEFS: crude and adjusted") {
  // Computed in R 4.x with lm; 2.5 and 3.5 in Hernan and Robins, "What If".
  const Dataset table = test::nhefs();
  CHECK(regression(effect_data(table, {.outcome = "wt82_71", .treatment = "qsmk"})).value ==
        Approx(2.540581).epsilon(1e-6));
  const EffectData data =
      effect_data(table, {.outcome = "wt82_71", .treatment = "qsmk", .covariates = test::nhefs_covariates()});
  const Estimate adjusted = regression(data, {.covariance = CovarianceKind::Classic});
  CHECK(adjusted.value == Approx(3.462621829).epsilon(1e-6));
  CHECK(adjusted.std_error == Approx(0.4384542551).epsilon(1e-6));
}

TEST_CASE("influence values have the HC0 standard error") {
  const EffectData data = test::confounded_data(200, 1);
  const Estimate estimate = regression(data, {.covariance = CovarianceKind::Hc0});
  CHECK(influence_std_error(estimate.influence) == Approx(estimate.std_error).epsilon(1e-10));
  CHECK(std::abs(estimate.influence.sum()) < 1e-8);
}

TEST_CASE("a dose contrast scales value and standard error") {
  const EffectData data = doses(300, 1);
  const Estimate unit = regression(data);
  const Estimate contrast = regression(data, {.control_value = -1, .treated_value = 2});
  CHECK(contrast.value == Approx(3 * unit.value).epsilon(1e-12));
  CHECK(contrast.std_error == Approx(3 * unit.std_error).epsilon(1e-12));
  CHECK(regression(data, {.control_value = 1, .treated_value = 0}).value == Approx(-unit.value).epsilon(1e-12));
  CHECK(std::abs(unit.value - 2) < 5 * unit.std_error);
  CHECK_THROWS_AS(static_cast<void>(regression(data, {.control_value = 1, .treated_value = 1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(regression(data, {.estimand = Estimand::Att})), InvalidArgument);
}

TEST_CASE("with all modifiers the effect is that of one regression for each arm") {
  const EffectData data = test::confounded_data(150, 2, {.modification = 1});
  // By hand: predictions of the arms' own regressions, averaged over the rows or the arm.
  Eigen::VectorXd predicted[2];
  for (const int arm : {0, 1}) {
    std::vector<int> rows;
    for (int i = 0; i < 150; ++i) {
      if (data.arms[static_cast<std::size_t>(i)] == arm) rows.push_back(i);
    }
    const Eigen::MatrixXd X = with_intercept(data.covariates.values);
    const LeastSquaresFit fit = least_squares(Eigen::MatrixXd(X(rows, Eigen::all)), data.outcome(rows));
    predicted[arm] = X * fit.coefficients;
  }
  const Eigen::VectorXd contrast = predicted[1] - predicted[0];
  const RegressionOptions all{.modifiers = {"*"}};
  CHECK(regression(data, all).value == Approx(contrast.mean()).epsilon(1e-10));
  CHECK(regression(data, {.estimand = Estimand::Att, .modifiers = {"*"}}).value ==
        Approx(contrast.dot(data.treatment) / data.treatment.sum()).epsilon(1e-10));
  // The interval contains the estimate, and its se is a' V a: with centred modifiers it is that of the coefficient.
  EffectData centred = data;
  centred.covariates.values.rowwise() -= data.covariates.values.colwise().mean().eval();
  CHECK(regression(centred, all).std_error == Approx(regression(data, all).std_error).epsilon(1e-9));
  const Estimate some = regression(data, {.modifiers = {"x1"}});
  CHECK(some.ci_low < some.value);
  CHECK(some.value < some.ci_high);
  CHECK_THROWS_AS(static_cast<void>(regression(data, {.modifiers = {"x3"}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(regression(data, {.modifiers = {"x1", "x1"}})), InvalidArgument);
}

TEST_CASE("clusters: the sandwich of summed scores") {
  EffectData data = test::confounded_data(120, 3);
  for (int i = 0; i < 120; ++i) data.clusters.push_back(i / 4);
  const Estimate estimate = regression(data);
  const Estimate rows = regression(test::confounded_data(120, 3), {.covariance = CovarianceKind::Hc0});
  double sum = 0;
  for (int g = 0; g < 30; ++g) sum += std::pow(rows.influence.segment(4 * g, 4).sum(), 2);
  // CR1: G / (G - 1) (n - 1) / (n - k), with k = 4 coefficients.
  const double expected = std::sqrt(sum * 30 / 29.0 * 119 / 116.0) / 120;
  CHECK(estimate.std_error == Approx(expected).epsilon(1e-10));
  CHECK(estimate.dof == 29);
}

TEST_CASE("weights count as copies of rows") {
  EffectData weighted = test::confounded_data(60, 4);
  weighted.weights = Eigen::VectorXd::Constant(60, 1);
  weighted.weights.head(20).setConstant(2);
  weighted.weights.tail(5).setConstant(0);
  EffectData copied = test::confounded_data(60, 4);
  std::vector<int> rows;
  for (int i = 0; i < 55; ++i) {
    rows.push_back(i);
    if (i < 20) rows.push_back(i);
  }
  const EffectData base = copied;
  copied.outcome = base.outcome(rows);
  copied.treatment = base.treatment(rows);
  copied.covariates.values = base.covariates.values(rows, Eigen::all);
  copied.arms.clear();
  for (const int row : rows) copied.arms.push_back(base.arms[static_cast<std::size_t>(row)]);
  check_effect_data(weighted);
  check_effect_data(copied);
  CHECK(regression(weighted).value == Approx(regression(copied).value).epsilon(1e-10));
}

TEST_CASE("columns that are functions of others are left out and named") {
  EffectData data = test::confounded_data(100, 5);
  const double value = regression(data).value;
  add_covariate(data, "copy", data.covariates.values.col(0) * 3);
  const Estimate estimate = regression(data);
  CHECK(estimate.value == Approx(value).epsilon(1e-9));
  REQUIRE(estimate.warnings.size() == 1);
  CHECK(estimate.warnings[0].find("1 of 5 columns") != std::string::npos);
  CHECK(estimate.warnings[0].find("'copy'") != std::string::npos);
  CHECK(*estimate.diagnostics.find("aliased_columns") == 1);
  // With modifiers the product with a copy is left out, too, and nothing is lost.
  CHECK(regression(data, {.modifiers = {"*"}}).value ==
        Approx(regression(test::confounded_data(100, 5), {.modifiers = {"*"}}).value).epsilon(1e-8));
}

TEST_CASE("a treatment that the covariates give has no effect to estimate") {
  EffectData data = test::confounded_data(100, 6);
  add_covariate(data, "same", 1 - data.treatment.array());
  const Estimate estimate = regression(data);
  CHECK(estimate.status == Status::Degenerate);
  CHECK(estimate.warnings[0].find("'a'") != std::string::npos);
  CHECK(std::isnan(estimate.value));

  // A covariate that occurs among the treated only: the effect where it is 1 is anyone's guess.
  EffectData one_sided = test::confounded_data(100, 6);
  Eigen::VectorXd flag = Eigen::VectorXd::Zero(100);
  for (Eigen::Index i = 0; i < 30; ++i) flag(i) = one_sided.treatment(i);
  add_covariate(one_sided, "flag", flag);
  CHECK(regression(one_sided, {.covariance = CovarianceKind::Hc1, .modifiers = {"*"}}).status == Status::Degenerate);
  CHECK(regression(one_sided, {.covariance = CovarianceKind::Hc1}).status == Status::Ok);
}

TEST_CASE("as many coefficients as rows is no answer; missing outcomes are refused") {
  EffectData data = test::confounded_data(4, 30);
  if (data.treatment.sum() > 0) CHECK(regression(data).status == Status::Degenerate);
  EffectData missing = test::confounded_data(40, 7);
  missing.outcome(3) = std::nan("");
  check_effect_data(missing);
  CHECK_THROWS_AS(static_cast<void>(regression(missing)), DataError);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(500, 8);
  const auto bytes = [&](int threads) {
    return estimate_to_json(regression(data, {.modifiers = {"*"}, .run = {.threads = threads}})).dump();
  };
  CHECK(bytes(2) == bytes(1));
  CHECK(bytes(4) == bytes(1));
}
