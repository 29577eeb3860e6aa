// labels: unit oracle stat determinism
#include "causal/estimation/bootstrap.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <set>

#include "causal/estimation/effect/effect_bootstrap.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

Eigen::VectorXd draws(Eigen::Index n, std::uint32_t key, bool skewed) {
  RandomStream stream(41, RandomDomain::Test, key);
  Eigen::VectorXd x(n);
  for (double& v : x) v = skewed ? -std::log(stream.uniform()) : stream.normal();
  return x;
}

/// The mean of the rows drawn, with its standard error and, if asked, influence values.
RowEstimator mean_of_rows(const Eigen::VectorXd& x, bool influence = true) {
  return [&x, influence](const ResampledRows& sample) {
    Eigen::VectorXd taken(std::ssize(sample.rows));
    for (Eigen::Index i = 0; i < taken.size(); ++i) taken(i) = x(sample.rows[static_cast<std::size_t>(i)]);
    const double mean = taken.mean();
    Eigen::VectorXd psi = taken.array() - mean;
    Estimate estimate = from_influence("mean", "mean", mean, psi, 0.95);
    if (!influence) estimate.influence.resize(0);
    return estimate;
  };
}

BootstrapOptions options_of(BootstrapInterval interval, int replicates = 999, int threads = 0) {
  BootstrapOptions options{.replicates = replicates, .interval = interval};
  options.run.threads = threads;
  return options;
}

double normal_cdf(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

}  // namespace

TEST_CASE("bootstrap: intervals by their definitions") {
  const Eigen::VectorXd x = draws(60, 1, true);
  const Bootstrap percentile = bootstrap(60, mean_of_rows(x), options_of(BootstrapInterval::Percentile));
  REQUIRE(percentile.replicates.size() == 999);
  std::vector<double> sorted = percentile.replicates;
  std::sort(sorted.begin(), sorted.end());
  CHECK(percentile.estimate.value == Approx(x.mean()).epsilon(1e-14));
  CHECK(percentile.estimate.ci_low == Approx(sorted[24]).epsilon(1e-12));
  CHECK(percentile.estimate.ci_high == Approx(sorted[974]).epsilon(1e-12));
  // A standard deviation over B replicates has relative error about 1 / sqrt(2 B) = 0.022; four of them.
  const double plug_in = std::sqrt((x.array() - x.mean()).square().mean() / 60);
  CHECK(percentile.estimate.std_error == Approx(plug_in).epsilon(0.09));
  const Bootstrap basic = bootstrap(60, mean_of_rows(x), options_of(BootstrapInterval::Basic));
  CHECK(basic.estimate.ci_low == Approx(2 * x.mean() - sorted[974]).epsilon(1e-12));
  CHECK(basic.estimate.ci_high == Approx(2 * x.mean() - sorted[24]).epsilon(1e-12));
  const Bootstrap bca = bootstrap(60, mean_of_rows(x), options_of(BootstrapInterval::Bca));
  const Eigen::ArrayXd psi = x.array() - x.mean();
  const double a = psi.cube().sum() / (6 * std::pow(psi.square().sum(), 1.5));
  const double z0 = normal_quantile(
      static_cast<double>(std::count_if(sorted.begin(), sorted.end(), [&](double v) { return v < x.mean(); })) / 999);
  CHECK(bca.estimate.diagnostics.find("acceleration").value() == Approx(a).epsilon(1e-12));
  CHECK(bca.estimate.diagnostics.find("bias_correction").value() == Approx(z0).epsilon(1e-12));
  const double z = z0 + normal_quantile(0.975), moved = normal_cdf(z0 + z / (1 - a * z));
  const double rank = 1000 * moved - 1;
  const auto low = static_cast<std::size_t>(rank);
  CHECK(bca.estimate.ci_high ==
        Approx(sorted[low] + (rank - std::floor(rank)) * (sorted[low + 1] - sorted[low])).epsilon(1e-12));
  // A right-skewed mean moves the interval to the right, and the jackknife agrees with the influence values.
  CHECK(bca.estimate.ci_high > percentile.estimate.ci_high);
  const Bootstrap jackknifed = bootstrap(60, mean_of_rows(x, false), options_of(BootstrapInterval::Bca));
  CHECK(jackknifed.estimate.diagnostics.find("acceleration").value() == Approx(a).epsilon(1e-9));
}

TEST_CASE("bootstrap: coverage of the mean of a skewed variable") {
  // 400 samples of 40 exponentials; binomial standard error of 0.95: 0.011. Simulated apart, over 2500 samples in
  // numpy, studentised intervals of this mean cover 0.946 and percentile ones 0.925.
  constexpr int kRuns = 400;
  const auto covered = [&](BootstrapInterval interval) {
    std::vector<char> holds(kRuns, 0);
    parallel_for(kRuns, 0, [&](std::int64_t r) {
      const Eigen::VectorXd x = draws(40, static_cast<std::uint32_t>(500 + r), true);
      BootstrapOptions options = options_of(interval, 399, 1);
      // With one seed all samples would share the chance errors of the same resamples.
      options.run.seed = static_cast<std::uint64_t>(r);
      const Bootstrap b = bootstrap(40, mean_of_rows(x), options);
      holds[static_cast<std::size_t>(r)] = b.estimate.ci_low <= 1 && 1 <= b.estimate.ci_high ? 1 : 0;
    });
    return static_cast<double>(std::count(holds.begin(), holds.end(), 1)) / kRuns;
  };
  const double studentised = covered(BootstrapInterval::Studentised);
  CHECK(studentised >= 0.95 - 3 * 0.011);
  CHECK(studentised <= 0.95 + 3 * 0.011);
  CHECK(covered(BootstrapInterval::Percentile) < studentised);
  CHECK(covered(BootstrapInterval::Bca) > 0.95 - 4 * 0.011);
}

TEST_CASE("bootstrap: clusters are drawn whole, strata keep their size") {
  const Eigen::VectorXd noise = draws(40, 2, false);
  Eigen::VectorXd x(160);
  std::vector<int> clusters, strata;
  for (int i = 0; i < 160; ++i) {
    x(i) = noise(i / 4);
    clusters.push_back(i / 4);
    strata.push_back(i < 40 ? 0 : 1);
  }
  std::atomic<int> bad{0};
  const RowEstimator checking = [&](const ResampledRows& sample) {
    std::vector<int> count(41, 0);
    int in_first = 0;
    for (std::size_t k = 0; k < sample.rows.size(); ++k) {
      ++count[static_cast<std::size_t>(sample.clusters[k])];
      in_first += sample.rows[k] < 40 ? 1 : 0;
    }
    // 40 draws with a number of their own, four rows each.
    bad += std::count(count.begin(), count.end(), 4) == 40 && in_first == 40 ? 0 : 1;
    return mean_of_rows(x)(sample);
  };
  static_cast<void>(bootstrap(160, checking, {}, clusters, strata));
  CHECK(bad == 0);
  const Bootstrap whole = bootstrap(160, mean_of_rows(x), {}, clusters);
  const double by_cluster = std::sqrt((noise.array() - noise.mean()).square().mean() / 40);
  CHECK(whole.estimate.std_error == Approx(by_cluster).epsilon(0.09));
  CHECK(bootstrap(160, mean_of_rows(x)).estimate.std_error == Approx(by_cluster / 2).epsilon(0.09));
  strata[1] = 1;
  CHECK_THROWS_AS(static_cast<void>(bootstrap(160, mean_of_rows(x), {}, clusters, strata)), InvalidArgument);
}

TEST_CASE("bootstrap: failures are counted, a stop leaves a valid part, bytes do not depend on threads") {
  const Eigen::VectorXd x = draws(30, 3, false);
  const RowEstimator failing = [&](const ResampledRows& sample) {
    if (std::set<int>(sample.rows.begin(), sample.rows.end()).count(0) == 0) throw DataError("row 1 is needed");
    return mean_of_rows(x)(sample);
  };
  const Bootstrap some = bootstrap(30, failing);
  // Row 0 is missing with probability (29/30)^30 = 0.362: 361 of 999 with standard deviation 15.2.
  CHECK(std::abs(static_cast<double>(some.failed) - 361) < 61);
  CHECK(some.failed + std::ssize(some.replicates) == 999);
  CHECK(some.estimate.diagnostics.find("failed_replicates").value() == static_cast<double>(some.failed));
  REQUIRE(some.estimate.warnings.size() == 1);
  CHECK(some.estimate.warnings[0].find("row 1 is needed") != std::string::npos);

  std::stop_source source;
  std::atomic<int> calls{0};
  BootstrapOptions options;
  options.run.threads = 1;
  options.run.stop = source.get_token();
  const Bootstrap stopped = bootstrap(
      30,
      [&](const ResampledRows& sample) {
        if (++calls == 101) source.request_stop();
        return mean_of_rows(x)(sample);
      },
      options);
  CHECK(stopped.status == Status::Cancelled);
  CHECK(stopped.replicates.size() == 100);
  CHECK(std::isfinite(stopped.estimate.ci_low));
  options.run.stop = {};
  options.run.time_limit_s = 1e-9;
  const Bootstrap late = bootstrap(30, mean_of_rows(x), options);
  CHECK(late.status == Status::TimeLimit);
  CHECK(late.estimate.status == Status::Degenerate);

  const Bootstrap one = bootstrap(30, mean_of_rows(x), options_of(BootstrapInterval::Bca, 200, 1));
  for (const int threads : {2, 4}) {
    CHECK(bootstrap(30, mean_of_rows(x), options_of(BootstrapInterval::Bca, 200, threads)).replicates ==
          one.replicates);
  }
  CHECK(std::equal(stopped.replicates.begin(), stopped.replicates.end(), one.replicates.begin()));

  const RowEstimator without_error = [&](const ResampledRows& sample) {
    Estimate estimate = mean_of_rows(x)(sample);
    estimate.std_error = std::numeric_limits<double>::quiet_NaN();
    return estimate;
  };
  CHECK_THROWS_AS(static_cast<void>(bootstrap(30, without_error, options_of(BootstrapInterval::Studentised))),
                  InvalidArgument);
}

TEST_CASE("bootstrap: effect data keep their parts together, arms can be held fixed") {
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "d";
  data.outcome = draws(50, 4, false);
  data.treatment.resize(50);
  data.covariates = {Eigen::MatrixXd(50, 1), {"x"}};
  for (int i = 0; i < 50; ++i) {
    data.arms.push_back(i < 10 ? 1 : 0);
    data.treatment(i) = i < 10 ? 1 : 0;
    data.covariates.values(i, 0) = data.outcome(i) * 2 + data.treatment(i);
  }
  data.arm_levels = {"0", "1"};
  check_effect_data(data);
  std::atomic<int> bad{0}, moved{0};
  const EffectEstimator estimator = [&](const EffectData& sample) {
    double sum = 0;
    for (Eigen::Index i = 0; i < sample.n(); ++i) {
      const bool together = sample.covariates.values(i, 0) == sample.outcome(i) * 2 + sample.treatment(i) &&
                            sample.treatment(i) == sample.arms[static_cast<std::size_t>(i)];
      bad += together ? 0 : 1;
      sum += sample.treatment(i);
    }
    moved += sum == 10 ? 0 : 1;
    Estimate estimate;
    estimate.value = sum;
    return estimate;
  };
  static_cast<void>(bootstrap_effect(data, estimator, {.replicates = 50}, EffectStrata::Arms));
  CHECK(bad == 0);
  CHECK(moved == 0);
  static_cast<void>(bootstrap_effect(data, estimator, {.replicates = 50}));
  CHECK(bad == 0);
  CHECK(moved > 20);
}

TEST_CASE("bootstrap: simultaneous bands of independent estimates are those of Sidak") {
  constexpr int kEstimates = 10;
  std::vector<Estimate> estimates;
  for (std::uint32_t j = 0; j < kEstimates; ++j) {
    const Eigen::VectorXd x = draws(2000, 10 + j, false);
    estimates.push_back(from_influence("mean", "x", x.mean(), x.array() - x.mean(), 0.95));
  }
  SimultaneousOptions options{.draws = 20000};
  const SimultaneousBands bands = simultaneous_bands(estimates, options);
  // (2 Phi(c) - 1)^10 = 0.95 at c = 2.800. The density of the maximum there is 0.15, so the quantile over 20000 draws
  // has standard error sqrt(0.95 * 0.05 / 20000) / 0.15 = 0.010; correlations of order 1 / sqrt(2000) hardly matter.
  const double sidak = normal_quantile((1 + std::pow(0.95, 0.1)) / 2);
  CHECK(std::abs(bands.critical - sidak) < 0.04);
  CHECK(bands.high(3) == Approx(estimates[3].value + bands.critical * estimates[3].std_error).epsilon(1e-12));
  const SimultaneousBands single = simultaneous_bands(std::span(estimates).first(1), options);
  // Density of |z| at 1.96: 0.117; standard error 0.0132.
  CHECK(std::abs(single.critical - 1.96) < 0.053);
  // The same estimate many times needs no more than once.
  const std::vector<Estimate> copies(5, estimates[0]);
  CHECK(simultaneous_bands(copies, options).critical == Approx(single.critical).epsilon(1e-12));
  for (const int threads : {1, 4}) {
    options.run.threads = threads;
    CHECK(simultaneous_bands(estimates, options).critical == bands.critical);
  }
  CHECK(bands.p_value.minCoeff() > 0);
  estimates[2].influence.resize(0);
  CHECK_THROWS_AS(static_cast<void>(simultaneous_bands(estimates)), InvalidArgument);
}

TEST_CASE("bootstrap: simultaneous bands hold together") {
  constexpr int kRuns = 500;
  std::vector<char> holds(kRuns, 0);
  parallel_for(kRuns, 0, [&](std::int64_t r) {
    std::vector<Estimate> estimates;
    const Eigen::VectorXd shared = draws(150, static_cast<std::uint32_t>(1000 + r), false);
    for (std::uint32_t j = 0; j < 4; ++j) {
      const Eigen::VectorXd x = shared + draws(150, static_cast<std::uint32_t>(10000 + 4 * r) + j, false);
      estimates.push_back(from_influence("mean", "x", x.mean(), x.array() - x.mean(), 0.95));
    }
    SimultaneousOptions options{.draws = 500};
    options.run.threads = 1;
    const SimultaneousBands bands = simultaneous_bands(estimates, options);
    holds[static_cast<std::size_t>(r)] = bands.low.maxCoeff() <= 0 && bands.high.minCoeff() >= 0 ? 1 : 0;
  });
  const double share = static_cast<double>(std::count(holds.begin(), holds.end(), 1)) / kRuns;
  // 0.95 with binomial standard error 0.0098, and 0.0097 from the 500 draws behind each critical value.
  CHECK(share > 0.95 - 3 * 0.0138);
  CHECK(share < 0.95 + 3 * 0.0138);
}
