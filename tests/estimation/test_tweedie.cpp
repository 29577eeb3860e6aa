// labels: unit oracle golden
// Tweedie's correction: what it removes, its options, and its standard errors against a row-by-row computation.

#include <cmath>
#include <numbers>
#include <vector>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using causal::test::draw_study;
using causal::test::PredictedStudy;

namespace {

double normal_pdf(double x, double mean = 0, double sd = 1) {
  return std::exp(-0.5 * (x - mean) * (x - mean) / (sd * sd)) / (sd * std::sqrt(2 * std::numbers::pi));
}
double logistic(double x) { return 1 / (1 + std::exp(-x)); }

bool warns(const std::vector<std::string>& warnings, const std::string& part) {
  for (const std::string& warning : warnings) {
    if (warning.find(part) != std::string::npos) return true;
  }
  return false;
}

// Predictions from three normals, Y = F + N(0, sigma^2), P(A = 1 | Y) = logistic(1.5 (Y - 1)), by quadrature on a grid:
// the sums over noise and predictions converge faster than any power of the step.
struct ThreeHumps {
  static constexpr int kNodes = 4001;
  double low = -7, step = 14.0 / (kNodes - 1);
  Eigen::VectorXd u{kNodes}, p{kNodes}, treated{kNodes}, outcome_if_treated{kNodes};

  static double density(double x) {
    return 0.22 * normal_pdf(x, -2.2, 0.35) + 0.43 * normal_pdf(x, -0.3, 0.35) + 0.35 * normal_pdf(x, 1.9, 0.35);
  }
  static double score(double x) {
    const double parts[] = {0.22 * normal_pdf(x, -2.2, 0.35), 0.43 * normal_pdf(x, -0.3, 0.35),
                            0.35 * normal_pdf(x, 1.9, 0.35)};
    const double means[] = {-2.2, -0.3, 1.9};
    double sum = 0, slope = 0;
    for (int k = 0; k < 3; ++k) sum += parts[k], slope -= parts[k] * (x - means[k]) / (0.35 * 0.35);
    return slope / std::max(sum, 1e-300);
  }
  ThreeHumps() {
    for (int k = 0; k < kNodes; ++k) {
      u(k) = low + step * k;
      p(k) = density(u(k)) * step;
      double chance = 0, outcome = 0;
      for (double z = -8; z <= 8; z += 0.02) {
        const double weight = 0.02 * normal_pdf(z) * logistic(1.5 * (u(k) + z - 1));
        chance += weight;
        outcome += weight * (u(k) + z);
      }
      treated(k) = chance;
      outcome_if_treated(k) = outcome;
    }
  }
  [[nodiscard]] double share() const { return p.dot(treated); }
  // Mean of a function of the prediction among the treated minus that among the others.
  [[nodiscard]] double contrast(const Eigen::VectorXd& value) const {
    const double in = p.cwiseProduct(treated).dot(value) / share();
    const double out = p.cwiseProduct((1 - treated.array()).matrix()).dot(value) / (1 - share());
    return in - out;
  }
  [[nodiscard]] Eigen::VectorXd corrected(double sigma_square, const Eigen::VectorXd& s) const {
    return u - sigma_square * s;
  }
  [[nodiscard]] ScoreTable table(const ScoreOptions& options, double bandwidth) const {
    const Lattice lattice{low, step, 0, kNodes - 1};
    const double mean = p.dot(u);
    const double variance = p.dot((u.array() - mean).square().matrix());
    return fit_score(lattice, 0, 1e7 * p, mean, variance, bandwidth, options);
  }
};

const ThreeHumps& humps() {
  static const ThreeHumps made;
  return made;
}

std::span<const double> span_of(const Eigen::VectorXd& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

}  // namespace

TEST_CASE("three humps: the exact score removes the bias, the line does not") {
  // Golden values from an independent quadrature in R 4.2 (integrate()).
  const ThreeHumps& h = humps();
  CHECK(h.share() == doctest::Approx(0.343906269).epsilon(1e-8));
  const double in = h.p.dot(h.outcome_if_treated) / h.share();
  const double out = (h.p.dot(h.u) - h.p.dot(h.outcome_if_treated)) / (1 - h.share());
  CHECK(in == doctest::Approx(1.79879275).epsilon(1e-8));
  CHECK(out == doctest::Approx(-0.863620665).epsilon(1e-8));
  const double truth = in - out;
  const double naive = h.contrast(h.u);
  CHECK(naive == doctest::Approx(1.95790624).epsilon(1e-8));
  const double mean = h.p.dot(h.u);
  const double variance = h.p.dot((h.u.array() - mean).square().matrix());
  CHECK(variance == doctest::Approx(2.486796).epsilon(1e-6));
  CHECK(naive * (variance + 1) / variance == doctest::Approx(2.74522705).epsilon(1e-7));

  Eigen::VectorXd exact(h.u.size());
  for (Eigen::Index k = 0; k < exact.size(); ++k) exact(k) = ThreeHumps::score(h.u(k));
  CHECK(h.contrast(h.corrected(1, exact)) == doctest::Approx(truth).epsilon(1e-8));
  CHECK(h.contrast(h.corrected(0.8, exact)) == doctest::Approx(2.52151).epsilon(1e-5));
  CHECK(h.contrast(h.corrected(1.2, exact)) == doctest::Approx(2.80331).epsilon(1e-5));
  for (const double y : {-3.0, -1.0, 0.0, 1.0, 3.0}) {
    const Eigen::VectorXd weight = h.p.array() * h.u.unaryExpr([&](double u) { return normal_pdf(y - u); }).array();
    CHECK(weight.dot(h.corrected(1, exact)) / weight.sum() == doctest::Approx(y).epsilon(1e-6));
    if (y == 3) CHECK(weight.dot(h.u) / weight.sum() == doctest::Approx(1.98825708).epsilon(1e-7));
  }
}

TEST_CASE("three humps: kernel scores are those of the smoothed density, a mixture's is exact") {
  const ThreeHumps& h = humps();
  const double golden[][2] = {{0.05, 2.64880}, {0.1, 2.61113}, {0.2, 2.49636}, {0.3, 2.38134}, {0.4, 2.29844}};
  for (const auto& pair : golden) {
    const double bandwidth = pair[0];
    const double expected = pair[1];
    CAPTURE(bandwidth);
    const ScoreTable table = h.table({.variance_corrected = false, .tail_rule = false}, bandwidth);
    CHECK(h.contrast(h.corrected(1, table.score.values)) == doctest::Approx(expected).epsilon(1e-5));
  }
  const ScoreTable mixture = h.table({.kind = ScoreKind::Gmm}, 0.1);
  CHECK(h.contrast(h.corrected(1, mixture.score.values)) == doctest::Approx(2.66241342).epsilon(1e-3));
}

TEST_CASE("for a normal score the map is a line: that of the linear correction") {
  // Residuals with mean 0 and no correlation with F in the sample; so many rows asked for that only the normal tail is
  // left of the kernel density.
  const Eigen::VectorXd f{{-2, -1, 0, 1, 2, -2, -1, 0, 1, 2}};
  const Eigen::VectorXd e{{1, -1, 0.5, 1, -1.5, -1, 1, -0.5, -1, 1.5}};
  const TweedieDebiaser tweedie = TweedieDebiaser::fit(f, f + e, {.score = {.min_kernel_rows = 1e9}});
  const double noise = e.squaredNorm() / 10;
  CHECK(tweedie.noise_variance() == doctest::Approx(noise).epsilon(1e-14));
  const Eigen::VectorXd at{{-30, -2.3, 0.17, 1, 5, 400}};
  const Eigen::VectorXd corrected = tweedie.apply(at);
  const double variance = f.squaredNorm() / 9;
  for (Eigen::Index i = 0; i < at.size(); ++i) {
    CHECK(corrected(i) == doctest::Approx(at(i) * (1 + noise / variance)).epsilon(1e-12));
  }
  // The linear correction divides by k = V / (V + s); the two differ by the divisors n and n - 1 of V.
  const LccDebiaser lcc = LccDebiaser::fit(f, f + e);
  CHECK(lcc.apply(at)(4) == doctest::Approx(5 * (1 + noise / (f.squaredNorm() / 10))).epsilon(1e-12));
}

TEST_CASE("noise whose variance depends on the prediction") {
  // F from .45 N(-1.2, .7^2) + .55 N(.8, .7^2), Y = F + (.6 + .15 tanh F) N(0, 1), P(A | Y) = logistic(1.3 Y - .4).
  // The trial by quadrature, so that only the calibration is random.
  const auto density = [](double u) { return 0.45 * normal_pdf(u, -1.2, 0.7) + 0.55 * normal_pdf(u, 0.8, 0.7); };
  const auto sigma = [](double u) { return 0.6 + 0.15 * std::tanh(u); };
  const int n = 400000;
  RandomStream stream(31, RandomDomain::Test);
  Eigen::VectorXd f(n), y(n);
  for (int i = 0; i < n; ++i) {
    f(i) = (stream.uniform() < 0.45 ? -1.2 : 0.8) + 0.7 * stream.normal();
    y(i) = f(i) + sigma(f(i)) * stream.normal();
  }
  double truth = 0, share = 0;
  const auto gathered = [&](const Debiaser& debiaser) {
    PredictionCells cells(debiaser.lattice());
    cells.cover(-5, 5);
    truth = share = 0;
    for (double u = -5; u <= 5; u += 0.005) {
      double chance = 0;
      for (double z = -7; z <= 7; z += 0.05) {
        const double weight = 0.05 * normal_pdf(z) * logistic(1.3 * (u + sigma(u) * z) - 0.4);
        chance += weight;
        truth += density(u) * weight * (u + sigma(u) * z);
      }
      cells.add(u, density(u) * chance);
      share += density(u) * chance;
    }
    truth /= share;
    return debiaser.mean(cells, {});
  };
  const ScoreOptions score{.bandwidth = BandwidthRule::User, .bandwidth_value = 0.06};
  const Estimate full = gathered(TweedieDebiaser::fit(f, y, {.score = score, .heteroscedastic = true}));
  const Estimate constant = gathered(TweedieDebiaser::fit(f, y, {.score = score}));
  const Estimate naive = gathered(NaiveDebiaser::fit(f, y));
  CHECK(truth == doctest::Approx(0.859466).epsilon(1e-5));
  CHECK(naive.value == doctest::Approx(0.6725).epsilon(1e-3));
  const double se = *full.diagnostics.find("calibration_std_error");
  CHECK(se < 0.002);
  // Three standard errors, and what smoothing with h = 0.06 leaves: of the order h^2 / v = 0.4 % of the correction.
  CHECK(std::abs(full.value - truth) < 3 * se + 0.004 * (truth - naive.value));
  CHECK(constant.value == doctest::Approx(0.8487).epsilon(0.006));
  CHECK(std::abs(constant.value - truth) > std::abs(full.value - truth));
}

TEST_CASE("standard errors against sums over rows with exact kernels") {
  const PredictedStudy study = draw_study(4000, 600, 1500, 1, 5);
  const Eigen::VectorXd& f = study.trial.prediction;
  const Eigen::VectorXd& a = study.trial.treatment;
  const Eigen::VectorXd& e = study.trial.propensity;
  const Eigen::VectorXd& known = study.calibration.prediction;
  const Eigen::VectorXd residual = study.calibration.outcome - known;
  const Eigen::VectorXd c = residual.array() - residual.mean();
  const double noise = c.squaredNorm() / 600;
  for (const ScoreSource source : {ScoreSource::Calibration, ScoreSource::Trial, ScoreSource::Upstream}) {
    CAPTURE(enum_name(source));
    TweedieSample sample{known, study.calibration.outcome};
    if (source == ScoreSource::Upstream) sample.upstream = span_of(study.train.prediction);
    const TweedieDebiaser tweedie = TweedieDebiaser::fit(sample, {.score_source = source});
    const Estimate found = tweedie.ate(f, a, {.propensity = e});

    const Eigen::VectorXd& of_score = source == ScoreSource::Calibration ? known
                                      : source == ScoreSource::Trial     ? f
                                                                         : study.train.prediction;
    const double variance =
        (of_score.array() - of_score.mean()).square().sum() / static_cast<double>(of_score.size() - 1);
    const double h = kernel_bandwidth(BandwidthRule::Scott, static_cast<double>(of_score.size()), std::sqrt(variance));
    const double factor = (variance + h * h) / variance;
    // Hajek weights, summing to 1 and -1.
    Eigen::VectorXd w = a.array() / e.array();
    Eigen::VectorXd v = (1 - a.array()) / (1 - e.array());
    w /= w.sum();
    v /= v.sum();
    const Eigen::VectorXd corrected = tweedie.apply(f);
    const double in = w.dot(corrected);
    const double out = v.dot(corrected);
    CHECK(found.value == doctest::Approx(in - out).epsilon(1e-9));
    Eigen::VectorXd own = w.array() * (corrected.array() - in) - v.array() * (corrected.array() - out);

    const KernelDensity at_score = exact_kernel_density(span_of(of_score), {}, h, span_of(of_score));
    const KernelDensity treated = exact_kernel_density(span_of(f), span_of(w), h, span_of(of_score));
    const KernelDensity control = exact_kernel_density(span_of(f), span_of(v), h, span_of(of_score));
    Eigen::VectorXd influence =
        noise * factor * (treated.derivative - control.derivative).cwiseQuotient(at_score.density);
    // Rows in the tails, where the table keeps the influence constant.
    const Eigen::VectorXd s = (f - corrected) / noise;
    const double mean_score = (w - v).dot(s);
    const Eigen::VectorXd of_noise = -mean_score * (c.array().square() - noise);
    influence.array() -= influence.mean();
    const double n_score = static_cast<double>(of_score.size());
    double total = 0;
    if (source == ScoreSource::Calibration) {
      total = own.squaredNorm() + (influence + of_noise).squaredNorm() / (600.0 * 600);
    } else if (source == ScoreSource::Trial) {
      total = (own + influence / n_score).squaredNorm() + of_noise.squaredNorm() / (600.0 * 600);
    } else {
      total =
          own.squaredNorm() + influence.squaredNorm() / (n_score * n_score) + of_noise.squaredNorm() / (600.0 * 600);
    }
    // Apart from the tails and the bins of ten rows the two are the same sums.
    CHECK(found.std_error == doctest::Approx(std::sqrt(total)).epsilon(0.03));

    DebiasedEffectOptions resamples{.interval = DebiasInterval::Bootstrap, .replicates = 400};
    const Estimate bootstrapped = tweedie.ate(f, a, {.propensity = e}, resamples);
    CHECK(bootstrapped.value == found.value);
    // A standard deviation of 400 draws has a relative standard error of 1 / sqrt(800) = 3.5 %; three of them, and the
    // second-order terms that the influence functions leave out.
    CHECK(bootstrapped.std_error / found.std_error == doctest::Approx(1).epsilon(0.13));
    resamples.run.threads = 1;
    CHECK(tweedie.ate(f, a, {.propensity = e}, resamples).std_error == bootstrapped.std_error);
  }
}

TEST_CASE("the exact kernel density and the grid give the same map") {
  const PredictedStudy study = draw_study(4000, 1000, 2000, 1, 6);
  const auto map = [&](bool exact) {
    return TweedieDebiaser::fit(study.calibration.prediction, study.calibration.outcome, {.score = {.exact = exact}})
        .apply(study.trial.prediction);
  };
  // Error of the score at h / step = 16: 0.137 step^2 / h^4 / f plus as much of the interpolation, in units of sd here.
  CHECK((map(true) - map(false)).cwiseAbs().maxCoeff() < 0.02);
}

TEST_CASE("the score of the trial, the calibration and a third sample agree on the same population") {
  const PredictedStudy study = draw_study(20000, 20000, 20000, 1, 7);
  TweedieSample sample{study.calibration.prediction, study.calibration.outcome};
  const auto estimate = [&](const TweedieOptions& options) {
    return TweedieDebiaser::fit(sample, options)
        .ate(study.trial.prediction, study.trial.treatment, {.propensity = study.trial.propensity});
  };
  const Estimate calibration = estimate({});
  const Estimate trial = estimate({.score_source = ScoreSource::Trial});
  sample.upstream = span_of(study.train.prediction);
  const Estimate upstream = estimate({.score_source = ScoreSource::Upstream});
  CHECK(std::abs(calibration.value - trial.value) < 2 * trial.std_error);
  CHECK(std::abs(calibration.value - upstream.value) < 2 * upstream.std_error);
  CHECK(std::abs(trial.value - 1) < 3 * trial.std_error);
}

TEST_CASE("rows of their own for the noise variance") {
  const PredictedStudy study = draw_study(4000, 3000, 3000, 1, 8);
  const Eigen::VectorXd& f = study.calibration.prediction;
  const Eigen::VectorXd& y = study.calibration.outcome;
  TweedieSample sample{f.head(1000), y.head(1000)};
  const Eigen::VectorXd other_f = f.tail(2000);
  const Eigen::VectorXd other_y = y.tail(2000);
  sample.noise_predictions = span_of(other_f);
  sample.noise_outcomes = span_of(other_y);
  const TweedieDebiaser tweedie = TweedieDebiaser::fit(sample);
  const Eigen::VectorXd e = other_y - other_f;
  CHECK(tweedie.noise_variance() == doctest::Approx((e.array() - e.mean()).square().mean()).epsilon(1e-12));
  CHECK(tweedie.residuals().n.sum() == 2000);
  sample.noise_outcomes = {};
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(sample), InvalidArgument);
}

TEST_CASE("options of the map") {
  const PredictedStudy study = draw_study(4000, 2000, 2000, 1, 9);
  const Eigen::VectorXd& f = study.calibration.prediction;
  const Eigen::VectorXd& y = study.calibration.outcome;
  const Eigen::VectorXd& trial = study.trial.prediction;
  const Eigen::VectorXd plain = TweedieDebiaser::fit(f, y).apply(trial);
  SUBCASE("center adds the mean residual") {
    const Eigen::VectorXd centred = TweedieDebiaser::fit(f, y, {.center = true}).apply(trial);
    CHECK(((centred - plain).array() - (y - f).mean()).abs().maxCoeff() < 1e-12);
  }
  SUBCASE("clamp cuts off") {
    const Eigen::VectorXd cut = TweedieDebiaser::fit(f, y, {.clamp_low = -1, .clamp_high = 2}).apply(trial);
    CHECK(cut.minCoeff() == -1);
    CHECK(cut.maxCoeff() == 2);
    CHECK_THROWS_AS((void)TweedieDebiaser::fit(f, y, {.clamp_low = 1, .clamp_high = 0}), InvalidArgument);
  }
  SUBCASE("label noise is taken out of the noise variance") {
    const double variance = TweedieDebiaser::fit(f, y).noise_variance();
    CHECK(TweedieDebiaser::fit(f, y, {.label_noise_var = 0.3}).noise_variance() ==
          doctest::Approx(variance - 0.3).epsilon(1e-12));
    CHECK_THROWS_AS((void)TweedieDebiaser::fit(f, y, {.label_noise_var = 30}), DataError);
  }
  SUBCASE("the plain bandwidth leaves more shrinkage than the corrected one") {
    const Eigen::VectorXd uncorrected =
        TweedieDebiaser::fit(f, y, {.score = {.variance_corrected = false}}).apply(trial);
    const auto spread = [](const Eigen::VectorXd& v) { return (v.array() - v.mean()).square().sum(); };
    CHECK(spread(uncorrected) < spread(plain));
  }
  SUBCASE("predictions that equal outcomes are left alone") {
    const TweedieDebiaser same = TweedieDebiaser::fit(f, f);
    CHECK(warns(same.warnings(), "zero_sigma_identity"));
    CHECK((same.apply(trial) - trial).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("a map that falls between humps is flagged, and can be made increasing") {
  RandomStream stream(12, RandomDomain::Test);
  const int n = 5000;
  Eigen::VectorXd f(n), y(n);
  for (int i = 0; i < n; ++i) {
    f(i) = (stream.uniform() < 0.5 ? -1 : 1) + 0.4 * stream.normal();
    y(i) = f(i) + stream.normal();
  }
  const TweedieDebiaser free = TweedieDebiaser::fit(f, y);
  CHECK(warns(free.warnings(), "non_monotone"));
  // The exact map falls on about (-0.4, 0.4), where the density is from 0.04 to 0.15.
  CHECK(*free.diagnostics().find("falling_mass") > 0.02);
  CHECK(*free.diagnostics().find("falling_mass") < 0.1);
  Eigen::VectorXd at(400);
  for (int k = 0; k < 400; ++k) at(k) = -2 + 0.01 * k;
  const Eigen::VectorXd plain = free.apply(at);
  const Eigen::VectorXd increasing = TweedieDebiaser::fit(f, y, {.isotonic = true}).apply(at);
  CHECK((plain.tail(399) - plain.head(399)).minCoeff() < 0);
  CHECK((increasing.tail(399) - increasing.head(399)).minCoeff() >= -1e-12);
}

TEST_CASE("what the fit refuses and warns of") {
  const PredictedStudy study = draw_study(4000, 500, 500, 1, 10);
  const Eigen::VectorXd& f = study.calibration.prediction;
  const Eigen::VectorXd& y = study.calibration.outcome;
  CHECK(warns(TweedieDebiaser::fit(0.5 * f, y).warnings(), "not calibrated"));
  CHECK(!warns(TweedieDebiaser::fit(f, y).warnings(), "not calibrated"));
  CHECK(warns(TweedieDebiaser::fit(y, f).warnings(), "swapped"));
  CHECK(warns(TweedieDebiaser::fit(f.head(50), y.head(50)).warnings(), "only 50 calibration rows"));
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(Eigen::VectorXd::Ones(500), y), DataError);
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(f, Eigen::VectorXd::Ones(500)), DataError);
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(f, y, {.score_source = ScoreSource::Upstream}), InvalidArgument);
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(f, y, {.score = {.bandwidth = BandwidthRule::User}}), InvalidArgument);
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(f, y, {.score = {.tail_quantile = 0.6}}), InvalidArgument);
  TweedieSample sample{f, y};
  sample.upstream = span_of(study.train.prediction);
  CHECK_THROWS_AS((void)TweedieDebiaser::fit(sample), InvalidArgument);
  const TweedieDebiaser of_trial = TweedieDebiaser::fit(f, y, {.score_source = ScoreSource::Trial});
  CHECK_THROWS_AS((void)of_trial.apply(Eigen::VectorXd::Ones(30)), DataError);
  CHECK_THROWS_AS((void)of_trial.apply(Eigen::VectorXd::Ones(1)), DataError);
}
