// labels: oracle golden determinism
#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/estimation/effect/dml.hpp"
#include "causal/estimation/effect/iv.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// Continuous or binary treatment, three covariates, three instruments of which the first is binary.
EffectData table(Eigen::Index n, std::uint64_t seed, bool binary) {
  RandomStream random(seed, RandomDomain::Test);
  Eigen::MatrixXd X(n, 3);
  Eigen::MatrixXd Z(n, 3);
  Eigen::VectorXd y(n);
  Eigen::VectorXd d(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < 3; ++j) X(i, j) = random.normal();
    const double hidden = random.normal();
    Z(i, 0) = random.uniform() < 0.5 ? 1 : 0;
    Z(i, 1) = random.normal() + 0.5 * X(i, 0);
    Z(i, 2) = random.normal();
    const double dose = X(i, 0) + Z(i, 0) + 0.7 * Z(i, 1) + hidden + random.normal();
    d(i) = binary ? (dose > 0.5 ? 1.0 : 0.0) : dose;
    y(i) = 1.5 * d(i) + X(i, 0) - X(i, 1) + hidden + random.normal();
  }
  return hand_made(y, d, {.covariates = X, .instruments = Z});
}

EffectData first_instrument(EffectData data) {
  data.instruments.values.conservativeResize(Eigen::NoChange, 1);
  data.instruments.names.resize(1);
  return data;
}

Eigen::VectorXd out_of_fold(const Eigen::MatrixXd& X, const Eigen::VectorXd& y, const Folds& folds) {
  Eigen::VectorXd prediction(y.size());
  const Eigen::MatrixXd design = with_intercept(X);
  for (int fold = 0; fold < folds.count; ++fold) {
    std::vector<int> train;
    std::vector<int> held_out;
    for (int i = 0; i < static_cast<int>(y.size()); ++i) {
      (folds.of[static_cast<std::size_t>(i)] == fold ? held_out : train).push_back(i);
    }
    const LeastSquaresFit fit = least_squares(design(train, Eigen::all), y(train));
    prediction(held_out) = design(held_out, Eigen::all) * fit.coefficients;
  }
  return prediction;
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

TEST_CASE("without cross-fitting the linear plr is the regression coefficient") {
  const EffectData data = table(800, 1, false);
  Eigen::MatrixXd design(data.n(), 5);
  design << data.treatment, with_intercept(data.covariates.values);
  const double truth = least_squares(design, data.outcome).coefficients(0);
  const Estimate parts = plr(data, {.nuisances = {.folds = 1}});
  CHECK(parts.value == Approx(truth).epsilon(1e-10));
  // The score of type IV has the same solution when g is fitted at that very theta.
  const Estimate iv_type = plr(data, {.score = PlrScore::IvType, .nuisances = {.folds = 1}});
  CHECK(iv_type.value == Approx(truth).epsilon(1e-10));
  CHECK(std::abs(parts.influence.sum()) < 1e-8 * parts.influence.norm());
}

TEST_CASE("cross-fitting and the median rule, beside a slow way") {
  const EffectData data = table(300, 2, false);
  std::vector<double> values;
  std::vector<double> errors;
  for (std::uint32_t m = 0; m < 5; ++m) {
    const Folds folds = nuisance_folds(data, 4, 9, m);
    const Eigen::VectorXd u = data.outcome - out_of_fold(data.covariates.values, data.outcome, folds);
    const Eigen::VectorXd v = data.treatment - out_of_fold(data.covariates.values, data.treatment, folds);
    const double theta = u.dot(v) / v.squaredNorm();
    values.push_back(theta);
    errors.push_back((u - theta * v).cwiseProduct(v).norm() / v.squaredNorm());
  }
  const double value = middle(values);
  std::vector<double> spreads;
  for (std::size_t m = 0; m < 5; ++m) spreads.push_back(errors[m] * errors[m] + std::pow(values[m] - value, 2));
  const Estimate estimate = plr(data, {.nuisances = {.folds = 4, .repeats = 5}, .run = {.seed = 9}});
  CHECK(estimate.value == Approx(value).epsilon(1e-10));
  CHECK(estimate.std_error == Approx(std::sqrt(middle(spreads))).epsilon(1e-10));
  CHECK(estimate.diagnostics.find("lowest_of_repeats").value() ==
        Approx(*std::min_element(values.begin(), values.end())).epsilon(1e-10));
}

TEST_CASE("without cross-fitting the linear pliv is two-stage least squares") {
  EffectData data = table(700, 3, false);
  // A binary instrument would get a logistic regression.
  data.instruments = named(data.instruments.values.rightCols(2), "z");
  const Estimate ours = pliv(data, {.nuisances = {.folds = 1}});
  const Estimate truth = iv(data, {.covariance = CovarianceKind::Hc0});
  CHECK(ours.value == Approx(truth.value).epsilon(1e-10));
  CHECK(ours.std_error == Approx(truth.std_error).epsilon(1e-10));
  CHECK(ours.diagnostics.find("instruments_used").value() == 2);
}

TEST_CASE("iivm without covariates is the Wald ratio") {
  EffectData data = first_instrument(table(900, 4, true));
  data.covariates = named(Eigen::MatrixXd(data.n(), 0), "x");
  const Estimate truth = iv(data, {.estimator = IvEstimator::Wald});
  const Estimate ours = iivm(data, {.nuisances = {.folds = 1}});
  CHECK(ours.value == Approx(truth.value).epsilon(1e-9));
  CHECK(ours.std_error == Approx(truth.std_error).epsilon(1e-9));
  CHECK(ours.diagnostics.find("complier_share").value() ==
        Approx(truth.diagnostics.find("effect_on_treatment").value()).epsilon(1e-9));
}

TEST_CASE("iivm takes the constant where nobody without the offer is treated") {
  EffectData data = first_instrument(table(900, 5, true));
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (data.instruments.values(i, 0) == 0) {
      data.arms[static_cast<std::size_t>(i)] = 0;
      data.treatment(i) = 0;
    }
  }
  const Estimate estimate = iivm(data);
  CHECK(estimate.status == Status::Ok);
  CHECK(estimate.warnings.empty());
  CHECK(!estimate.diagnostics.find("treatment_given_0_loss"));
}

TEST_CASE("irm by hand, for all and for the treated") {
  const EffectData data = table(600, 6, true);
  const NuisanceOptions nuisances{.folds = 3};
  const Nuisances fits = fit_nuisances(data, nuisances, {.seed = 4});
  const Eigen::ArrayXd a = data.treatment;
  const Eigen::ArrayXd e = fits.propensity_treated;
  const Eigen::ArrayXd y = data.outcome;
  const Eigen::ArrayXd mu1 = fits.outcome_treated;
  const Eigen::ArrayXd mu0 = fits.outcome_control;
  const Eigen::ArrayXd psi = mu1 - mu0 + a * (y - mu1) / e - (1 - a) * (y - mu0) / (1 - e);
  const Estimate ate = irm(data, {.nuisances = nuisances, .run = {.seed = 4}});
  CHECK(ate.value == Approx(psi.mean()).epsilon(1e-12));
  const double n = static_cast<double>(data.n());
  CHECK(ate.std_error == Approx(std::sqrt((psi - psi.mean()).square().sum()) / n).epsilon(1e-12));
  const double att_value = ((a - (1 - a) * e / (1 - e)) * (y - mu0)).sum() / a.sum();
  const Estimate att = irm(data, {.estimand = Estimand::Att, .nuisances = nuisances, .run = {.seed = 4}});
  CHECK(att.value == Approx(att_value).epsilon(1e-12));
  CHECK(att.estimand == "att");
}

TEST_CASE("weights act like copies of rows") {
  EffectData data = table(200, 7, false);
  std::vector<int> twice;
  Eigen::VectorXd weights(data.n());
  for (int i = 0; i < static_cast<int>(data.n()); ++i) {
    weights(i) = i % 2 == 0 ? 2 : 1;
    for (int copy = 0; copy < (i % 2 == 0 ? 2 : 1); ++copy) twice.push_back(i);
  }
  const EffectData copies = hand_made(data.outcome(twice), data.treatment(twice),
                                      {.covariates = data.covariates.values(twice, Eigen::all),
                                       .instruments = data.instruments.values(twice, std::vector{1, 2})});
  data.weights = weights;
  data.instruments = named(data.instruments.values.rightCols(2), "z");
  check_effect_data(data);
  const NuisanceOptions whole{.folds = 1};
  CHECK(plr(data, {.nuisances = whole}).value == Approx(plr(copies, {.nuisances = whole}).value).epsilon(1e-9));
  CHECK(pliv(data, {.nuisances = whole}).value == Approx(pliv(copies, {.nuisances = whole}).value).epsilon(1e-9));
}

TEST_CASE("clusters of one row give the factor n / (n - 1), and clusters are held out whole") {
  EffectData data = table(300, 8, false);
  const Estimate rows = plr(data, {.nuisances = {.folds = 1}});
  for (int i = 0; i < 300; ++i) data.clusters.push_back(i);
  const Estimate clusters = plr(data, {.nuisances = {.folds = 1}});
  CHECK(clusters.std_error == Approx(rows.std_error * std::sqrt(300.0 / 299)).epsilon(1e-12));
}

TEST_CASE("published regressions on retirement savings and on learning one's HIV result") {
  // Computed in R with lm(): coefficient of e401 beside nine covariates, difference in means of p401.
  // Family size enters as a number there.
  const Dataset savings = io::read_csv(std::string(CAUSAL_SOURCE_DIR) + "/data/pension401k.csv",
                                       {.types = {{"fsize", VariableType::Continuous}}})
                              .data;
  const EffectData eligible =
      effect_data(savings, {.outcome = "net_tfa",
                            .treatment = "e401",
                            .covariates = {"age", "inc", "educ", "fsize", "marr", "twoearn", "db", "pira", "hown"}});
  REQUIRE(eligible.n() == 9915);
  // As doses 0 and 2, which are no probabilities, so that E[D | X] is linear too; the slope is then half of it.
  EffectData dose = eligible;
  dose.arms.clear();
  dose.arm_levels.clear();
  dose.treatment *= 2;
  CHECK(2 * plr(dose, {.nuisances = {.folds = 1}}).value == Approx(5896.198421).epsilon(1e-6));
  CHECK(plr(effect_data(savings, {.outcome = "net_tfa", .treatment = "e401"}), {.nuisances = {.folds = 1}}).value ==
        Approx(19559.34475).epsilon(1e-6));
  CHECK(plr(effect_data(savings, {.outcome = "net_tfa", .treatment = "p401"}), {.nuisances = {.folds = 1}}).value ==
        Approx(27371.5834).epsilon(1e-6));
  const Dataset villages =
      io::read_csv(std::string(CAUSAL_SOURCE_DIR) + "/data/thornton_hiv.csv", {.columns = {"got", "any"}})
          .data.drop_missing_rows();
  REQUIRE(villages.rows() == 2834);
  CHECK(irm(effect_data(villages, {.outcome = "got", .treatment = "any"}), {.nuisances = {.folds = 1}}).value ==
        Approx(0.4505518519).epsilon(1e-6));
}

TEST_CASE("wrong calls say what is wrong; what cannot be estimated says so") {
  const EffectData continuous = table(100, 9, false);
  const EffectData binary = table(100, 9, true);
  CHECK_THROWS_WITH_AS(static_cast<void>(irm(continuous)), doctest::Contains("continuous"), DataError);
  CHECK_THROWS_AS(static_cast<void>(iivm(continuous)), DataError);
  CHECK_THROWS_WITH_AS(static_cast<void>(iivm(binary)), doctest::Contains("one instrument"), DataError);
  EffectData without = continuous;
  without.instruments = named(Eigen::MatrixXd(100, 0), "z");
  CHECK_THROWS_WITH_AS(static_cast<void>(pliv(without)), doctest::Contains("instrument"), DataError);
  CHECK_THROWS_WITH_AS(static_cast<void>(irm(binary, {.estimand = Estimand::Overlap})), doctest::Contains("estimand"),
                       InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(plr(continuous, {.level = 1})), doctest::Contains("level"), InvalidArgument);
  EffectData missing = continuous;
  missing.outcome(3) = std::nan("");
  check_effect_data(missing);
  CHECK_THROWS_WITH_AS(static_cast<void>(plr(missing)), doctest::Contains("missing in 1 rows"), DataError);
  EffectData explained = continuous;
  explained.covariates.values.col(0) = explained.treatment;
  const Estimate nothing = plr(explained);
  CHECK(nothing.status == Status::Degenerate);
  CHECK(nothing.warnings.front().find("'d' is a function of the covariates") != std::string::npos);
  EffectData still = continuous;
  still.instruments = named(continuous.covariates.values.leftCols(1), "z");
  CHECK(pliv(still).status == Status::Degenerate);
}

TEST_CASE("the same bits with 1, 2 and 4 threads") {
  const EffectData data = table(400, 10, true);
  const EffectData one_instrument = first_instrument(data);
  const auto run_all = [&](int threads) {
    const RunOptions run{.threads = threads, .seed = 3};
    const NuisanceOptions nuisances{.repeats = 2};
    return std::vector<Estimate>{
        plr(data, {.nuisances = nuisances, .run = run}), irm(data, {.nuisances = nuisances, .run = run}),
        pliv(data, {.nuisances = nuisances, .run = run}), iivm(one_instrument, {.nuisances = nuisances, .run = run})};
  };
  const std::vector<Estimate> one = run_all(1);
  for (const int threads : {2, 4}) {
    const std::vector<Estimate> other = run_all(threads);
    for (std::size_t k = 0; k < one.size(); ++k) {
      CHECK(one[k].value == other[k].value);
      CHECK(one[k].std_error == other[k].std_error);
      CHECK(one[k].influence == other[k].influence);
    }
  }
}
