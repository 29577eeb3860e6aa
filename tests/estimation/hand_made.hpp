#pragma once
// Effect data from matrices, and the share of intervals that cover.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/parallel.hpp"

namespace causal::estimation {

inline NamedColumns named(const Eigen::MatrixXd& values, const std::string& stem) {
  NamedColumns columns{values, {}};
  for (Eigen::Index j = 0; j < values.cols(); ++j) columns.names.push_back(stem + std::to_string(j + 1));
  return columns;
}

struct Parts {
  Eigen::MatrixXd covariates = {};
  Eigen::MatrixXd instruments = {};
  Eigen::MatrixXd mediators = {};
  Eigen::VectorXd weights = {};
  std::vector<int> clusters = {};
};

/// A treatment whose values are all 0..k-1, k <= 5, is discrete.
inline EffectData hand_made(const Eigen::VectorXd& y, const Eigen::VectorXd& d, Parts parts = {}) {
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "d";
  data.outcome = y;
  data.treatment = d;
  const bool discrete =
      std::all_of(d.begin(), d.end(), [](double v) { return v >= 0 && v <= 4 && v == std::floor(v); });
  if (discrete) {
    const int levels = 1 + static_cast<int>(d.maxCoeff());
    for (const double value : d) data.arms.push_back(static_cast<int>(value));
    for (int level = 0; level < levels; ++level) data.arm_levels.push_back(std::to_string(level));
    data.treated = levels - 1;
  }
  data.covariates = named(parts.covariates, "x");
  data.instruments = named(parts.instruments, "z");
  data.mediators = named(parts.mediators, "m");
  data.weights = parts.weights;
  data.clusters = parts.clusters;
  check_effect_data(data);
  return data;
}

/// Share of `runs` data sets whose interval covers: covers(run) in {0, 1}.
template <class Covers>
double coverage(int runs, Covers&& covers) {
  std::vector<char> hits(static_cast<std::size_t>(runs));
  parallel_for(runs, 0, [&](std::int64_t run) {
    hits[static_cast<std::size_t>(run)] = covers(static_cast<std::uint32_t>(run)) ? 1 : 0;
  });
  return static_cast<double>(std::count(hits.begin(), hits.end(), 1)) / runs;
}

inline bool covers(const Estimate& estimate, double truth) {
  return estimate.status == Status::Ok && estimate.ci_low <= truth && truth <= estimate.ci_high;
}

constexpr int kRuns = 1000;
// The share of 1,000 intervals that cover has standard error 0.0069 at 0.95: [.93, .97] is 2.9 of them to either side.
constexpr double kLeastCoverage = 0.93;
constexpr double kMostCoverage = 0.97;

}  // namespace causal::estimation
