// labels: unit oracle golden determinism
#include "causal/estimation/debias/ppi.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "causal/estimation/nuisance/glm.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

const PpiOptions kPlain{.tuning = PpiTuning::Fixed, .lambda = 1};
const PpiOptions kClassical{.tuning = PpiTuning::Fixed, .lambda = 0};

Eigen::VectorXd vector(std::initializer_list<double> values) {
  Eigen::VectorXd x(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), x.data());
  return x;
}

PpiData tiny() {
  return {.outcome = vector({1, 2, 3, 4, 5, 6, 7, 8}),
          .prediction = vector({1.5, 1.8, 3.4, 3.9, 5.2, 5.5, 7.6, 7.7}),
          .unlabelled = vector({2, 4, 6, 8, 3, 5, 7, 1, 9, 4.5, 5.5, 2.5})};
}

PpiDesign alternating() {
  PpiDesign design{Eigen::MatrixXd::Ones(8, 2), Eigen::MatrixXd::Ones(12, 2), {"one", "x"}};
  for (Eigen::Index i = 0; i < 12; ++i) {
    if (i < 8) design.labelled(i, 1) = static_cast<double>(i % 2);
    design.unlabelled(i, 1) = static_cast<double>(i % 2);
  }
  return design;
}

/// Rows of a model in which predictions are biased and noisy, outcomes of the asked kind.
struct Sample {
  PpiData data;
  PpiDesign design;
};

Sample sample(Eigen::Index n, Eigen::Index m, PpiModel model, std::uint32_t key) {
  RandomStream stream(5, RandomDomain::Test, key);
  Sample s;
  const auto fill = [&](Eigen::Index rows, Eigen::MatrixXd& X, Eigen::VectorXd* y, Eigen::VectorXd& f) {
    X.resize(rows, 3);
    if (y != nullptr) y->resize(rows);
    f.resize(rows);
    for (Eigen::Index i = 0; i < rows; ++i) {
      X.row(i) << 1, stream.normal(), stream.normal();
      const double eta = 0.3 + 0.5 * X(i, 1) - 0.4 * X(i, 2);
      const double noise = stream.normal(), u = stream.uniform();
      double outcome = eta + noise;
      if (model == PpiModel::Logistic) outcome = u < 1 / (1 + std::exp(-eta)) ? 1 : 0;
      if (model == PpiModel::Poisson) outcome = std::floor(std::exp(eta) + u);
      double prediction = 0.4 + 0.8 * outcome + 0.5 * stream.normal();
      if (model == PpiModel::Logistic) prediction = 0.1 + 0.6 * outcome + 0.3 * stream.uniform();
      if (model == PpiModel::Poisson) prediction = 0.8 * outcome + stream.uniform();
      if (y != nullptr) (*y)(i) = outcome;
      f(i) = prediction;
    }
  };
  fill(n, s.design.labelled, &s.data.outcome, s.data.prediction);
  fill(m, s.design.unlabelled, nullptr, s.data.unlabelled);
  return s;
}

double figure(const Estimate& estimate, std::string_view name) { return estimate.diagnostics.find(name).value(); }

}  // namespace

// Computed in R 4.x with base functions and agreeing with ppi_py 0.2.3.
TEST_CASE("ppi: published formulas on a tiny table") {
  const Estimate plain = ppi_mean(tiny(), kPlain);
  CHECK(plain.value == Approx(4.716666667).epsilon(1e-9));
  CHECK(plain.std_error == Approx(0.6913549331).epsilon(1e-9));
  const Estimate classical = ppi_mean(tiny(), kClassical);
  CHECK(classical.value == Approx(4.5).epsilon(1e-12));
  CHECK(classical.std_error == Approx(0.8100925873).epsilon(1e-9));
  const Estimate tuned = ppi_mean(tiny(), {.level = 0.9});
  CHECK(figure(tuned, "lambda") == Approx(0.5397241725).epsilon(1e-9));
  CHECK(tuned.value == Approx(4.616940237).epsilon(1e-9));
  CHECK(tuned.std_error == Approx(0.5420236508).epsilon(1e-9));
  CHECK(tuned.ci_low == Approx(3.725390669).epsilon(1e-9));
  CHECK(tuned.ci_high == Approx(5.508489805).epsilon(1e-9));
  CHECK(figure(tuned, "classical_std_error") == Approx(classical.std_error).epsilon(1e-12));
  CHECK(ppi_quantile(tiny(), 0.5, kPlain).value == 4.5);

  const auto lambda1 = ppi_regression(tiny(), alternating(), PpiModel::Ols, kPlain);
  CHECK(lambda1[0].value == Approx(4.991666667).epsilon(1e-9));
  CHECK(lambda1[1].value == Approx(-0.55).epsilon(1e-9));
  const auto lambda0 = ppi_regression(tiny(), alternating(), PpiModel::Ols, kClassical);
  CHECK(lambda0[0].value == Approx(4).epsilon(1e-12));
  CHECK(lambda0[1].value == Approx(1).epsilon(1e-12));
  const auto best = ppi_regression(tiny(), alternating(), PpiModel::Ols, {.scores = PpiScores::JointFit});
  CHECK(figure(best[0], "lambda") == Approx(0.5438597377).epsilon(1e-9));
  CHECK(best[0].value == Approx(4.539327573).epsilon(1e-9));
  CHECK(best[1].value == Approx(0.1570174065).epsilon(1e-9));
  CHECK(best[0].std_error == Approx(0.803997235).epsilon(1e-9));
  CHECK(best[1].std_error == Approx(1.085998565).epsilon(1e-9));
  CHECK(best[0].estimand == "one");
}

TEST_CASE("ppi: a constant shift of the predictions cancels") {
  for (const Eigen::Index m : {3, 1000}) {
    PpiData data;
    data.outcome = Eigen::VectorXd::Random(50).array() - Eigen::VectorXd::Random(50).mean();
    data.outcome.array() -= data.outcome.mean();
    data.prediction = data.outcome.array() + 2;
    data.unlabelled = Eigen::VectorXd::Constant(m, 2);
    CHECK(std::abs(ppi_mean(data, kPlain).value) < 1e-13);
  }
}

TEST_CASE("ppi: predictions that say nothing leave the classical estimate") {
  Sample s = sample(60, 200, PpiModel::Ols, 1);
  s.data.prediction.setZero();
  s.data.unlabelled.setZero();
  const Estimate classical = ppi_mean(s.data, kClassical);
  for (const PpiOptions& options : {PpiOptions{}, kPlain}) {
    const Estimate mean = ppi_mean(s.data, options);
    CHECK(mean.value == Approx(classical.value).epsilon(1e-14));
    CHECK(mean.std_error == Approx(classical.std_error).epsilon(1e-14));
  }
  CHECK(figure(ppi_mean(s.data), "lambda") == 0);
  const LeastSquaresFit fit = least_squares(s.design.labelled, s.data.outcome);
  // own_fit has n - k degrees of freedom, as HC1.
  const Eigen::MatrixXd covariance = coefficient_covariance(fit, CovarianceKind::Hc1, s.design.labelled);
  const auto ols = ppi_regression(s.data, s.design, PpiModel::Ols);
  for (Eigen::Index j = 0; j < 3; ++j) {
    CHECK(ols[static_cast<std::size_t>(j)].value == Approx(fit.coefficients(j)).epsilon(1e-12));
    CHECK(ols[static_cast<std::size_t>(j)].std_error == Approx(std::sqrt(covariance(j, j))).epsilon(1e-12));
  }
}

TEST_CASE("ppi: perfect predictions leave only the sampling of the unlabelled rows") {
  Sample s = sample(100, 400, PpiModel::Ols, 2);
  s.data.prediction = s.data.outcome;
  const double spread = std::sqrt((s.data.unlabelled.array() - s.data.unlabelled.mean()).square().mean());
  const Estimate mean = ppi_mean(s.data, kPlain);
  CHECK(mean.std_error == Approx(spread / 20).epsilon(1e-12));
  CHECK(mean.value == Approx(s.data.unlabelled.mean()).epsilon(1e-12));
}

TEST_CASE("ppi: tuned lambda minimises the estimated variance") {
  const Sample large = sample(5000, 20000, PpiModel::Ols, 3);
  const double best = ppi_mean(large.data).std_error;
  // The formula pools the variance of the predictions, so lambda is off by the relative error of a variance from 5000
  // rows, sqrt(2 / 5000) = 0.02; near the minimum that costs its square, 0.0004, times at most the classical variance
  // over the least one, here below 3.
  for (const double lambda : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    CHECK(best <= ppi_mean(large.data, {.tuning = PpiTuning::Fixed, .lambda = lambda}).std_error * 1.002);
  }
  Sample clustered = sample(80, 300, PpiModel::Ols, 3);
  for (int i = 0; i < 80; ++i) clustered.data.clusters.push_back(i / 2);
  for (int j = 0; j < 300; ++j) clustered.data.unlabelled_clusters.push_back(40 + j / 5);
  const double least = ppi_mean(clustered.data).std_error;
  for (const double lambda : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    CHECK(least <= ppi_mean(clustered.data, {.tuning = PpiTuning::Fixed, .lambda = lambda}).std_error * (1 + 1e-12));
  }
}

TEST_CASE("ppi: clusters of one row are rows, and the formula of cluster sums") {
  Sample s = sample(40, 120, PpiModel::Ols, 4);
  const Estimate rows = ppi_mean(s.data, kPlain);
  for (int i = 0; i < 40; ++i) s.data.clusters.push_back(i);
  for (int j = 0; j < 120; ++j) s.data.unlabelled_clusters.push_back(40 + j);
  CHECK(ppi_mean(s.data, kPlain).std_error == Approx(rows.std_error * std::sqrt(40.0 / 39)).epsilon(1e-12));
  // lambda = Cov(u, s) / (Var(s) + (K_U / K_L) (N_L / N_U)^2 Var(v)) over 10 labelled clusters of 4, 60 others of 2.
  Eigen::VectorXd u = Eigen::VectorXd::Zero(10), f = u, v = Eigen::VectorXd::Zero(60);
  const double y_mean = s.data.outcome.mean(), f_mean = s.data.prediction.mean(), v_mean = s.data.unlabelled.mean();
  for (int i = 0; i < 40; ++i) {
    s.data.clusters[static_cast<std::size_t>(i)] = i / 4;
    u(i / 4) += s.data.outcome(i) - y_mean;
    f(i / 4) += s.data.prediction(i) - f_mean;
  }
  for (int j = 0; j < 120; ++j) {
    s.data.unlabelled_clusters[static_cast<std::size_t>(j)] = 10 + j / 2;
    v(j / 2) += s.data.unlabelled(j) - v_mean;
  }
  const double expected =
      (u.dot(f) / 10) / (f.squaredNorm() / 10 + 60.0 / 10 * std::pow(40.0 / 120, 2) * v.squaredNorm() / 60);
  CHECK(figure(ppi_mean(s.data), "lambda_raw") == Approx(expected).epsilon(1e-12));
}

TEST_CASE("ppi: influence values give the estimate's standard error") {
  const Sample s = sample(70, 210, PpiModel::Ols, 5);
  const Estimate mean = ppi_mean(s.data);
  CHECK(influence_std_error(mean.influence) == Approx(mean.std_error).epsilon(1e-12));
  CHECK(std::abs(mean.influence.mean()) < 1e-13);
  for (const PpiModel model : {PpiModel::Ols, PpiModel::Logistic, PpiModel::Poisson}) {
    const Sample t = sample(400, 1200, model, 6);
    for (const Estimate& estimate : ppi_regression(t.data, t.design, model)) {
      CHECK(estimate.influence.size() == 1600);
      // Up to degrees of freedom: 3 of 400 rows.
      CHECK(influence_std_error(estimate.influence) == Approx(estimate.std_error).epsilon(0.005));
    }
  }
  CHECK(ppi_mean(s.data, {.influence = false}).influence.size() == 0);
}

TEST_CASE("ppi: weights count rows") {
  Sample s = sample(30, 90, PpiModel::Ols, 7);
  PpiData repeated = s.data;
  const auto twice = [](const Eigen::VectorXd& x, Eigen::Index half) {
    Eigen::VectorXd y(x.size() + half);
    y << x, x.head(half);
    return y;
  };
  repeated.outcome = twice(s.data.outcome, 15);
  repeated.prediction = twice(s.data.prediction, 15);
  repeated.unlabelled = twice(s.data.unlabelled, 45);
  s.data.weights = Eigen::VectorXd::Ones(30);
  s.data.weights.head(15).setConstant(2);
  s.data.unlabelled_weights = Eigen::VectorXd::Constant(90, 7);
  s.data.unlabelled_weights.head(45).setConstant(14);
  CHECK(ppi_mean(s.data, kPlain).value == Approx(ppi_mean(repeated, kPlain).value).epsilon(1e-12));
  CHECK(ppi_quantile(s.data, 0.3, kPlain).value == ppi_quantile(repeated, 0.3, kPlain).value);
}

TEST_CASE("ppi: quantiles against the definition, with ties and weights") {
  for (std::uint32_t key = 0; key < 60; ++key) {
    RandomStream stream(9, RandomDomain::Test, key);
    const Eigen::Index n = 3 + static_cast<Eigen::Index>(stream.below(20));
    const Eigen::Index m = 3 + static_cast<Eigen::Index>(stream.below(40));
    const bool ties = key % 2 == 0;
    const auto value = [&] { return ties ? static_cast<double>(stream.below(8)) - 3 : stream.normal(); };
    PpiData data{.outcome = Eigen::VectorXd(n), .prediction = Eigen::VectorXd(n), .unlabelled = Eigen::VectorXd(m)};
    for (double& y : data.outcome) y = value();
    for (Eigen::Index i = 0; i < n; ++i) data.prediction(i) = stream.uniform() < 0.5 ? data.outcome(i) : value();
    for (double& u : data.unlabelled) u = value();
    Eigen::VectorXd w = Eigen::VectorXd::Ones(n), v = Eigen::VectorXd::Ones(m);
    if (key % 3 == 0) {
      for (double& x : w) x = stream.uniform();
      for (double& x : v) x = stream.uniform();
      data.weights = w;
      data.unlabelled_weights = v;
      w /= w.mean();
      v /= v.mean();
    }
    const double q = stream.uniform(0.1, 0.9), lambda = key % 5 == 0 ? 0.6 : 1;
    std::vector<double> grid;
    for (const auto* x : {&data.outcome, &data.prediction, &data.unlabelled})
      grid.insert(grid.end(), x->begin(), x->end());
    std::sort(grid.begin(), grid.end());
    double best = 9, at = 0, low = NAN, high = NAN;
    for (const double t : grid) {
      const Eigen::VectorXd in_u = (data.unlabelled.array() <= t).cast<double>().matrix();
      const Eigen::VectorXd d =
          ((data.outcome.array() <= t).cast<double>() - lambda * (data.prediction.array() <= t).cast<double>())
              .matrix();
      const double pu = v.dot(in_u) / static_cast<double>(m), pd = w.dot(d) / static_cast<double>(n);
      const double distance = std::abs(lambda * pu + pd - q);
      const double variance =
          lambda * lambda * (v.array() * (in_u.array() - pu)).square().sum() / static_cast<double>(m * m) +
          (w.array() * (d.array() - pd)).square().sum() / static_cast<double>(n * n);
      if (distance < best - 1e-14) {
        best = distance;
        at = t;
      }
      if (distance <= normal_quantile(0.975) * std::sqrt(variance) + 1e-13) {
        if (std::isnan(low)) low = t;
        high = t;
      }
    }
    CAPTURE(key);
    const Estimate estimate = ppi_quantile(data, q, {.tuning = PpiTuning::Fixed, .lambda = lambda});
    CHECK(estimate.value == at);
    CHECK(estimate.ci_low == (std::isnan(low) ? at : low));
    CHECK(estimate.ci_high == (std::isnan(high) ? at : high));
  }
}

TEST_CASE("ppi: a regression on ones is the mean, and logistic and poisson means are means") {
  Sample s = sample(200, 700, PpiModel::Logistic, 8);
  s.design = {Eigen::MatrixXd::Ones(200, 1), Eigen::MatrixXd::Ones(700, 1)};
  const Estimate mean = ppi_mean(s.data, kPlain);
  const Estimate ols = ppi_regression(s.data, s.design, PpiModel::Ols, kPlain).front();
  CHECK(ols.value == Approx(mean.value).epsilon(1e-12));
  const Estimate logistic = ppi_regression(s.data, s.design, PpiModel::Logistic, kPlain).front();
  CHECK(1 / (1 + std::exp(-logistic.value)) == Approx(mean.value).epsilon(1e-10));
  CHECK(logistic.std_error * mean.value * (1 - mean.value) == Approx(mean.std_error).epsilon(0.01));
  const Estimate poisson = ppi_regression(s.data, s.design, PpiModel::Poisson, kPlain).front();
  CHECK(std::exp(poisson.value) == Approx(mean.value).epsilon(1e-10));
}

TEST_CASE("ppi: generalised linear models solve the rectified score equations") {
  for (const PpiModel model : {PpiModel::Logistic, PpiModel::Poisson}) {
    const Sample s = sample(150, 500, model, 9);
    const GlmFamily family = model == PpiModel::Logistic ? GlmFamily::Logistic : GlmFamily::Poisson;
    for (const double lambda : {0.0, 0.4, 1.0}) {
      const auto fit = ppi_regression(s.data, s.design, model, {.tuning = PpiTuning::Fixed, .lambda = lambda});
      Eigen::VectorXd t(3);
      for (int j = 0; j < 3; ++j) t(j) = fit[static_cast<std::size_t>(j)].value;
      const Eigen::VectorXd mu = glm_mean(family, s.design.labelled * t);
      const Eigen::VectorXd mu_u = glm_mean(family, s.design.unlabelled * t);
      const Eigen::VectorXd score =
          s.design.labelled.transpose() * (mu - s.data.outcome - lambda * (mu - s.data.prediction)) / 150 +
          lambda * s.design.unlabelled.transpose() * (mu_u - s.data.unlabelled) / 500;
      CHECK(score.cwiseAbs().maxCoeff() < 1e-12);
    }
    const GlmFit classical = fit_glm(s.design.labelled, s.data.outcome, {.family = family});
    CHECK(ppi_regression(s.data, s.design, model, kClassical)[1].value ==
          Approx(classical.coefficients(1)).epsilon(1e-8));
  }
}

TEST_CASE("ppi: a lambda for each coefficient has the least variance for each") {
  for (const PpiModel model : {PpiModel::Ols, PpiModel::Logistic, PpiModel::Poisson}) {
    const Sample s = sample(5000, 20000, model, 10);
    const auto overall = ppi_regression(s.data, s.design, model);
    const auto element = ppi_regression(s.data, s.design, model, {.tuning = PpiTuning::Element});
    for (std::size_t j = 0; j < 3; ++j) {
      // As above: the best up to the second order of a lambda from 5000 rows.
      CHECK(element[j].std_error <= overall[j].std_error * 1.002);
      CHECK(element[j].std_error < figure(element[j], "classical_std_error"));
    }
  }
}

TEST_CASE("ppi: arms of a trial") {
  Sample s = sample(60, 200, PpiModel::Ols, 11);
  RandomStream stream(3, RandomDomain::Test, 0);
  PpiArms arms{Eigen::VectorXd(60), Eigen::VectorXd(200), Eigen::VectorXd(60), Eigen::VectorXd(200)};
  const auto assign = [&](Eigen::VectorXd& a, Eigen::VectorXd& e) {
    for (Eigen::Index i = 0; i < a.size(); ++i) {
      e(i) = stream.uniform(0.2, 0.8);
      a(i) = stream.uniform() < e(i) ? 1 : 0;
    }
  };
  assign(arms.treatment, arms.propensity);
  assign(arms.unlabelled_treatment, arms.unlabelled_propensity);
  // By definition: each arm's weighted mean, rectified.
  const auto arm_mean = [](const Eigen::VectorXd& x, const Eigen::ArrayXd& w) {
    return (w * x.array()).sum() / w.sum();
  };
  const Eigen::ArrayXd a = arms.treatment.array(), e = arms.propensity.array();
  const Eigen::ArrayXd b = arms.unlabelled_treatment.array(), g = arms.unlabelled_propensity.array();
  double expected = 0;
  for (const double arm : {1.0, 0.0}) {
    const Eigen::ArrayXd w = arm == 1 ? Eigen::ArrayXd(a / e) : Eigen::ArrayXd((1 - a) / (1 - e));
    const Eigen::ArrayXd v = arm == 1 ? Eigen::ArrayXd(b / g) : Eigen::ArrayXd((1 - b) / (1 - g));
    const double mean = arm_mean(s.data.unlabelled, v) + arm_mean(s.data.outcome, w) - arm_mean(s.data.prediction, w);
    expected += arm == 1 ? mean : -mean;
  }
  CHECK(ppi_ate(s.data, arms, PpiContrast::Hajek, kPlain).value == Approx(expected).epsilon(1e-12));
  // Moving the zero of the outcome changes nothing for Hajek means, and something for weighted outcomes.
  PpiData moved = s.data;
  moved.outcome.array() += 100;
  moved.prediction.array() += 100;
  moved.unlabelled.array() += 100;
  CHECK(ppi_ate(moved, arms).std_error == Approx(ppi_ate(s.data, arms).std_error).epsilon(1e-9));
  CHECK(ppi_ate(moved, arms, PpiContrast::WeightedOutcome).std_error >
        2 * ppi_ate(s.data, arms, PpiContrast::WeightedOutcome).std_error);

  arms.treatment.setOnes();
  CHECK_THROWS_AS(static_cast<void>(ppi_ate(s.data, arms)), DataError);
  arms.treatment(3) = 0.5;
  CHECK_THROWS_AS(static_cast<void>(ppi_ate(s.data, arms)), DataError);
}

TEST_CASE("ppi: wrong input is named, poor input is warned of") {
  const auto message = [](const PpiData& data) -> std::string {
    try {
      static_cast<void>(ppi_mean(data));
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  PpiData data = tiny();
  data.outcome(2) = NAN;
  CHECK(message(data).find("outcome of row 3 is missing") != std::string::npos);
  data = tiny();
  data.unlabelled(1) = NAN;
  CHECK(message(data).find("unlabelled prediction of row 2") != std::string::npos);
  data = tiny();
  data.prediction.conservativeResize(5);
  CHECK_THROWS_AS(static_cast<void>(ppi_mean(data)), InvalidArgument);
  data = tiny();
  data.weights = Eigen::VectorXd::Zero(8);
  CHECK(message(data).find("weights are zero") != std::string::npos);
  data.weights(0) = -1;
  CHECK_THROWS_AS(static_cast<void>(ppi_mean(data)), DataError);
  data = tiny();
  data.clusters = {0, 0, 1, 1, 2, 2, 3, 3};
  CHECK_THROWS_AS(static_cast<void>(ppi_mean(data)), InvalidArgument);
  data = tiny();
  data.unlabelled.resize(0);
  CHECK_THROWS_AS(static_cast<void>(ppi_mean(data)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(ppi_quantile(tiny(), 1)), InvalidArgument);
  PpiDesign design = alternating();
  design.labelled.col(1).setOnes();
  CHECK_THROWS_AS(static_cast<void>(ppi_regression(tiny(), design, PpiModel::Ols)), DataError);
  CHECK_THROWS_AS(static_cast<void>(ppi_regression(tiny(), alternating(), PpiModel::Logistic)), DataError);

  data = tiny();
  data.prediction *= -1;
  data.unlabelled *= -1;
  const Estimate against = ppi_mean(data);
  CHECK(figure(against, "lambda") == 0);
  CHECK(figure(against, "lambda_raw") < 0);
  CHECK(against.warnings.size() == 1);
  PpiData one = tiny();
  one.outcome.conservativeResize(1);
  one.prediction.conservativeResize(1);
  CHECK(ppi_mean(one).status == Status::Degenerate);
}

TEST_CASE("ppi: labelled rows among the unlabelled ones are noticed, coinciding coarse predictions are not") {
  const auto warns = [](const PpiData& data) {
    const Estimate mean = ppi_mean(data);
    return std::any_of(mean.warnings.begin(), mean.warnings.end(),
                       [](const std::string& w) { return w.find("both groups") != std::string::npos; });
  };
  Sample s = sample(100, 1000, PpiModel::Ols, 12);
  CHECK_FALSE(warns(s.data));
  PpiData shared = s.data;
  shared.unlabelled.segment(400, 100) = shared.prediction;
  CHECK(warns(shared));
  PpiData coarse = s.data;
  coarse.prediction = (coarse.prediction * 10).array().round() / 10;
  coarse.unlabelled = (coarse.unlabelled * 10).array().round() / 10;
  CHECK_FALSE(warns(coarse));
}

TEST_CASE("ppi: separated classes have no estimate") {
  Sample s = sample(40, 100, PpiModel::Logistic, 13);
  for (Eigen::Index i = 0; i < 40; ++i) s.data.outcome(i) = s.design.labelled(i, 1) > 0 ? 1 : 0;
  for (const Estimate& estimate : ppi_regression(s.data, s.design, PpiModel::Logistic, kClassical)) {
    CHECK(estimate.status == Status::Degenerate);
  }
}

TEST_CASE("ppi: the same bytes at any number of threads") {
  for (const PpiModel model : {PpiModel::Ols, PpiModel::Logistic}) {
    const Sample s = sample(500, 30000, model, 14);
    PpiOptions options;
    options.run.threads = 1;
    const auto one = ppi_regression(s.data, s.design, model, options);
    const Estimate quantile = ppi_quantile(s.data, 0.4, options);
    for (const int threads : {2, 4}) {
      options.run.threads = threads;
      const auto many = ppi_regression(s.data, s.design, model, options);
      for (std::size_t j = 0; j < one.size(); ++j) {
        CHECK(std::memcmp(&one[j].value, &many[j].value, sizeof(double)) == 0);
        CHECK(std::memcmp(&one[j].std_error, &many[j].std_error, sizeof(double)) == 0);
      }
      const Estimate again = ppi_quantile(s.data, 0.4, options);
      CHECK(again.value == quantile.value);
      CHECK(again.ci_low == quantile.ci_low);
      CHECK(again.ci_high == quantile.ci_high);
    }
  }
}
