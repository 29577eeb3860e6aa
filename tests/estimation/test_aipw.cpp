// labels: unit oracle golden determinism
// Augmented inverse probability weighting, means of several levels, effects that vary.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/aipw.hpp"
#include "causal/estimation/effect/cate.hpp"
#include "causal/estimation/effect/g_formula.hpp"
#include "causal/estimation/effect/ipw.hpp"
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

const NuisanceOptions kNoFolds{.folds = 1, .clip = 0};

/// Three arms, their chances depending on x; E[Y | arm] = arm + x.
EffectData three_arms(Eigen::Index n) {
  RandomStream random(5, RandomDomain::Test, 1);
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "dose";
  data.arm_levels = {"none", "low", "high"};
  data.treated = 2;
  data.covariates.names = {"x"};
  data.covariates.values.resize(n, 1);
  data.outcome.resize(n);
  data.treatment.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double x = random.normal();
    const double total = 1 + std::exp(x / 2) + std::exp(-x / 2);
    const double u = random.uniform() * total;
    const int arm = u < 1 ? 0 : u < 1 + std::exp(x / 2) ? 1 : 2;
    data.covariates.values(i, 0) = x;
    data.arms.push_back(arm);
    data.treatment(i) = arm;
    data.outcome(i) = arm + x + random.normal();
  }
  check_effect_data(data);
  return data;
}

}  // namespace

TEST_CASE("values and influence values are those of the formulas, row by row") {
  const EffectData data = test::confounded_data(60, 1);
  const Nuisances nuisances = fit_nuisances(data, {.folds = 3}, {});
  double ate = 0, att = 0, atc = 0;
  int treated = 0;
  std::vector<double> scores;
  for (Eigen::Index i = 0; i < 60; ++i) {
    const double a = data.treatment(i), y = data.outcome(i), e = nuisances.propensity_treated(i);
    const double mu1 = nuisances.outcome_treated(i), mu0 = nuisances.outcome_control(i);
    scores.push_back(mu1 - mu0 + a * (y - mu1) / e - (1 - a) * (y - mu0) / (1 - e));
    ate += scores.back() / 60;
    att += (a - (1 - a) * e / (1 - e)) * (y - mu0);
    atc += (a * (1 - e) / e - (1 - a)) * (y - mu1);
    treated += a > 0 ? 1 : 0;
  }
  const Estimate estimate = aipw(data, nuisances);
  CHECK(estimate.value == Approx(ate).epsilon(1e-12));
  CHECK(estimate.influence(7) == Approx(scores[7] - ate).epsilon(1e-12));
  CHECK(std::abs(estimate.influence.sum()) < 1e-10);
  CHECK(aipw(data, nuisances, {.estimand = Estimand::Att}).value == Approx(att / treated).epsilon(1e-12));
  CHECK(aipw(data, nuisances, {.estimand = Estimand::Atc}).value == Approx(atc / (60 - treated)).epsilon(1e-12));
  CHECK_THROWS_AS(aipw(data, {.estimand = Estimand::Overlap}), InvalidArgument);
}

TEST_CASE("NSW: doubly robust") {
  // Computed in R 4.x with lm, glm and base arithmetic; the standard error there has the divisor n - 1 under the root.
  const EffectData data =
      effect_data(test::nsw(), {.outcome = "re78", .treatment = "treat", .covariates = test::lalonde_covariates()});
  const Estimate estimate = aipw(data, {.nuisances = kNoFolds});
  CHECK(estimate.value == Approx(1619.052845).epsilon(1e-6));
  CHECK(estimate.std_error == Approx(670.8065977).epsilon(1e-6));
}

TEST_CASE("NSW treated and CPS controls: doubly robust effect on the treated") {
  // Computed in R 4.x.
  const EffectData data = effect_data(
      test::nsw_treated_and_cps(), {.outcome = "re78", .treatment = "treat", .covariates = test::lalonde_covariates()});
  const Estimate estimate = aipw(data, {.estimand = Estimand::Att, .nuisances = kNoFolds});
  CHECK(estimate.value == Approx(1270.98037).epsilon(1e-6));
  // The variant whose control weights are scaled to sum to one: weighting what the outcome model leaves.
  const Nuisances fits = fit_nuisances(data, kNoFolds, {}, parts_for(Estimand::Att, true));
  EffectData left = data;
  left.outcome -= fits.outcome_control;
  check_effect_data(left);
  CHECK(ipw(left, fits, {.estimand = Estimand::Att}).value == Approx(1273.550574).epsilon(1e-6));
}

TEST_CASE("NHEFS: doubly robust, with nuisances brought along") {
  // Computed in R 4.x: one linear model of the outcome for both arms, with the product of treatment and smokeintensity,
  // and a logistic propensity.
  const EffectData data =
      effect_data(test::nhefs(), {.outcome = "wt82_71", .treatment = "qsmk", .covariates = test::nhefs_covariates()});
  Nuisances nuisances = fit_nuisances(data, kNoFolds, {}, {.propensity = true, .outcome = false});
  const int p = data.covariates.count();
  const auto at = std::find(data.covariates.names.begin(), data.covariates.names.end(), "smokeintensity");
  const Eigen::VectorXd smoked = data.covariates.values.col(at - data.covariates.names.begin());
  Eigen::MatrixXd design(data.n(), p + 3);
  design.leftCols(p + 1) = with_intercept(data.covariates.values);
  design.col(p + 1) = data.treatment;
  design.col(p + 2) = data.treatment.cwiseProduct(smoked);
  const Eigen::VectorXd b = least_squares(design, data.outcome).coefficients;
  nuisances.outcome_control = design.leftCols(p + 1) * b.head(p + 1);
  nuisances.outcome_treated = nuisances.outcome_control + (b(p + 1) + b(p + 2) * smoked.array()).matrix();
  const Estimate estimate = aipw(data, nuisances);
  CHECK(estimate.value == Approx(3.45728429).epsilon(1e-6));
  CHECK(estimate.std_error == Approx(0.4886509139).epsilon(1e-6));
}

TEST_CASE("IHDP: doubly robust") {
  // Computed in R 4.x with propensities clipped to [0.01, 0.99].
  const double expected[3] = {3.969647187, 4.039552508, 4.080734288};
  for (int replicate = 1; replicate <= 3; ++replicate) {
    const auto rows = test::ihdp(replicate);
    if (!rows) return;
    CHECK(aipw(rows->data, {.nuisances = {.folds = 1}}).value == Approx(expected[replicate - 1]).epsilon(1e-6));
  }
}

TEST_CASE("in saturated models weighting, standardisation and their combination are one") {
  const EffectData data = test::three_cells(400, 1);
  // The table: sum over cells of P(cell) (mean treated - mean control).
  double expected = 0;
  for (int cell = 0; cell < 3; ++cell) {
    double sum[2] = {0, 0}, count[2] = {0, 0};
    for (Eigen::Index i = 0; i < data.n(); ++i) {
      const int of = data.covariates.values(i, 0) > 0 ? 1 : data.covariates.values(i, 1) > 0 ? 2 : 0;
      if (of != cell) continue;
      const auto arm = static_cast<std::size_t>(data.arms[static_cast<std::size_t>(i)]);
      sum[arm] += data.outcome(i);
      count[arm] += 1;
    }
    expected += (count[0] + count[1]) / 400 * (sum[1] / count[1] - sum[0] / count[0]);
  }
  CHECK(aipw(data, {.nuisances = kNoFolds}).value == Approx(expected).epsilon(1e-9));
  CHECK(ipw(data, {.nuisances = kNoFolds}).value == Approx(expected).epsilon(1e-9));
  CHECK(ipw(data, {.normalization = IpwNormalization::HorvitzThompson, .nuisances = kNoFolds}).value ==
        Approx(expected).epsilon(1e-9));
  CHECK(g_formula(data).value == Approx(expected).epsilon(1e-9));
  // So are their influence values, to first order exactly: the same efficient estimator.
  const Estimate a = aipw(data, {.nuisances = kNoFolds});
  const Estimate w = ipw(data, {.nuisances = kNoFolds});
  const Estimate g = g_formula(data);
  CHECK((a.influence - g.influence).cwiseAbs().maxCoeff() < 1e-6);
  CHECK((a.influence - w.influence).cwiseAbs().maxCoeff() < 1e-6);
  for (const Estimand estimand : {Estimand::Att, Estimand::Atc}) {
    const Estimate att = aipw(data, {.estimand = estimand, .nuisances = kNoFolds});
    const Estimate weighted = ipw(data, {.estimand = estimand, .nuisances = kNoFolds});
    const Estimate standardised = g_formula(data, {.estimand = estimand});
    CHECK(att.value == Approx(weighted.value).epsilon(1e-9));
    CHECK(att.value == Approx(standardised.value).epsilon(1e-9));
    CHECK((att.influence - weighted.influence).cwiseAbs().maxCoeff() < 1e-6);
    CHECK((att.influence - standardised.influence).cwiseAbs().maxCoeff() < 1e-6);
  }
}

TEST_CASE("swapping the arms turns the sign") {
  EffectData data = test::confounded_data(300, 2);
  const AipwOptions options{.nuisances = {.folds = 1}};
  const Estimate one = aipw(data, options);
  const Estimate att = aipw(data, {.estimand = Estimand::Att, .nuisances = {.folds = 1}});
  std::swap(data.treated, data.control);
  const Estimate other = aipw(data, options);
  CHECK(other.value == Approx(-one.value).epsilon(1e-9));
  CHECK(other.std_error == Approx(one.std_error).epsilon(1e-9));
  CHECK(aipw(data, {.estimand = Estimand::Atc, .nuisances = {.folds = 1}}).value == Approx(-att.value).epsilon(1e-9));
}

TEST_CASE("weights count as copies of rows") {
  EffectData weighted = test::confounded_data(80, 3);
  EffectData copied = weighted;
  weighted.weights.resize(80);
  std::vector<int> rows;
  for (int i = 0; i < 80; ++i) {
    weighted.weights(i) = i % 3;  // Zeros too.
    for (int k = 0; k < i % 3; ++k) rows.push_back(i);
  }
  copied.outcome = weighted.outcome(rows).eval();
  copied.treatment = weighted.treatment(rows).eval();
  copied.covariates.values = weighted.covariates.values(rows, Eigen::all).eval();
  copied.arms.clear();
  for (const int row : rows) copied.arms.push_back(weighted.arms[static_cast<std::size_t>(row)]);
  check_effect_data(weighted);
  check_effect_data(copied);
  for (const Estimand estimand : {Estimand::Ate, Estimand::Att}) {
    CHECK(aipw(weighted, {.estimand = estimand, .nuisances = kNoFolds}).value ==
          Approx(aipw(copied, {.estimand = estimand, .nuisances = kNoFolds}).value).epsilon(1e-9));
    CHECK(ipw(weighted, {.estimand = estimand, .nuisances = kNoFolds}).value ==
          Approx(ipw(copied, {.estimand = estimand, .nuisances = kNoFolds}).value).epsilon(1e-9));
    CHECK(g_formula(weighted, {.estimand = estimand}).value ==
          Approx(g_formula(copied, {.estimand = estimand}).value).epsilon(1e-9));
  }
}

TEST_CASE("missing outcomes are weighted for") {
  // Outcomes of high x1 are seen less often: the complete rows alone have another effect.
  const test::ConfoundedModel model{.modification = 1};
  const EffectData full = test::confounded_data(20000, 4, model);
  EffectData data = full;
  RandomStream random(9, RandomDomain::Test, 0);
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (random.uniform() > test::logistic(0.5 - data.covariates.values(i, 0))) data.outcome(i) = std::nan("");
  }
  check_effect_data(data);
  REQUIRE(data.missing_outcomes > 5000);
  for (const Estimate& estimate : {aipw(data), ipw(data), g_formula(data)}) {
    CAPTURE(estimate.brief());
    // Truth 1; five standard errors of a normal estimate fail once in 10^6.
    CHECK(std::abs(estimate.value - 1) < 5 * estimate.std_error);
    CHECK(estimate.std_error < 0.1);
    CHECK(*estimate.diagnostics.find("missing_outcomes") == static_cast<double>(data.missing_outcomes));
  }
  // The complete rows alone: E[x1] among them is below 0 by more than 0.3, so is the effect below 1.
  double sum = 0;
  for (Eigen::Index i = 0; i < data.n(); ++i) sum += std::isnan(data.outcome(i)) ? 0 : data.covariates.values(i, 0);
  CHECK(sum / static_cast<double>(data.n() - data.missing_outcomes) < -0.3);
}

TEST_CASE("repetitions combine by the median") {
  const EffectData data = test::confounded_data(100, 5);
  std::vector<double> values, errors;
  for (std::uint32_t m = 0; m < 3; ++m) {
    const Estimate one = aipw(data, fit_nuisances(data, {}, {}, {}, m));
    values.push_back(one.value);
    errors.push_back(one.std_error);
  }
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> squares;
  for (int m = 0; m < 3; ++m) {
    const auto k = static_cast<std::size_t>(m);
    squares.push_back(errors[k] * errors[k] + (values[k] - sorted[1]) * (values[k] - sorted[1]));
  }
  std::sort(squares.begin(), squares.end());
  const Estimate estimate = aipw(data, {.nuisances = {.repeats = 3}});
  CHECK(estimate.value == Approx(sorted[1]).epsilon(1e-12));
  CHECK(estimate.std_error == Approx(std::sqrt(squares[1])).epsilon(1e-12));
  CHECK(sorted[0] != sorted[2]);
}

TEST_CASE("means of three levels, contrasts of any two") {
  const EffectData data = three_arms(4000);
  const std::vector<Estimate> means = potential_means(data);
  REQUIRE(means.size() == 3);
  for (int arm = 0; arm < 3; ++arm) {
    const Estimate& mean = means[static_cast<std::size_t>(arm)];
    CHECK(mean.estimand == data.arm_levels[static_cast<std::size_t>(arm)]);
    CHECK(std::abs(mean.value - arm) < 5 * mean.std_error);  // E[Y(arm)] = arm.
    CHECK(mean.std_error < 0.06);
  }
  // The contrast of the compared levels is what aipw gives.
  const Estimate contrast = difference(means[2], means[0]);
  const Estimate direct = aipw(data);
  CHECK(contrast.value == Approx(direct.value).epsilon(1e-9));
  CHECK(contrast.std_error == Approx(direct.std_error).epsilon(1e-9));
  CHECK(std::abs(difference(means[2], means[1]).value - 1) < 5 * difference(means[2], means[1]).std_error);
  EffectData known = data;
  known.known_propensity = Eigen::VectorXd::Constant(data.n(), 0.3);
  CHECK_THROWS_AS(static_cast<void>(potential_means(known)), InvalidArgument);
}

TEST_CASE("the DR-learner finds how a linear effect varies") {
  const EffectData data = test::confounded_data(4000, 6, {.modification = 0.5});
  const CateEstimate found = cate(data);
  REQUIRE(found.status == Status::Ok);
  CHECK(found.average.value == Approx(aipw(data).value).epsilon(1e-12));
  CHECK(found.pseudo_outcome.mean() == Approx(found.average.value).epsilon(1e-9));
  REQUIRE(found.projection.size() == 3);
  const double truth[3] = {1, 0.5, 0};  // 1 + x1 / 2.
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(std::abs(found.projection[j].value - truth[j]) < 5 * found.projection[j].std_error);
    CHECK(found.projection[j].std_error < 0.1);
  }
  const Eigen::VectorXd effect = 1 + 0.5 * data.covariates.values.col(0).array();
  CHECK((found.effect - effect).norm() / std::sqrt(4000.0) < 0.25);
  CHECK(found.loss > 0);
}

TEST_CASE("no overlap is no answer") {
  EffectData data = test::confounded_data(200, 7);
  for (Eigen::Index i = 0; i < data.n(); ++i) data.covariates.values(i, 0) = data.treatment(i) * 10 - 5;
  const Estimate separated = aipw(data, {.nuisances = {.folds = 1}});
  CHECK(separated.status == Status::Degenerate);
  CHECK(separated.warnings.front().find("overlap") != std::string::npos);
  CHECK(ipw(data).status == Status::Degenerate);

  // One row with a propensity of exactly 0, brought along.
  const EffectData good = test::confounded_data(50, 8);
  Nuisances nuisances = fit_nuisances(good, {}, {});
  nuisances.propensity_treated(11) = 0;
  const Estimate zero = aipw(good, nuisances);
  CHECK(zero.status == Status::Degenerate);
  CHECK(zero.warnings.front().find("row 12") != std::string::npos);
  nuisances.propensity_treated(11) = 1.5;
  CHECK_THROWS_AS(aipw(good, nuisances), InvalidArgument);
  nuisances.propensity_treated.resize(3);
  CHECK_THROWS_AS(aipw(good, nuisances), InvalidArgument);
}

TEST_CASE("clipped rows are counted and warned of") {
  const EffectData data = test::confounded_data(400, 9, {.confounding = 3});
  const Estimate estimate = aipw(data, {.nuisances = {.clip = 0.1}});
  const double clipped = *estimate.diagnostics.find("clipped_rows");
  CHECK(clipped > 50);
  REQUIRE(!estimate.warnings.empty());
  CHECK(estimate.warnings.back().find(std::to_string(static_cast<int>(clipped)) + " of 400") != std::string::npos);
  CHECK(*estimate.diagnostics.find("min_propensity_treated") >= 0.1);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(500, 10);
  const auto bytes = [&](int threads) {
    return estimate_to_json(aipw(data, {.nuisances = {.repeats = 2}, .run = {.threads = threads}})).dump() +
           estimate_to_json(potential_means(data, {.run = {.threads = threads}})[0]).dump() +
           estimate_to_json(cate(data, {.run = {.threads = threads}}).projection[1]).dump();
  };
  const std::string one = bytes(1);
  CHECK(bytes(2) == one);
  CHECK(bytes(4) == one);
}
