#include "causal/estimation/debias/score_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/run/error.hpp"
#include "debias/smooth_scores.hpp"

namespace causal::estimation {
namespace {

constexpr double kLeastDensity = 1e-300;

/// Whether at least `rows` rows lie within about a bandwidth of the node.
bool rests_on_rows(const ScoreTable& table, Eigen::Index k, double rows) {
  return table.density(k) > kLeastDensity && table.n * table.bandwidth * table.density(k) >= rows;
}

// The first nodes from outside that are within the tail quantiles and rest on enough rows. Without such a node both
// edges are the node nearest to the mean.
void find_edges(const Lattice& lattice, const Eigen::Ref<const Eigen::VectorXd>& masses, const ScoreOptions& options,
                ScoreTable& table) {
  const double cut = options.tail_rule ? options.tail_quantile * table.n : 0;
  const double rows = options.tail_rule ? options.min_kernel_rows : 0;
  const Eigen::Index m = masses.size();
  Eigen::Index low = 0;
  double below = masses(0);
  while (low < m && (below < cut || !rests_on_rows(table, low, rows))) {
    ++low;
    if (low < m) below += masses(low);
  }
  Eigen::Index high = m - 1;
  double above = masses(m - 1);
  while (high > low && (above < cut || !rests_on_rows(table, high, rows))) above += masses(--high);
  if (low >= high) {
    const auto middle =
        static_cast<Eigen::Index>(std::lround((table.mean - lattice.low) / lattice.step) - table.score.first);
    low = high = std::clamp<Eigen::Index>(middle, 0, m - 1);
  }
  table.low_edge = table.score.first + low;
  table.high_edge = table.score.first + high;
  for (Eigen::Index k = 0; k < m; ++k) {
    if (k < low || k > high) {
      table.tail_rows += masses(k);
    } else if (!rests_on_rows(table, k, rows)) {
      table.gap_rows += masses(k);
    }
  }
}

void kernel_score(const Lattice& lattice, const KernelDensity& kernel, const ScoreOptions& options, ScoreTable& table) {
  const Eigen::Index m = table.density.size();
  table.factor = options.variance_corrected ? (table.variance + table.bandwidth * table.bandwidth) / table.variance : 1;
  Eigen::VectorXd& score = table.score.values;
  score.resize(m);
  for (Eigen::Index k = 0; k < m; ++k) score(k) = table.factor * kernel.derivative(k) / table.density(k);
  const double slope = -lattice.step / table.variance;
  if (!options.tail_rule) {
    // Where the kernels have vanished there is no ratio: the score of the last one that has not goes on.
    score = table.bridged(std::move(score), 0);
    const double single = -lattice.step / (table.bandwidth * table.bandwidth) * table.factor;
    table.score.slope_below = table.score.slope_above = single;
    return;
  }
  score = table.bridged(std::move(score), options.min_kernel_rows);
  const Eigen::Index low = table.low_edge - table.score.first;
  const Eigen::Index high = table.high_edge - table.score.first;
  if (low == high)
    score(low) = (table.mean - lattice.low - lattice.step * static_cast<double>(table.low_edge)) / table.variance;
  for (Eigen::Index k = low; k-- > 0;) score(k) = score(low) + slope * static_cast<double>(k - low);
  for (Eigen::Index k = high + 1; k < m; ++k) score(k) = score(high) + slope * static_cast<double>(k - high);
  table.score.slope_below = table.score.slope_above = slope;
}

}  // namespace

Eigen::VectorXd ScoreTable::bridged(Eigen::VectorXd values, double min_kernel_rows) const {
  const Eigen::Index low = low_edge - score.first;
  const Eigen::Index high = high_edge - score.first;
  Eigen::Index good = low;
  for (Eigen::Index k = low + 1; k <= high; ++k) {
    if (k != high && !rests_on_rows(*this, k, min_kernel_rows)) continue;
    for (Eigen::Index gap = good + 1; gap < k; ++gap) {
      const double share = static_cast<double>(gap - good) / static_cast<double>(k - good);
      values(gap) = values(good) + share * (values(k) - values(good));
    }
    good = k;
  }
  for (Eigen::Index k = 0; k < low; ++k) values(k) = values(low);
  for (Eigen::Index k = high + 1; k < values.size(); ++k) values(k) = values(high);
  return values;
}

ScoreTable fit_score(const Lattice& lattice, std::int64_t first, const Eigen::Ref<const Eigen::VectorXd>& masses,
                     double mean, double variance, double bandwidth, const ScoreOptions& options,
                     std::span<const double> sample, int threads) {
  if (!(variance > 0)) throw DataError("the predictions that give the score are constant");
  ScoreTable table;
  table.score.first = first;
  table.bandwidth = bandwidth;
  table.n = masses.sum();
  table.mean = mean;
  table.variance = variance;
  const double low = lattice.low + lattice.step * static_cast<double>(first);
  KernelDensity kernel;
  if (options.exact) {
    std::vector<double> nodes;
    for (Eigen::Index k = 0; k < masses.size(); ++k) nodes.push_back(low + lattice.step * static_cast<double>(k));
    kernel = exact_kernel_density(sample, {}, bandwidth, nodes, threads);
  } else {
    kernel = grid_kernel_density(masses / table.n, lattice.step, bandwidth, threads);
  }
  table.density = kernel.density.cwiseMax(kLeastDensity);
  find_edges(lattice, masses, options, table);
  if (options.kind == ScoreKind::Kde) {
    kernel_score(lattice, kernel, options, table);
    return table;
  }
  SmoothScore smooth = options.kind == ScoreKind::Lindsey
                           ? lindsey_score(masses, low, lattice.step, std::sqrt(variance), options.spline_df)
                           : mixture_score(masses, low, lattice.step, variance, options.max_components);
  table.score.values = std::move(smooth.at_nodes);
  table.score.slope_below = smooth.slope_below * lattice.step;
  table.score.slope_above = smooth.slope_above * lattice.step;
  return table;
}

}  // namespace causal::estimation
