// labels: unit golden stat
// The linear correction: fit, intervals, warnings and errors.

#include <cmath>
#include <limits>
#include <vector>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

const Eigen::VectorXd kOutcome{{1, 2, 3, 4, 5, 6, 7, 8}};
const Eigen::VectorXd kPrediction{{1.5, 1.8, 3.4, 3.9, 5.2, 5.5, 7.6, 7.7}};

bool warns(const std::vector<std::string>& warnings, const std::string& part) {
  for (const std::string& warning : warnings) {
    if (warning.find(part) != std::string::npos) return true;
  }
  return false;
}

double figure(const Debiaser& debiaser, const char* name) { return debiaser.diagnostics().find(name).value(); }

// Y ~ N(0, 1) and F = k Y + noise.
struct Rows {
  Eigen::VectorXd prediction, outcome;
};
Rows rows(int n, double k, double noise_sd, std::uint32_t part) {
  RandomStream stream(9, RandomDomain::Test, part);
  Rows drawn{Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (int i = 0; i < n; ++i) {
    drawn.outcome(i) = stream.normal();
    drawn.prediction(i) = k * drawn.outcome(i) + noise_sd * stream.normal();
  }
  return drawn;
}

}  // namespace

TEST_CASE("eight rows") {
  // Computed in R 4.2: lm(F ~ Y) and the HC0 and classic variances of its slope by their formulas.
  const LccDebiaser lcc = LccDebiaser::fit(kPrediction, kOutcome);
  CHECK(lcc.slope() == doctest::Approx(0.9523809524).epsilon(1e-9));
  CHECK(lcc.intercept() == doctest::Approx(0.2892857143).epsilon(1e-9));
  CHECK(lcc.covariance()(1, 1) == doctest::Approx(0.003198864863).epsilon(1e-9));
  CHECK(figure(lcc, "slope_var_classic") == doctest::Approx(0.004205404384).epsilon(1e-9));
  CHECK(lcc.apply(Eigen::VectorXd::Constant(1, 5))(0) == doctest::Approx(4.94625).epsilon(1e-9));
  CHECK(warns(lcc.warnings(), "only 8 calibration rows"));
}

TEST_CASE("the covariance of intercept and slope is the HC0 sandwich") {
  const Rows drawn = rows(50, 0.6, 0.5, 1);
  const LccDebiaser lcc = LccDebiaser::fit(drawn.prediction, drawn.outcome);
  Eigen::MatrixXd design(50, 2);
  design << Eigen::VectorXd::Ones(50), drawn.outcome;
  const Eigen::VectorXd residual = drawn.prediction.array() - lcc.intercept() - lcc.slope() * drawn.outcome.array();
  // (X'X)^-1 X' diag(r^2) X (X'X)^-1, the 2 x 2 inverse written out.
  const Eigen::Matrix2d square = design.transpose() * design;
  Eigen::Matrix2d inverse;
  inverse << square(1, 1), -square(0, 1), -square(1, 0), square(0, 0);
  inverse /= square(0, 0) * square(1, 1) - square(0, 1) * square(1, 0);
  const Eigen::Matrix2d middle = design.transpose() * residual.cwiseAbs2().asDiagonal() * design;
  const Eigen::Matrix2d sandwich = inverse * middle * inverse;
  CHECK((sandwich - lcc.covariance()).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("effect, mean and their variances by hand") {
  const Rows calibration = rows(400, 0.5, 0.4, 2);
  const Rows trial = rows(300, 0.5, 0.4, 3);
  Eigen::VectorXd treatment(300), weights(300);
  RandomStream stream(9, RandomDomain::Test, 4);
  for (int i = 0; i < 300; ++i) {
    treatment(i) = i % 3 == 0 ? 1 : 0;
    weights(i) = 0.5 + stream.uniform();
  }
  const LccDebiaser lcc = LccDebiaser::fit(calibration.prediction, calibration.outcome);
  const double k = lcc.slope();
  double effect = 0, variance = 0;
  for (const int arm : {0, 1}) {
    double weight = 0, mean = 0, square = 0;
    for (int i = 0; i < 300; ++i) {
      if (treatment(i) != arm) continue;
      weight += weights(i);
      mean += weights(i) * trial.prediction(i);
    }
    mean /= weight;
    for (int i = 0; i < 300; ++i) {
      const double term = weights(i) * (trial.prediction(i) - mean) / weight;
      if (treatment(i) == arm) square += term * term;
    }
    effect += arm == 1 ? mean : -mean;
    variance += square;
  }
  const Estimate ate = lcc.ate(trial.prediction, treatment, {.weights = weights});
  CHECK(ate.value == doctest::Approx(effect / k).epsilon(1e-10));
  const double total = variance / (k * k) + effect * effect * lcc.covariance()(1, 1) / (k * k * k * k);
  CHECK(ate.std_error == doctest::Approx(std::sqrt(total)).epsilon(1e-9));
  CHECK(ate.ci_high == doctest::Approx(ate.value + normal_quantile(0.975) * ate.std_error).epsilon(1e-9));
  CHECK(ate.n_used == 300);
  CHECK(*ate.diagnostics.find("naive_value") == doctest::Approx(effect).epsilon(1e-9));

  const Estimate mean = lcc.mean(trial.prediction);
  const double raw = trial.prediction.mean();
  const double mu = (raw - lcc.intercept()) / k;
  const double raw_var = (trial.prediction.array() - raw).square().sum() / (300.0 * 300.0);
  const Eigen::Matrix2d& v = lcc.covariance();
  CHECK(mean.value == doctest::Approx(mu).epsilon(1e-10));
  CHECK(mean.std_error ==
        doctest::Approx(std::sqrt((raw_var + v(0, 0) + mu * mu * v(1, 1) + 2 * mu * v(0, 1)) / (k * k))).epsilon(1e-9));
}

TEST_CASE("a weak slope gives Fieller's interval, and an unbounded one when it could be 0") {
  const Rows trial = rows(500, 0.3, 1, 6);
  Eigen::VectorXd treatment(500);
  for (int i = 0; i < 500; ++i) treatment(i) = trial.outcome(i) > 0 ? 1 : 0;
  const auto found = [&](int n, std::uint32_t part) {
    const Rows calibration = rows(n, 0.3, 1, part);
    const LccDebiaser lcc = LccDebiaser::fit(calibration.prediction, calibration.outcome);
    return std::pair(lcc, lcc.ate(trial.prediction, treatment));
  };
  const auto [lcc, bounded] = found(100, 5);
  REQUIRE(lcc.slope() < 5 * std::sqrt(lcc.covariance()(1, 1)));
  REQUIRE(lcc.slope() > 1.96 * std::sqrt(lcc.covariance()(1, 1)));
  CHECK(*bounded.diagnostics.find("fieller_interval") == 1);
  // At both ends t the statistic (tau - k t) / se(tau - k t) is z.
  const double z = normal_quantile(0.975);
  const double tau = *bounded.diagnostics.find("naive_value");
  const double trial_se = *bounded.diagnostics.find("trial_std_error") * lcc.slope();
  for (const double t : {bounded.ci_low, bounded.ci_high}) {
    const double se = std::sqrt(trial_se * trial_se + t * t * lcc.covariance()(1, 1));
    CHECK(std::abs(tau - lcc.slope() * t) / se == doctest::Approx(z).epsilon(1e-6));
  }
  CHECK(bounded.ci_low < bounded.value);
  CHECK(bounded.ci_high - bounded.value > bounded.value - bounded.ci_low);

  std::uint32_t part = 50;
  for (; part < 200; ++part) {  // A sample of 12 whose slope is positive but not distinguishable from 0.
    const Rows few = rows(12, 0.3, 1, part);
    const Eigen::ArrayXd y = few.outcome.array() - few.outcome.mean();
    if ((y * few.prediction.array()).sum() > 0.1 && (y * few.prediction.array()).sum() < 1) break;
  }
  const auto [weak, unbounded] = found(12, part);
  REQUIRE(weak.slope() < 1.96 * std::sqrt(weak.covariance()(1, 1)));
  CHECK(unbounded.ci_low == -std::numeric_limits<double>::infinity());
  CHECK(unbounded.ci_high == std::numeric_limits<double>::infinity());
  CHECK(warns(unbounded.warnings, "unbounded"));
}

TEST_CASE("Fieller's interval covers where the delta method's would be too short") {
  // 80 calibration rows with slope 0.3: k / se(k) is about 2.7, so the interval is often unbounded or long.
  constexpr int kRuns = 1000;
  std::vector<int> covered(kRuns);
  parallel_for(kRuns, 0, [&](std::int64_t r) {
    const auto part = static_cast<std::uint32_t>(1000 + 2 * r);
    const Rows calibration = rows(80, 0.3, 1, part);
    Rows trial = rows(1000, 0.3, 1, part + 1);
    Eigen::VectorXd treatment(1000);
    for (int i = 0; i < 1000; ++i) {
      treatment(i) = i % 2;
      trial.prediction(i) += 0.3 * treatment(i);  // The outcome moves by 1.
    }
    try {
      const auto ate = LccDebiaser::fit(calibration.prediction, calibration.outcome).ate(trial.prediction, treatment);
      covered[static_cast<std::size_t>(r)] = ate.ci_low <= 1 && 1 <= ate.ci_high ? 1 : 0;
    } catch (const DataError&) {
      covered[static_cast<std::size_t>(r)] = 1;  // A slope below 0: no interval is given at all.
    }
  });
  double cover = 0;
  for (const int c : covered) cover += static_cast<double>(c) / kRuns;
  // 0.95 up to 3 standard errors, 3 * sqrt(0.95 * 0.05 / 1000) = 0.021, and HC0's shortfall at 80 rows.
  CHECK(cover > 0.92);
  CHECK(cover < 0.98);
}

TEST_CASE("Berkson transport follows the variance of the trial's predictions") {
  // F ~ N(0, 1), Y = F + N(0, 1): k = 1/2. A trial with F ~ N(0, 4): k = 4/5.
  RandomStream stream(3, RandomDomain::Test);
  const int n = 40000;
  Eigen::VectorXd f(n), y(n), trial(n), treatment(n);
  for (int i = 0; i < n; ++i) {
    f(i) = stream.normal();
    y(i) = f(i) + stream.normal();
    trial(i) = 2 * stream.normal();
    treatment(i) = i % 2;
  }
  const LccDebiaser moved = LccDebiaser::fit(f, y, {.transport = SlopeTransport::Berkson});
  const Estimate ate = moved.ate(trial, treatment);
  // V / (V + s): standard errors of V and s are 4 sqrt(2 / n) and sqrt(2 / n), so k has one of about 0.0014.
  CHECK(*ate.diagnostics.find("trial_slope") == doctest::Approx(0.8).epsilon(0.006));
  const Eigen::VectorXd corrected = moved.apply(trial);
  CHECK(corrected.mean() == doctest::Approx(trial.mean() + (y - f).mean()).epsilon(1e-9));
  const double spread = (corrected.array() - corrected.mean()).square().sum() / n;
  CHECK(spread == doctest::Approx(4 / 0.64).epsilon(0.03));
  CHECK(moved.mean(trial).value == doctest::Approx(corrected.mean()).epsilon(1e-9));
}

TEST_CASE("noise in the labels is taken out of the slope") {
  const Rows clean = rows(200000, 0.5, 0.3, 8);
  Eigen::VectorXd noisy = clean.outcome;
  RandomStream stream(9, RandomDomain::Test, 9);
  for (double& label : noisy) label += 0.7 * stream.normal();
  const double plain = LccDebiaser::fit(clean.prediction, noisy).slope();
  const double repaired = LccDebiaser::fit(clean.prediction, noisy, {.label_noise_var = 0.49}).slope();
  // Standard error about 0.3 / sqrt(2e5) = 7e-4 for either.
  CHECK(plain == doctest::Approx(0.5 / 1.49).epsilon(0.01));
  CHECK(repaired == doctest::Approx(0.5).epsilon(0.01));
  CHECK_THROWS_AS((void)LccDebiaser::fit(clean.prediction, noisy, {.label_noise_var = 5}), DataError);
}

TEST_CASE("what the fit warns of") {
  SUBCASE("a curved relation, found by the test and shown in the table") {
    Rows drawn = rows(2000, 0.5, 0.1, 10);
    drawn.prediction.array() += 0.1 * drawn.outcome.array().square();
    const LccDebiaser lcc = LccDebiaser::fit(drawn.prediction, drawn.outcome);
    CHECK(figure(lcc, "curvature_p_value") < 1e-6);
    CHECK(warns(lcc.warnings(), "not linear"));
    REQUIRE(lcc.binned_residuals().size() == 10);
    CHECK(lcc.binned_residuals().front().mean > 5 * lcc.binned_residuals().front().std_error);
    CHECK(lcc.binned_residuals()[4].mean < 0);
    std::int64_t total = 0;
    for (const BinnedResidual& bin : lcc.binned_residuals()) total += bin.n;
    CHECK(total == 2000);
  }
  SUBCASE("a straight one, with a p-value that is not small") {
    const Rows drawn = rows(2000, 0.5, 0.1, 11);
    const LccDebiaser lcc = LccDebiaser::fit(drawn.prediction, drawn.outcome);
    CHECK(figure(lcc, "curvature_p_value") > 0.01);
    CHECK(lcc.warnings().empty());
  }
  SUBCASE("a weak slope") {
    const Rows drawn = rows(2000, 0.1, 0.1, 12);
    CHECK(warns(LccDebiaser::fit(drawn.prediction, drawn.outcome).warnings(), "weak_slope"));
  }
  SUBCASE("columns that were swapped") {
    // Y = F + noise: the swapped regression has slope 1 and a variance above the outcome's.
    RandomStream stream(9, RandomDomain::Test, 13);
    Eigen::VectorXd f(1000), y(1000);
    for (int i = 0; i < 1000; ++i) {
      f(i) = stream.normal();
      y(i) = f(i) + stream.normal();
    }
    CHECK(!warns(LccDebiaser::fit(f, y).warnings(), "swapped"));
    CHECK(warns(LccDebiaser::fit(y, f).warnings(), "swapped"));
    CHECK(warns(NaiveDebiaser::fit(y, f).warnings(), "swapped"));
  }
}

TEST_CASE("the level of the curvature test") {
  constexpr int kRuns = 2000;
  std::vector<double> p(kRuns);
  parallel_for(kRuns, 0, [&](std::int64_t r) {
    const Rows drawn = rows(500, 0.5, 0.3, static_cast<std::uint32_t>(5000 + r));
    p[static_cast<std::size_t>(r)] = figure(LccDebiaser::fit(drawn.prediction, drawn.outcome), "curvature_p_value");
  });
  double below = 0;
  for (const double value : p) below += value < 0.05 ? 1.0 / kRuns : 0;
  // 3 standard errors are 3 * sqrt(0.05 * 0.95 / 2000) = 0.015; with so few rows behind the cubes HC3 is still liberal,
  // and HC1 would reject more than 0.10.
  CHECK(below > 0.035);
  CHECK(below < 0.085);
}

TEST_CASE("rows that cannot be used") {
  const Eigen::VectorXd constant = Eigen::VectorXd::Constant(8, 2);
  CHECK_THROWS_AS((void)LccDebiaser::fit(constant, kOutcome), DataError);
  CHECK_THROWS_AS((void)LccDebiaser::fit(kPrediction, constant), DataError);
  CHECK_THROWS_AS((void)LccDebiaser::fit(-kPrediction, kOutcome), DataError);
  CHECK_THROWS_AS((void)LccDebiaser::fit(kPrediction.head(7), kOutcome), InvalidArgument);
  CHECK_THROWS_AS((void)LccDebiaser::fit(kPrediction.head(2), kOutcome.head(2)), DataError);
  CHECK_THROWS_AS((void)LccDebiaser::fit(kPrediction, kOutcome, {.label_noise_var = -1}), InvalidArgument);
  Eigen::VectorXd missing = kOutcome;
  missing(2) = std::nan("");
  try {
    (void)LccDebiaser::fit(kPrediction, missing);
    FAIL("a missing cell was accepted");
  } catch (const DataError& error) {
    CHECK(error.message() == "the outcome of row 3 is nan and must be a finite number");
  }
}

TEST_CASE("trials that cannot be used") {
  const LccDebiaser lcc = LccDebiaser::fit(kPrediction, kOutcome);
  const Eigen::VectorXd f{{1, 2, 3, 4}};
  const Eigen::VectorXd a{{0, 1, 0, 1}};
  const auto message = [&](const Eigen::VectorXd& prediction, const Eigen::VectorXd& treatment,
                           const TrialWeights& weights) -> std::string {
    try {
      (void)lcc.ate(prediction, treatment, weights);
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  };
  CHECK(message(f, Eigen::VectorXd::Ones(4), {}) == "no row of positive weight has treatment 0");
  CHECK(message(f, a, {.weights = Eigen::VectorXd{{1, 0, 1, 0}}}) == "no row of positive weight has treatment 1");
  CHECK(message(f, Eigen::VectorXd{{0, 1, 2, 1}}, {}) == "the treatment of row 3 is 2 and must be 0 or 1");
  CHECK(message(f, a, {.propensity = Eigen::VectorXd{{0.5, 1, 0.5, 0.5}}}) ==
        "the propensity of row 2 is 1 and must lie in (0, 1)");
  CHECK(message(f, a, {.weights = Eigen::VectorXd{{1, 1, 1, -1}}}) ==
        "the weight of row 4 is -1 and must not be negative");
  CHECK(message(f, a, {.weights = Eigen::VectorXd::Zero(4)}) == "no row of positive weight has treatment 0");
  CHECK(message(Eigen::VectorXd{{1, std::nan(""), 2, 3}}, a, {}) ==
        "the prediction of row 2 is nan and must be a finite number");
  CHECK(message(f, a.head(3), {}).find("3 values of treatment for 4 predictions") != std::string::npos);
  CHECK(message(f, a, {.propensity = Eigen::VectorXd::Constant(4, 0.5), .weights = Eigen::VectorXd::Ones(4)})
            .find("both") != std::string::npos);
  CHECK_THROWS_AS((void)lcc.mean(f.head(1)), DataError);
  CHECK_THROWS_AS((void)lcc.mean(f, Eigen::VectorXd::Zero(4)), DataError);
  CHECK_THROWS_AS((void)lcc.ate(f, a, {}, {.level = 1}), InvalidArgument);
  CHECK(lcc.ate(Eigen::VectorXd::Constant(4, 3), a).status == Status::Degenerate);

  const Estimate zero = lcc.ate(f, a, {.weights = Eigen::VectorXd{{1, 1, 1, 1}}});
  CHECK(*zero.diagnostics.find("zero_weights") == 0);
  Eigen::VectorXd six(6), arms(6);
  six << 1, 2, 3, 4, 5, 30;
  arms << 0, 1, 0, 1, 0, 1;
  const Estimate some = lcc.ate(six, arms, {.weights = Eigen::VectorXd{{1, 1, 1, 1, 0, 1}}});
  CHECK(*some.diagnostics.find("zero_weights") == 1);
  CHECK(some.n == 6);
  CHECK(some.n_used == 5);
  CHECK(warns(some.warnings, "1 of 6 rows have weight 0"));
  CHECK(warns(some.warnings, "lie outside [1.5, 7.7]"));
}

TEST_CASE("rows of the trial that are calibration rows") {
  const Rows calibration = rows(300, 0.5, 0.3, 14);
  Rows trial = rows(400, 0.5, 0.3, 15);
  const auto span = [](const Eigen::VectorXd& v) {
    return std::span<const double>(v.data(), static_cast<std::size_t>(v.size()));
  };
  const RowKeys known{span(calibration.prediction), span(calibration.outcome)};
  CHECK_NOTHROW(refuse_shared_rows(known, {span(trial.prediction), span(trial.outcome)}));
  trial.prediction.head(20) = calibration.prediction.head(20);
  CHECK_THROWS_AS(refuse_shared_rows(known, {span(trial.prediction)}), DataError);
  // The same predictions with other outcomes are other rows.
  CHECK_NOTHROW(refuse_shared_rows(known, {span(trial.prediction), span(trial.outcome)}));
  trial.outcome.head(20) = calibration.outcome.head(20);
  CHECK_THROWS_AS(refuse_shared_rows(known, {span(trial.prediction), span(trial.outcome)}), DataError);
  // Predictions that repeat by their nature say nothing.
  const Eigen::VectorXd rough = calibration.prediction.array().round();
  CHECK_NOTHROW(refuse_shared_rows({span(rough)}, {span(rough)}));
  const std::vector<std::string> a{"u1", "u2"};
  const std::vector<std::string> b{"u3", "u2"};
  const std::vector<std::string> c{"u3", "u4"};
  CHECK_THROWS_AS(refuse_shared_rows({{}, {}, a}, {{}, {}, b}), DataError);
  CHECK_NOTHROW(refuse_shared_rows({{}, {}, a}, {{}, {}, c}));
}
