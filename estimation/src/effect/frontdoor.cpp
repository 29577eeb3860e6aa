#include "causal/estimation/effect/frontdoor.hpp"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "causal/run/error.hpp"
#include "effect/frontdoor_cells.hpp"
#include "effect/weighted_bootstrap.hpp"

namespace causal::estimation {
namespace {

Estimate undefined_cell(const EffectData& data, std::string estimand, const std::string& cell, double level) {
  Estimate nothing = degenerate_estimate(
      "frontdoor", std::move(estimand), data.n(),
      fmt::format("no row has {}, and the formula needs its mean: merge values, or take the linear model", cell));
  nothing.level = level;
  return nothing;
}

void check_discrete(const FrontdoorOptions& options) {
  if (options.errors != PathErrors::Classic) return;
  throw InvalidArgument("frontdoor", "errors", "classic", "be influence or bootstrap with the discrete model");
}

/// The sum of `signs` times means under each arm.
Estimate by_cells(const EffectData& data, const FrontdoorOptions& options, std::string estimand,
                  const std::vector<std::pair<int, double>>& arms) {
  check_discrete(options);
  const FrontdoorCells cells(data);
  double value = 0;
  Eigen::VectorXd influence = Eigen::VectorXd::Zero(data.n());
  for (const auto& [arm, sign] : arms) {
    const FrontdoorCells::Mean mean = cells.mean(arm, data.row_weights(), true);
    if (!mean.undefined.empty()) return undefined_cell(data, std::move(estimand), mean.undefined, options.level);
    value += sign * mean.value;
    influence += sign * mean.influence;
  }
  Estimate estimate =
      from_influence("frontdoor", std::move(estimand), value, std::move(influence), options.level, data.clusters);
  if (options.errors == PathErrors::Bootstrap) {
    const BootstrapDraws draws =
        bootstrap_draws(data, options.draws, 1, options.run, [&](const Eigen::VectorXd& weights) {
          double sum = 0;
          for (const auto& [arm, sign] : arms) {
            const FrontdoorCells::Mean mean = cells.mean(arm, weights, false);
            sum += mean.undefined.empty() ? sign * mean.value : std::numeric_limits<double>::quiet_NaN();
          }
          return Eigen::VectorXd(Eigen::VectorXd::Constant(1, sum));
        });
    set_bootstrap_interval(estimate, draws, 0);
  }
  return estimate;
}

/// In a linear model without interaction the front-door effect is the indirect effect.
Estimate by_paths(const EffectData& data, const FrontdoorOptions& options) {
  if (data.mediators.count() == 0) throw DataError("frontdoor needs at least one mediator");
  Estimate estimate = mediation(data, {.errors = options.errors,
                                       .draws = options.draws,
                                       .control_value = options.control_value,
                                       .treated_value = options.treated_value,
                                       .level = options.level,
                                       .run = options.run})
                          .nie;
  estimate.method = "frontdoor";
  estimate.estimand = "ate";
  return estimate;
}

}  // namespace

Estimate frontdoor(const EffectData& data, const FrontdoorOptions& options) {
  validate(options, "frontdoor");
  if (options.model == FrontdoorModel::Linear) return by_paths(data, options);
  return by_cells(data, options, "ate", {{data.treated, 1.0}, {data.control, -1.0}});
}

Estimate frontdoor_mean(const EffectData& data, int arm, const FrontdoorOptions& options) {
  validate(options, "frontdoor_mean");
  require_two_arms(data, "frontdoor_mean");
  if (arm < 0 || arm >= static_cast<int>(data.arm_levels.size())) {
    throw InvalidArgument("frontdoor_mean", "arm", std::to_string(arm),
                          fmt::format("be a level's number, 0 to {}", data.arm_levels.size() - 1));
  }
  return by_cells(data, options,
                  fmt::format("E[{} | do({} = {})]", data.outcome_name, data.treatment_name,
                              data.arm_levels[static_cast<std::size_t>(arm)]),
                  {{arm, 1.0}});
}

}  // namespace causal::estimation
