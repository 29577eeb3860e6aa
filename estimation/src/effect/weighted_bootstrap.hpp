#pragma once
// Refits to resampled rows, as weights.

#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// Values of q quantities at these row weights. May throw DataError, or return what is not finite: the draw has failed.
using RefitFn = std::function<Eigen::VectorXd(const Eigen::VectorXd& weights)>;

struct BootstrapDraws {
  Eigen::MatrixXd values;  ///< Draws that worked x q.
  std::int64_t failed = 0;
};

/// Draws rows (whole clusters) with replacement; weights are multiplicities times the data's weights. A function of the
/// arguments and run.seed.
[[nodiscard]] BootstrapDraws bootstrap_draws(const EffectData& data, int draws, Eigen::Index quantities,
                                             const RunOptions& run, const RefitFn& refit);

/// Standard error and percentile interval from one column of the draws; failed draws are counted and warned of.
void set_bootstrap_interval(Estimate& estimate, const BootstrapDraws& draws, Eigen::Index quantity);

}  // namespace causal::estimation
