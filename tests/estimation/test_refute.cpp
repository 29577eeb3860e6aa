// labels: unit oracle stat determinism
#include "causal/estimation/sensitivity/refute.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "causal/estimation/nuisance/glm.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

constexpr double kEffect = 1;

EffectData simulated(std::uint32_t key, Eigen::Index n, bool binary) {
  RandomStream stream(51, RandomDomain::Test, key);
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "d";
  data.outcome.resize(n);
  data.treatment.resize(n);
  data.covariates = {Eigen::MatrixXd(n, 1), {"x"}};
  for (Eigen::Index i = 0; i < n; ++i) {
    const double x = stream.normal();
    const double latent = 0.8 * x + stream.normal();
    const double d = binary ? (latent > 0 ? 1 : 0) : latent;
    data.covariates.values(i, 0) = x;
    data.treatment(i) = d;
    if (binary) data.arms.push_back(d == 1 ? 1 : 0);
    data.outcome(i) = kEffect * d + x + stream.normal();
  }
  if (binary) data.arm_levels = {"0", "1"};
  check_effect_data(data);
  return data;
}

Estimate regression(const EffectData& data) {
  Eigen::MatrixXd design(data.n(), data.covariates.count() + 2);
  design << with_intercept(data.covariates.values), data.treatment;
  const LeastSquaresFit fit = least_squares(design, data.outcome);
  Estimate estimate;
  estimate.value = fit.coefficients(design.cols() - 1);
  estimate.std_error =
      std::sqrt(coefficient_covariance(fit, CovarianceKind::Hc0, design)(design.cols() - 1, design.cols() - 1));
  return estimate;
}

Eigen::VectorXd propensities(const EffectData& data) {
  return fit_glm(with_intercept(data.covariates.values), data.treatment).mean;
}

Estimate weighting(const EffectData& data, const Eigen::VectorXd& e) {
  const Eigen::ArrayXd treated = data.treatment.array() / e.array();
  const Eigen::ArrayXd control = (1 - data.treatment.array()) / (1 - e.array());
  Estimate estimate;
  estimate.value =
      (treated * data.outcome.array()).sum() / treated.sum() - (control * data.outcome.array()).sum() / control.sum();
  estimate.std_error = 1;
  return estimate;
}

Estimate ipw(const EffectData& data) { return weighting(data, propensities(data)); }

}  // namespace

TEST_CASE("refute: a right model passes every check, and each says what it found") {
  for (const bool binary : {true, false}) {
    const EffectData data = simulated(1, 500, binary);
    const EffectEstimator estimator = binary ? EffectEstimator(ipw) : EffectEstimator(regression);
    for (const auto check : {placebo_treatment, dummy_outcome, random_common_cause, data_subset}) {
      const Refutation result = check(data, estimator, {});
      CAPTURE(result.check);
      CHECK_FALSE(result.problem);
      CHECK(result.p_value > 0.05);
      CHECK(result.asked == 100);
      CHECK(result.replicates.size() == 100);
      CHECK(result.failed == 0);
      CHECK(result.original == estimator(data).value);
      CHECK(result.std_dev > 0);
      CHECK(result.statement.find("p < 0.05 means the check found a problem") != std::string::npos);
      CHECK((result.expected == 0 || result.expected == result.original));
      const double below = static_cast<double>(std::count_if(result.replicates.begin(), result.replicates.end(),
                                                             [&](double v) { return v <= result.expected; }));
      const double above = static_cast<double>(std::count_if(result.replicates.begin(), result.replicates.end(),
                                                             [&](double v) { return v >= result.expected; }));
      CHECK(result.p_value == Approx(std::min(1.0, 2 * (1 + std::min(below, above)) / 101)).epsilon(1e-12));
    }
  }
}

TEST_CASE("refute: propensities that are not fitted anew are found by the placebo") {
  const EffectData data = simulated(2, 500, true);
  const Eigen::VectorXd stale = propensities(data);
  const Refutation result =
      placebo_treatment(data, [&](const EffectData& changed) { return weighting(changed, stale); });
  const Refutation fresh = placebo_treatment(data, ipw);
  CHECK(std::abs(fresh.mean) < 0.1);
  CHECK(std::abs(result.mean) > 5 * std::abs(fresh.mean));
  CHECK(result.mean_p_value < 1e-3);
}

TEST_CASE("refute: an estimator that finds what is not there fails") {
  const EffectData data = simulated(3, 300, true);
  const EffectEstimator biased = [](const EffectData& changed) {
    Estimate estimate = regression(changed);
    estimate.value += 1;
    return estimate;
  };
  for (const auto check : {placebo_treatment, dummy_outcome}) {
    const Refutation result = check(data, biased, {});
    CHECK(result.problem);
    CHECK(result.p_value == Approx(2.0 / 101));
    CHECK(result.statement.find("found a problem") != std::string::npos);
  }
  // An estimator that leans on every covariate given to it breaks when a meaningless one is added.
  const EffectEstimator leaning = [](const EffectData& changed) {
    Estimate estimate = regression(changed);
    estimate.value += changed.covariates.count();
    return estimate;
  };
  CHECK(random_common_cause(data, leaning).problem);
  const EffectEstimator counting = [](const EffectData& changed) {
    Estimate estimate = regression(changed);
    estimate.value *= static_cast<double>(changed.n());
    return estimate;
  };
  CHECK(data_subset(data, counting).problem);
  // Noise in the one confounder leaves confounding: with noise as large as x itself the estimate moves off.
  CHECK(bootstrap_with_noise(data, regression, {.noise = 3}).problem);
  CHECK_FALSE(bootstrap_with_noise(data, regression, {.noise = 0}).problem);
}

TEST_CASE("refute: level of the checks under a right model") {
  constexpr int kRuns = 400;
  std::vector<double> rank_p(kRuns), mean_p(kRuns);
  for (const auto check : {placebo_treatment, dummy_outcome}) {
    parallel_for(kRuns, 0, [&](std::int64_t r) {
      const EffectData data = simulated(static_cast<std::uint32_t>(100 + r), 80, true);
      RefuteOptions options{.replicates = 60};
      options.run.threads = 1;
      options.run.seed = static_cast<std::uint64_t>(r);
      const Refutation result = check(data, regression, options);
      rank_p[static_cast<std::size_t>(r)] = result.p_value;
      mean_p[static_cast<std::size_t>(r)] = result.mean_p_value;
    });
    // The rank p is for a gross problem: it must not reject more than 5 % of right models.
    CHECK(std::count_if(rank_p.begin(), rank_p.end(), [](double p) { return p < 0.05; }) <= kRuns / 20);
    // The p of the mean is uniform: Kolmogorov-Smirnov, 0.1 % point 1.95 / sqrt(n).
    std::sort(mean_p.begin(), mean_p.end());
    double distance = 0;
    for (int i = 0; i < kRuns; ++i) {
      const double p = mean_p[static_cast<std::size_t>(i)];
      distance = std::max({distance, std::abs(p - i / double{kRuns}), std::abs(p - (i + 1) / double{kRuns})});
    }
    CHECK(distance < 1.95 / std::sqrt(double{kRuns}));
  }
}

TEST_CASE("refute: the placebo moves treatment, arms and instruments together, and nothing else") {
  EffectData data = simulated(4, 60, true);
  data.instruments = {Eigen::MatrixXd(60, 1), {"z"}};
  data.instruments.values.col(0) = 3 * data.treatment.array() + 1;
  std::atomic<int> bad{0}, moved{0};
  static_cast<void>(placebo_treatment(data, [&](const EffectData& changed) {
    for (Eigen::Index i = 0; i < 60; ++i) {
      const double d = changed.treatment(i);
      bad += changed.arms[static_cast<std::size_t>(i)] == static_cast<int>(d) &&
                     changed.instruments.values(i, 0) == 3 * d + 1 && changed.outcome(i) == data.outcome(i) &&
                     changed.covariates.values(i, 0) == data.covariates.values(i, 0)
                 ? 0
                 : 1;
    }
    moved += changed.treatment == data.treatment ? 0 : 1;
    bad += changed.treatment.sum() == data.treatment.sum() ? 0 : 1;
    return regression(changed);
  }));
  CHECK(bad == 0);
  CHECK(moved == 100);
}

TEST_CASE("refute: subsets keep clusters whole and have the size asked for") {
  EffectData data = simulated(5, 100, true);
  for (int i = 0; i < 100; ++i) data.clusters.push_back(i / 5);
  std::atomic<int> bad{0};
  static_cast<void>(data_subset(data, [&](const EffectData& sample) {
    if (sample.n() != 100) {
      std::vector<int> count(16, 0);
      for (const int cluster : sample.clusters) ++count[static_cast<std::size_t>(cluster)];
      bad += sample.n() == 80 && std::count(count.begin(), count.end(), 5) == 16 ? 0 : 1;
    }
    return regression(sample);
  }));
  CHECK(bad == 0);
}

TEST_CASE("refute: failures are counted, a stop leaves a valid part, bytes do not depend on threads") {
  const EffectData data = simulated(6, 100, true);
  const EffectEstimator failing = [&](const EffectData& changed) {
    if (changed.n() != 100 && changed.outcome(0) != data.outcome(0)) throw DataError("the first row is needed");
    return regression(changed);
  };
  const Refutation some = data_subset(data, failing);
  // Row 0 is left out with probability 0.2: 20 of 100, standard deviation 4.
  CHECK(some.failed > 4);
  CHECK(some.failed < 36);
  CHECK(some.failed + std::ssize(some.replicates) == 100);
  REQUIRE(some.warnings.size() == 1);
  CHECK(some.warnings[0].find("first row is needed") != std::string::npos);

  std::stop_source source;
  std::atomic<int> calls{0};
  RefuteOptions options;
  options.run.threads = 1;
  options.run.stop = source.get_token();
  std::vector<Progress> reports;
  options.run.progress = [&](const Progress& report) { reports.push_back(report); };
  const Refutation stopped = placebo_treatment(
      data,
      [&](const EffectData& changed) {
        if (++calls == 41) source.request_stop();
        return regression(changed);
      },
      options);
  CHECK(stopped.status == Status::Cancelled);
  CHECK(stopped.replicates.size() == 40);
  CHECK(stopped.p_value > 0.05);
  REQUIRE_FALSE(reports.empty());
  CHECK(reports.front().phase == "placebo_treatment");
  CHECK(reports.front().total == 100);
  RefuteOptions late;
  late.run.time_limit_s = 1e-9;
  CHECK(placebo_treatment(data, regression, late).status == Status::TimeLimit);

  RefuteOptions one;
  one.run.threads = 1;
  for (const auto check : {placebo_treatment, dummy_outcome, random_common_cause, data_subset, bootstrap_with_noise}) {
    const Refutation alone = check(data, regression, one);
    for (const int threads : {2, 4}) {
      RefuteOptions many;
      many.run.threads = threads;
      CHECK(check(data, regression, many).replicates == alone.replicates);
    }
  }
  CHECK(std::equal(stopped.replicates.begin(), stopped.replicates.end(),
                   placebo_treatment(data, regression, one).replicates.begin()));
}

TEST_CASE("refute: a simulated confounder moves the estimate by what theory says") {
  const EffectData data = simulated(7, 4000, false);
  const UnobservedCommonCause curve =
      unobserved_common_cause(data, regression, {.kappa_d = {0, 0.5}, .kappa_y = {0, 1, -3}, .replicates = 10});
  REQUIRE(curve.curve.size() == 6);
  CHECK(curve.curve[0].mean == Approx(curve.original).epsilon(1e-12));
  CHECK(curve.curve[0].std_dev == Approx(0));
  // D' = D + a U, Y' = Y + b U given x: slope (effect var(D|x) + a b) / (var(D|x) + a^2), var(D|x) = 1. Standard error
  // of the slope about sqrt(1 + b^2) / sqrt(4000) = 0.02 to 0.05, of the mean over 10 dominated by the shared sample.
  for (const ConfounderEffect& point : curve.curve) {
    const double expected = (kEffect + point.kappa_d * point.kappa_y) / (1 + point.kappa_d * point.kappa_d);
    CAPTURE(point.kappa_d);
    CAPTURE(point.kappa_y);
    CHECK(std::abs(point.mean - expected) < 0.08);
  }
  // The strength (0.5, -3) gives (1 - 1.5) / 1.25 < 0.
  CHECK(curve.statement.find("kappa_d = 0.5 and kappa_y = -3") != std::string::npos);
  const EffectData arms = simulated(8, 1000, true);
  const UnobservedCommonCause flips =
      unobserved_common_cause(arms, ipw, {.kappa_d = {0, 0.2}, .kappa_y = {0, 2}, .replicates = 5});
  CHECK(flips.curve[3].mean > flips.curve[2].mean + 0.2);
  CHECK_THROWS_AS(static_cast<void>(unobserved_common_cause(arms, ipw, {.kappa_d = {1.5}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(unobserved_common_cause(arms, ipw, {.kappa_y = {}})), InvalidArgument);
}
