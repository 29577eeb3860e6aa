#include "causal/estimation/effect/mediation.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <vector>

#include "causal/run/error.hpp"
#include "effect/natural_effects.hpp"
#include "effect/path_model.hpp"
#include "effect/weighted_bootstrap.hpp"

namespace causal::estimation {
namespace {

std::array<WorldMean, kWorlds> means_of_worlds(const PathModel& model, const PathData& paths, bool with_gradient) {
  const double low = paths.control;
  const double high = paths.treated;
  return {model.mean(low, low, with_gradient), model.mean(low, high, with_gradient),
          model.mean(high, low, with_gradient), model.mean(high, high, with_gradient)};
}

/// Variance of a contrast by the delta method, from covariances of parameters and the spread of the rows' means.
double classic_variance(const PathModel& model, const Eigen::MatrixXd& covariance, const Eigen::VectorXd& rows,
                        const Eigen::VectorXd& gradient) {
  const auto n = static_cast<double>(rows.size());
  const double mean = model.weights().dot(rows) / n;
  const Eigen::VectorXd deviations = model.weights().cwiseProduct((rows.array() - mean).matrix());
  return gradient.dot(covariance * gradient) + deviations.squaredNorm() / (n * n);
}

void set_classic_errors(const PathModel& model, const std::array<WorldMean, kWorlds>& worlds, MediationResult& result) {
  const Eigen::MatrixXd covariance = model.parameter_covariance();
  const auto rows_of = [&](World to, World from) { return Eigen::VectorXd(worlds[to].rows - worlds[from].rows); };
  const auto gradient_of = [&](World to, World from) {
    return Eigen::VectorXd(worlds[to].gradient - worlds[from].gradient);
  };
  for (const WorldContrast& effect : kNaturalEffects) {
    Estimate& estimate = result.*effect.member;
    estimate.std_error = std::sqrt(
        classic_variance(model, covariance, rows_of(effect.to, effect.from), gradient_of(effect.to, effect.from)));
    set_interval(estimate);
  }
  if (result.proportion.status != Status::Ok) return;
  const double share = result.proportion.value;
  const Eigen::VectorXd rows = rows_of(kControlMoved, kControl) - share * rows_of(kTreated, kControl);
  const Eigen::VectorXd gradient = gradient_of(kControlMoved, kControl) - share * gradient_of(kTreated, kControl);
  result.proportion.std_error =
      std::sqrt(classic_variance(model, covariance, rows, gradient)) / std::abs(result.te.value);
  set_interval(result.proportion);
}

void set_bootstrap_errors(const EffectData& data, const PathData& paths, const PathSpec& spec,
                          const MediationOptions& options, MediationResult& result) {
  const auto effects = static_cast<Eigen::Index>(kNaturalEffects.size());
  const BootstrapDraws draws =
      bootstrap_draws(data, options.draws, effects + 1, options.run, [&](const Eigen::VectorXd& weights) {
        const PathModel model(paths, spec, weights);
        const std::array<WorldMean, kWorlds> worlds = means_of_worlds(model, paths, false);
        Eigen::VectorXd values(effects + 1);
        for (std::size_t e = 0; e < kNaturalEffects.size(); ++e) {
          const WorldContrast& effect = kNaturalEffects[e];
          values(static_cast<Eigen::Index>(e)) = worlds[effect.to].value - worlds[effect.from].value;
        }
        const double total = worlds[kTreated].value - worlds[kControl].value;
        values(effects) = (worlds[kControlMoved].value - worlds[kControl].value) / total;
        return values;
      });
  for (std::size_t e = 0; e < kNaturalEffects.size(); ++e) {
    set_bootstrap_interval(result.*kNaturalEffects[e].member, draws, static_cast<Eigen::Index>(e));
  }
  if (result.proportion.status == Status::Ok) set_bootstrap_interval(result.proportion, draws, effects);
}

}  // namespace

MediationResult mediation(const EffectData& data, const MediationOptions& options) {
  validate(options, "mediation");
  const PathSpec spec{options.outcome_model, options.mediator_model, options.interaction};
  const PathData paths = path_data(data, spec, options.control_value, options.treated_value, "mediation");
  const PathModel model(paths, spec, data.row_weights());
  const std::array<WorldMean, kWorlds> worlds = means_of_worlds(model, paths, true);
  const Eigen::MatrixXd parameters = model.parameter_influence();
  std::array<double, kWorlds> values{};
  std::array<Eigen::VectorXd, kWorlds> influence;
  for (std::size_t w = 0; w < kWorlds; ++w) {
    values[w] = worlds[w].value;
    influence[w] =
        model.weights().cwiseProduct((worlds[w].rows.array() - values[w]).matrix()) + parameters * worlds[w].gradient;
  }
  MediationResult result = natural_effects("mediation", values, influence, options.level, data.clusters);
  if (options.errors == PathErrors::Classic) set_classic_errors(model, worlds, result);
  if (options.errors == PathErrors::Bootstrap) set_bootstrap_errors(data, paths, spec, options, result);
  for_each_effect(result, [&](Estimate& estimate) {
    estimate.warnings.insert(estimate.warnings.end(), model.warnings().begin(), model.warnings().end());
  });
  return result;
}

}  // namespace causal::estimation
