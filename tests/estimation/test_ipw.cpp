// labels: unit oracle golden determinism
// Inverse probability weighting.
#include <cmath>
#include <string>
#include <vector>

#include "causal/estimation/effect/balance.hpp"
#include "causal/estimation/effect/ipw.hpp"
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

/// Simple rows: treated and controls with given propensities.
EffectData small_rows() {
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "a";
  data.arm_levels = {"0", "1"};
  data.arms = {1, 1, 0, 0, 0, 1};
  data.treatment = (Eigen::VectorXd(6) << 1, 1, 0, 0, 0, 1).finished();
  data.outcome = (Eigen::VectorXd(6) << 3, 5, 1, 2, 4, 9).finished();
  data.covariates.names = {"x"};
  data.covariates.values = (Eigen::MatrixXd(6, 1) << 0, 1, 0, 1, 1, 2).finished();
  data.known_propensity = (Eigen::VectorXd(6) << 0.5, 0.25, 0.5, 0.2, 0.75, 0.8).finished();
  check_effect_data(data);
  return data;
}

EffectColumns nsw_columns() {
  return {.outcome = "re78", .treatment = "treat", .covariates = test::lalonde_covariates()};
}

}  // namespace

TEST_CASE("weights and values are those of the formulas") {
  const EffectData data = small_rows();
  // By hand: sums over rows of A Y / e and (1 - A) Y / (1 - e).
  const double treated = 3 / 0.5 + 5 / 0.25 + 9 / 0.8;
  const double control = 1 / 0.5 + 2 / 0.8 + 4 / 0.25;
  const double mass1 = 1 / 0.5 + 1 / 0.25 + 1 / 0.8;
  const double mass0 = 1 / 0.5 + 1 / 0.8 + 1 / 0.25;
  CHECK(ipw(data, {.normalization = IpwNormalization::HorvitzThompson}).value == Approx((treated - control) / 6));
  CHECK(ipw(data).value == Approx(treated / mass1 - control / mass0));
  CHECK(ipw(data, {.normalization = IpwNormalization::Stabilized}).value == Approx(treated / mass1 - control / mass0));
  // ATT: the treated as they are, controls by odds.
  const double odds = 1 * 1 + 2 * 0.25 + 4 * 3;
  const double att = 17.0 / 3 - odds / (1 + 0.25 + 3);
  CHECK(ipw(data, {.estimand = Estimand::Att}).value == Approx(att));
  const double atc = (3 * 1.0 + 5 * 3 + 9 * 0.25) / (1 + 3 + 0.25) - 7.0 / 3;
  CHECK(ipw(data, {.estimand = Estimand::Atc}).value == Approx(atc));
  const double overlap = (3 * 0.5 + 5 * 0.75 + 9 * 0.2) / 1.45 - (1 * 0.5 + 2 * 0.2 + 4 * 0.75) / 1.45;
  CHECK(ipw(data, {.estimand = Estimand::Overlap}).value == Approx(overlap));
}

TEST_CASE("influence values of known propensities are those of the ratio of means") {
  const EffectData data = small_rows();
  const Estimate estimate = ipw(data);
  const double mass1 = (2 + 4 + 1.25) / 6;
  const double mass0 = (2 + 1.25 + 4) / 6;
  const double mean1 = (6 + 20 + 11.25) / 7.25;
  const double mean0 = (2 + 2.5 + 16) / 7.25;
  CHECK(estimate.influence(0) == Approx((3 - mean1) * 2 / mass1));
  CHECK(estimate.influence(4) == Approx(-(4 - mean0) * 4 / mass0));
  CHECK(estimate.influence.sum() == Approx(0).epsilon(1e-12));
  CHECK(estimate.std_error == Approx(estimate.influence.norm() / 6));
}

TEST_CASE("NSW: weighting") {
  // Computed in R 4.x with glm and base arithmetic.
  const EffectData data = effect_data(test::nsw(), nsw_columns());
  CHECK(ipw(data, {.normalization = IpwNormalization::HorvitzThompson}).value == Approx(1613.134713).epsilon(1e-6));
  CHECK(ipw(data).value == Approx(1641.315202).epsilon(1e-6));
}

TEST_CASE("NSW treated and CPS controls: weighting") {
  // Computed in R 4.x with glm and base arithmetic.
  EffectColumns columns{.outcome = "re78",
                        .treatment = "treat",
                        .covariates = {"age", "age^2", "age^3", "educ", "educ^2", "marr", "nodegree", "black", "hisp",
                                       "re74", "re75", "u74", "u75", "educ:re74"}};
  const Dataset table = test::nsw_treated_and_cps();
  const EffectData data = effect_data(table, columns);
  IpwOptions options;
  options.nuisances.clip = 0;
  CHECK(data.n() == 16177);
  CHECK(ipw(data, options).value == Approx(-7238.140311).epsilon(1e-6));
  options.estimand = Estimand::Att;
  CHECK(ipw(data, options).value == Approx(1782.208531).epsilon(1e-6));
  options.estimand = Estimand::Ate;
  options.normalization = IpwNormalization::HorvitzThompson;
  CHECK(ipw(data, options).value == Approx(-11876.78746).epsilon(1e-6));
  options.trim = 0.1;
  const Estimate trimmed = ipw(data, options);
  CHECK(trimmed.value == Approx(2006.365233).epsilon(1e-6));
  CHECK(trimmed.n_used == 361);
  CHECK(trimmed.n == 16177);
  CHECK(*trimmed.diagnostics.find("trimmed_rows") == 16177 - 361);
  CHECK(trimmed.warnings.size() == 1);
  options.normalization = IpwNormalization::Hajek;
  CHECK(ipw(data, options).value == Approx(1806.730057).epsilon(1e-6));

  columns.covariates = test::lalonde_covariates();
  const EffectData simple = effect_data(table, columns);
  CHECK(ipw(simple, {.estimand = Estimand::Att, .nuisances = {.folds = 1, .clip = 0}}).value ==
        Approx(1180.407822).epsilon(1e-6));
}

TEST_CASE("NHEFS: weighting") {
  // Computed in R 4.x with glm and base arithmetic; 3.4 (2.4, 4.5) in Hernan and Robins, "What If", section 12.
  const EffectData data =
      effect_data(test::nhefs(), {.outcome = "wt82_71", .treatment = "qsmk", .covariates = test::nhefs_covariates()});
  REQUIRE(data.n() == 1566);
  const Nuisances nuisances = fit_nuisances(data, {.folds = 1}, {}, {.propensity = true, .outcome = false});
  const Eigen::VectorXd weights = ipw_weights(data, nuisances);
  CHECK(weights.mean() == Approx(1.996284).epsilon(1e-6));
  CHECK(weights.minCoeff() == Approx(1.053742).epsilon(1e-6));
  CHECK(weights.maxCoeff() == Approx(16.70009).epsilon(1e-6));
  const Estimate fitted = ipw(data);
  CHECK(fitted.value == Approx(3.44053543).epsilon(1e-6));
  // The golden number is sd / sqrt(n) with divisor n - 1; ours is sqrt(sum psi^2) / n.
  CHECK(fitted.std_error == Approx(0.4869589746 * std::sqrt(1565.0 / 1566)).epsilon(1e-6));
  // Closed-form g-estimation, sum (A - e) Y / sum (A - e) A, in R 4.x: by the score equations of the propensity it is
  // the effect by overlap weights.
  CHECK(ipw(data, {.estimand = Estimand::Overlap}).value == Approx(3.461148559).epsilon(1e-6));
  const Estimate known = ipw(data, nuisances);
  CHECK(known.value == Approx(3.44053543).epsilon(1e-6));
  CHECK(known.std_error == Approx(0.525493553).epsilon(1e-6));
}

/// n times the derivative of the value by the weight of one row, by a central difference.
static double derivative(const EffectData& data, const IpwOptions& options, Eigen::Index row) {
  double ends[2];
  for (const int side : {0, 1}) {
    EffectData moved = data;
    moved.weights = Eigen::VectorXd::Ones(data.n());
    moved.weights(row) += side == 1 ? 1e-4 : -1e-4;
    check_effect_data(moved);
    ends[side] = ipw(moved, options).value;
  }
  return (ends[1] - ends[0]) / 2e-4 * static_cast<double>(data.n());
}

TEST_CASE("that the propensity was fitted enters the standard errors as in the bootstrap of estimating equations") {
  // The influence values are the derivatives of the value by the rows' weights (for the ATE up to a residual that
  // vanishes in large samples: the least squares projection stands for the expected derivative).
  EffectData data = test::confounded_data(80, 1);
  for (const Estimand estimand : {Estimand::Att, Estimand::Atc, Estimand::Overlap}) {
    for (const IpwNormalization normalization : {IpwNormalization::Hajek, IpwNormalization::HorvitzThompson}) {
      const IpwOptions options{
          .estimand = estimand, .normalization = normalization, .nuisances = {.folds = 1, .clip = 0}};
      const Estimate estimate = ipw(data, options);
      for (const Eigen::Index row : {0, 17, 42}) {
        CHECK(estimate.influence(row) == Approx(derivative(data, options, row)).epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("the same derivatives when the chance of being observed was fitted, too") {
  EffectData data = test::confounded_data(80, 2);
  for (const Eigen::Index row : {3, 8, 21, 40, 55, 60, 71}) data.outcome(row) = std::nan("");
  check_effect_data(data);
  for (const IpwNormalization normalization : {IpwNormalization::Hajek, IpwNormalization::HorvitzThompson}) {
    const IpwOptions options{
        .estimand = Estimand::Att, .normalization = normalization, .nuisances = {.folds = 1, .clip = 0}};
    const Estimate estimate = ipw(data, options);
    for (const Eigen::Index row : {0, 8, 17, 42}) {
      CHECK(estimate.influence(row) == Approx(derivative(data, options, row)).epsilon(1e-4));
    }
  }
}

TEST_CASE("weighting balances the covariates, exactly with overlap weights") {
  const EffectData data = test::confounded_data(500, 3);
  const Estimate ate = ipw(data);
  REQUIRE(ate.diagnostics.balance.size() == 2);
  CHECK(ate.diagnostics.balance[0].name == "x1");
  CHECK(std::abs(ate.diagnostics.balance[0].before) > 0.3);
  CHECK(std::abs(ate.diagnostics.balance[0].after) < 0.1);
  // The score equations of logistic regression are the balance of overlap weights.
  for (const CovariateBalance& balance : ipw(data, {.estimand = Estimand::Overlap}).diagnostics.balance) {
    CHECK(std::abs(balance.after) < 1e-8);
  }
}

TEST_CASE("figures: propensities, effective sample sizes, weights") {
  const EffectData data = small_rows();
  const Estimate estimate = ipw(data);
  CHECK(*estimate.diagnostics.find("min_propensity_treated") == 0.25);
  CHECK(*estimate.diagnostics.find("max_propensity_treated") == 0.8);
  CHECK(*estimate.diagnostics.find("min_propensity_control") == 0.2);
  CHECK(*estimate.diagnostics.find("max_propensity_control") == 0.75);
  CHECK(*estimate.diagnostics.find("effective_sample_size_treated") == Approx(7.25 * 7.25 / (4 + 16 + 1.5625)));
  CHECK(*estimate.diagnostics.find("max_weight") == Approx(4 / 7.25));
  CHECK(effective_sample_size(Eigen::VectorXd::Ones(7)) == 7);
  // Standardised difference of x: means 1 and 2/3, variances 2/3 and 2/9.
  CHECK(estimate.diagnostics.balance[0].before == Approx((1.0 - 2.0 / 3) / std::sqrt((2.0 / 3 + 2.0 / 9) / 2)));
}

TEST_CASE("clusters add up their influence values") {
  EffectData data = test::confounded_data(120, 4);
  const Estimate rows = ipw(data);
  for (int i = 0; i < 120; ++i) data.clusters.push_back(i / 4);
  const Estimate clustered = ipw(data);
  double sum = 0;
  for (int g = 0; g < 30; ++g) sum += std::pow(rows.influence.segment(4 * g, 4).sum(), 2);
  CHECK(clustered.value == Approx(rows.value));
  CHECK(clustered.std_error == Approx(std::sqrt(30.0 / 29 * sum) / 120).epsilon(1e-10));
}

TEST_CASE("a shift of the outcome moves Horvitz-Thompson only") {
  EffectData data = test::confounded_data(100, 6);
  const double before = ipw(data).value;
  const double raw = ipw(data, {.normalization = IpwNormalization::HorvitzThompson}).value;
  data.outcome.array() += 10;
  CHECK(ipw(data).value == Approx(before));
  CHECK(std::abs(ipw(data, {.normalization = IpwNormalization::HorvitzThompson}).value - raw) > 0.1);
}

TEST_CASE("options out of range, arms that are missing") {
  const EffectData data = small_rows();
  CHECK_THROWS_AS(static_cast<void>(ipw(data, {.trim = 0.6})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(ipw(data, {.level = 1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(ipw(data, {.trim = 0.1, .nuisances = {.folds = 2, .repeats = 2}})),
                  InvalidArgument);
  EffectData continuous = data;
  continuous.arms.clear();
  CHECK_THROWS_AS(static_cast<void>(ipw(continuous)), DataError);
  const Estimate two = ipw(data, {.trim = 0.49});
  CHECK(two.n_used == 2);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(500, 5);
  const auto bytes = [&](int threads) {
    return estimate_to_json(ipw(data, {.trim = 0.05, .run = {.threads = threads}})).dump();
  };
  CHECK(bytes(2) == bytes(1));
  CHECK(bytes(4) == bytes(1));
}
