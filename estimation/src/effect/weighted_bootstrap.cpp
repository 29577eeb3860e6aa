#include "effect/weighted_bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "causal/data/resample.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

namespace causal::estimation {
namespace {

Eigen::VectorXd drawn_weights(const EffectData& data, std::int64_t units, std::uint64_t seed, std::uint32_t draw) {
  const std::vector<std::int32_t> counts = resample_weights(units, Resampling::Bootstrap, seed, draw);
  Eigen::VectorXd weights = data.row_weights();
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    const auto unit = static_cast<std::size_t>(data.clusters.empty() ? i : data.clusters[static_cast<std::size_t>(i)]);
    weights(i) *= counts[unit];
  }
  return weights;
}

/// Linear between the order statistics, as in R's default.
double quantile(const std::vector<double>& sorted, double probability) {
  const double at = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

BootstrapDraws bootstrap_draws(const EffectData& data, int draws, Eigen::Index quantities, const RunOptions& run,
                               const RefitFn& refit) {
  const std::int64_t units =
      data.clusters.empty() ? data.n() : 1 + *std::max_element(data.clusters.begin(), data.clusters.end());
  Eigen::MatrixXd all = Eigen::MatrixXd::Constant(draws, quantities, std::numeric_limits<double>::quiet_NaN());
  parallel_for(draws, run.threads, [&](std::int64_t draw) {
    const Eigen::VectorXd weights = drawn_weights(data, units, run.seed, static_cast<std::uint32_t>(draw));
    if (!(weights.sum() > 0)) return;
    try {
      all.row(draw) = refit(weights).transpose();
    } catch (const DataError&) {
      // A draw may miss an arm or a level; it stays NaN and is counted below.
    }
  });
  BootstrapDraws result;
  std::vector<Eigen::Index> worked;
  for (Eigen::Index draw = 0; draw < draws; ++draw) {
    if (all.row(draw).allFinite()) worked.push_back(draw);
  }
  result.failed = draws - std::ssize(worked);
  result.values = all(worked, Eigen::all);
  return result;
}

void set_bootstrap_interval(Estimate& estimate, const BootstrapDraws& draws, Eigen::Index quantity) {
  estimate.diagnostics.add("bootstrap_draws", static_cast<double>(draws.values.rows()));
  if (draws.failed > 0) {
    estimate.diagnostics.add("failed_draws", static_cast<double>(draws.failed));
    estimate.warnings.push_back(
        fmt::format("{} of {} bootstrap draws gave no value, and the interval rests on the others", draws.failed,
                    draws.failed + draws.values.rows()));
  }
  if (draws.values.rows() < 2) return;
  const Eigen::VectorXd column = draws.values.col(quantity);
  std::vector<double> sorted(column.begin(), column.end());
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(sorted.size());
  estimate.std_error = std::sqrt((column.array() - column.mean()).square().sum() / (count - 1));
  set_interval(estimate);
  estimate.ci_low = quantile(sorted, (1 - estimate.level) / 2);
  estimate.ci_high = quantile(sorted, (1 + estimate.level) / 2);
}

}  // namespace causal::estimation
