#pragma once
// The table of every effect estimator of this module: what the command line, `list`, `describe` and the docs read.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/data/method_info.hpp"
#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"

namespace causal::estimation {

/// The way an estimator identifies an effect, hence which columns it needs.
enum class Strategy {
  Backdoor,    ///< Covariates that make the arms comparable.
  Instrument,  ///< Instruments, and covariates if need be.
  Frontdoor,   ///< Mediators that carry the whole effect.
  Mediation    ///< Mediators that carry part of it, and covariates.
};

/// The options of all estimators; each reads its own.
struct EstimatorOptions {
  /// Calls `use` with the options of the estimator of that name.
  template <class Self, class Use>
  static void with(Self& self, std::string_view estimator, Use&& use) {
    static_cast<void>(self);
    static_cast<void>(estimator);
    static_cast<void>(use);
  }
};

/// An estimator that can be called with what the command line knows.
struct EstimatorEntry {
  MethodInfo info;
  Strategy strategy = Strategy::Backdoor;
  bool takes_doses = false;               ///< A continuous treatment will do.
  bool weights_missing_outcomes = false;  ///< Rows without an outcome are weighted for.
  /// One estimate, or several of one model (direct, indirect and total effect).
  std::vector<Estimate> (*run)(const EffectData& data, const EstimatorOptions& options);
};

[[nodiscard]] std::span<const EstimatorEntry> estimators();

/// The entry with that name. Errors: InvalidArgument that suggests the nearest name.
[[nodiscard]] const EstimatorEntry& find_estimator(std::string_view name);

}  // namespace causal::estimation
