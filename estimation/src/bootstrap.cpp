#include "causal/estimation/bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "replicates.hpp"

namespace causal::estimation {
namespace {

constexpr int kFewest = 20;
constexpr int kMostJackknifeGroups = 100;

/// What is drawn: single rows or clusters, by stratum.
struct Units {
  std::vector<std::vector<int>> rows;    ///< Rows of each unit.
  std::vector<std::vector<int>> strata;  ///< Units of each stratum.
  bool clustered = false;
};

int count_of(std::span<const int> numbers, std::int64_t n, const char* what) {
  if (std::ssize(numbers) != n) {
    throw InvalidArgument("bootstrap", what, fmt::format("{} numbers", numbers.size()),
                          fmt::format("be one for each of {} rows", n));
  }
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  if (*least < 0) throw InvalidArgument("bootstrap", what, fmt::format("{}", *least), "be 0, 1, ...");
  return 1 + *most;
}

Units units_of(std::int64_t n, std::span<const int> clusters, std::span<const int> strata) {
  if (n < 2) throw InvalidArgument("bootstrap", "n", fmt::format("{}", n), "be at least 2");
  Units units;
  units.clustered = !clusters.empty();
  units.rows.resize(static_cast<std::size_t>(units.clustered ? count_of(clusters, n, "clusters") : n));
  const int groups = strata.empty() ? 1 : count_of(strata, n, "strata");
  std::vector<int> stratum(units.rows.size(), -1);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto row = static_cast<std::size_t>(i);
    const auto unit = units.clustered ? static_cast<std::size_t>(clusters[row]) : row;
    const int own = strata.empty() ? 0 : strata[row];
    if (stratum[unit] >= 0 && stratum[unit] != own) {
      throw InvalidArgument(fmt::format("bootstrap: cluster {} has rows in two strata", unit));
    }
    stratum[unit] = own;
    units.rows[unit].push_back(static_cast<int>(i));
  }
  units.strata.resize(static_cast<std::size_t>(groups));
  for (std::size_t unit = 0; unit < units.rows.size(); ++unit) {
    if (stratum[unit] >= 0) units.strata[static_cast<std::size_t>(stratum[unit])].push_back(static_cast<int>(unit));
  }
  return units;
}

void take(const Units& units, int unit, int number, ResampledRows& sample) {
  for (const int row : units.rows[static_cast<std::size_t>(unit)]) {
    sample.rows.push_back(row);
    if (units.clustered) sample.clusters.push_back(number);
  }
}

ResampledRows resample(const Units& units, std::uint64_t seed, std::int64_t replicate) {
  RandomStream stream(seed, RandomDomain::Resample, static_cast<std::uint32_t>(replicate), 2);
  ResampledRows sample;
  int number = 0;
  for (const std::vector<int>& stratum : units.strata) {
    for (std::size_t i = 0; i < stratum.size(); ++i) {
      take(units, stratum[static_cast<std::size_t>(stream.below(stratum.size()))], number++, sample);
    }
  }
  return sample;
}

/// All rows but those of the units whose position leaves the remainder `group`.
ResampledRows without(const Units& units, std::size_t group, std::size_t groups) {
  ResampledRows sample;
  int number = 0;
  for (std::size_t unit = 0; unit < units.rows.size(); ++unit) {
    if (unit % groups != group && !units.rows[unit].empty()) take(units, static_cast<int>(unit), number++, sample);
  }
  return sample;
}

double normal_cdf(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// Skewness of the estimate over 6: sum psi^3 / (6 (sum psi^2)^1.5), psi by unit from the influence values or, where
/// there are none, from leaving out units (in groups when there are many).
double acceleration(const Units& units, const Estimate& original, const RowEstimator& estimator,
                    const RunOptions& run) {
  std::vector<double> pulls;
  std::size_t rows = 0;
  for (const std::vector<int>& unit : units.rows) rows += unit.size();
  if (original.influence.size() == static_cast<Eigen::Index>(rows)) {
    for (const std::vector<int>& unit : units.rows) {
      double sum = 0;
      for (const int row : unit) sum += original.influence(row);
      pulls.push_back(sum);
    }
  } else {
    const std::size_t groups = std::min<std::size_t>(units.rows.size(), kMostJackknifeGroups);
    const Replicates left = run_replicates(static_cast<std::int64_t>(groups), run, "jackknife", [&](std::int64_t g) {
      return estimator(without(units, static_cast<std::size_t>(g), groups));
    });
    if (left.values.size() < 3) return std::numeric_limits<double>::quiet_NaN();
    const double mean = mean_of(left.values);
    for (const double value : left.values) pulls.push_back(mean - value);
  }
  double squares = 0, cubes = 0;
  for (const double pull : pulls) {
    squares += pull * pull;
    cubes += pull * pull * pull;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

void set_bca(Estimate& estimate, std::span<const double> sorted, double acceleration) {
  // Ties count half, so that an estimate with few values is not taken for biased.
  double below = 0;
  for (const double value : sorted) below += value < estimate.value ? 1 : value == estimate.value ? 0.5 : 0;
  const double share = below / static_cast<double>(sorted.size());
  if (!(share > 0 && share < 1) || std::isnan(acceleration)) {
    estimate.ci_low = order_statistic(sorted, (1 - estimate.level) / 2);
    estimate.ci_high = order_statistic(sorted, (1 + estimate.level) / 2);
    estimate.warnings.emplace_back(std::isnan(acceleration)
                                       ? "the jackknife failed: the interval is the percentile one"
                                       : "all replicates lie on one side: the interval is the percentile one");
    return;
  }
  const double z0 = normal_quantile(share);
  const auto moved = [&](double p) {
    const double z = z0 + normal_quantile(p);
    return normal_cdf(z0 + z / (1 - acceleration * z));
  };
  estimate.ci_low = order_statistic(sorted, moved((1 - estimate.level) / 2));
  estimate.ci_high = order_statistic(sorted, moved((1 + estimate.level) / 2));
  estimate.diagnostics.add("bias_correction", z0);
  estimate.diagnostics.add("acceleration", acceleration);
}

void set_studentised(Estimate& estimate, const Replicates& done, double std_error) {
  std::vector<double> t;
  for (std::size_t b = 0; b < done.values.size(); ++b) {
    if (done.std_errors[b] > 0) t.push_back((done.values[b] - estimate.value) / done.std_errors[b]);
  }
  if (t.size() < done.values.size()) {
    estimate.warnings.push_back(fmt::format("{} replicates without a standard error are left out of the interval",
                                            done.values.size() - t.size()));
  }
  if (t.size() < kFewest) return;
  std::sort(t.begin(), t.end());
  estimate.ci_low = estimate.value - std_error * order_statistic(t, (1 + estimate.level) / 2);
  estimate.ci_high = estimate.value - std_error * order_statistic(t, (1 - estimate.level) / 2);
}

}  // namespace

Bootstrap bootstrap(std::int64_t n, const RowEstimator& estimator, const BootstrapOptions& options,
                    std::span<const int> clusters, std::span<const int> strata) {
  validate(options, "bootstrap");
  const Units units = units_of(n, clusters, strata);
  ResampledRows all;
  all.rows.resize(static_cast<std::size_t>(n));
  std::iota(all.rows.begin(), all.rows.end(), 0);
  all.clusters.assign(clusters.begin(), clusters.end());
  const Estimate original = estimator(all);
  if (options.interval == BootstrapInterval::Studentised && !(original.std_error > 0)) {
    throw InvalidArgument("bootstrap: studentised intervals need the estimator's standard error", {},
                          "Take basic or percentile.");
  }
  const Replicates done = run_replicates(options.replicates, options.run, "bootstrap", [&](std::int64_t b) {
    return estimator(resample(units, options.run.seed, b));
  });
  Bootstrap result{.estimate = original,
                   .replicates = done.values,
                   .asked = options.replicates,
                   .failed = done.failed,
                   .status = done.status};
  if (std::ssize(done.values) < kFewest || !std::isfinite(original.value)) {
    result.estimate = degenerate_estimate(
        original.method, original.estimand, n,
        fmt::format("{} of {} resamples gave a number; {} are needed{}{}", done.values.size(), options.replicates,
                    kFewest, done.first_failure.empty() ? "" : ": ", done.first_failure));
    return result;
  }
  Estimate& estimate = result.estimate;
  std::vector<double> sorted = done.values;
  std::sort(sorted.begin(), sorted.end());
  estimate.level = options.level;
  estimate.dof = std::numeric_limits<double>::infinity();
  estimate.std_error = standard_deviation(sorted);
  estimate.p_value = two_sided_rank_p(sorted, 0);
  const double low = order_statistic(sorted, (1 - options.level) / 2);
  const double high = order_statistic(sorted, (1 + options.level) / 2);
  switch (options.interval) {
    case BootstrapInterval::Percentile:
      estimate.ci_low = low;
      estimate.ci_high = high;
      break;
    case BootstrapInterval::Basic:
      estimate.ci_low = 2 * estimate.value - high;
      estimate.ci_high = 2 * estimate.value - low;
      break;
    case BootstrapInterval::Studentised:
      set_studentised(estimate, done, original.std_error);
      break;
    case BootstrapInterval::Bca:
      set_bca(estimate, sorted, acceleration(units, original, estimator, options.run));
      break;
  }
  estimate.diagnostics.add("replicates", static_cast<double>(sorted.size()));
  estimate.diagnostics.add("failed_replicates", static_cast<double>(done.failed));
  estimate.diagnostics.add("bias", mean_of(sorted) - estimate.value);
  if (done.failed > 0) {
    estimate.warnings.push_back(fmt::format("{} of {} resamples failed and are left out: {}", done.failed,
                                            options.replicates, done.first_failure));
  }
  if (done.status != Status::Ok) {
    estimate.warnings.push_back(
        fmt::format("stopped early, after {} of {} resamples", sorted.size(), options.replicates));
  }
  return result;
}

}  // namespace causal::estimation
