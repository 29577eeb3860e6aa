#pragma once
// The table of every effect estimator of this module: what the command line, `list`, `describe` and the docs read.

#include <span>
#include <string_view>
#include <vector>

#include "causal/data/method_info.hpp"
#include "causal/estimation/effect/aipw.hpp"
#include "causal/estimation/effect/cate.hpp"
#include "causal/estimation/effect/dml.hpp"
#include "causal/estimation/effect/frontdoor.hpp"
#include "causal/estimation/effect/g_formula.hpp"
#include "causal/estimation/effect/ipw.hpp"
#include "causal/estimation/effect/iv.hpp"
#include "causal/estimation/effect/matching.hpp"
#include "causal/estimation/effect/mediation.hpp"
#include "causal/estimation/effect/regression.hpp"
#include "causal/estimation/effect/stratification.hpp"
#include "causal/estimation/effect/tmle.hpp"
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
  RegressionOptions regression = {};
  GFormulaOptions g_formula = {};
  IpwOptions ipw = {};
  AipwOptions aipw = {};
  TmleOptions tmle = {};
  CateOptions cate = {};
  MatchingOptions matching = {};
  StratificationOptions stratification = {};
  PlrOptions plr = {};
  IrmOptions irm = {};
  DmlOptions pliv = {};
  DmlOptions iivm = {};
  IvOptions iv = {};
  FrontdoorOptions frontdoor = {};
  MediationOptions mediation = {};
  RobustMediationOptions robust_mediation = {};

  /// Calls `use` with the options of the estimator of that name.
  template <class Self, class Use>
  static void with(Self& self, std::string_view estimator, Use&& use) {
    if (estimator == "regression") use(self.regression);
    if (estimator == "g_formula") use(self.g_formula);
    if (estimator == "ipw") use(self.ipw);
    if (estimator == "aipw") use(self.aipw);
    if (estimator == "tmle") use(self.tmle);
    if (estimator == "cate") use(self.cate);
    if (estimator == "matching") use(self.matching);
    if (estimator == "stratification") use(self.stratification);
    if (estimator == "plr") use(self.plr);
    if (estimator == "irm") use(self.irm);
    if (estimator == "pliv") use(self.pliv);
    if (estimator == "iivm") use(self.iivm);
    if (estimator == "iv") use(self.iv);
    if (estimator == "frontdoor") use(self.frontdoor);
    if (estimator == "mediation") use(self.mediation);
    if (estimator == "robust_mediation") use(self.robust_mediation);
  }
};

/// An estimator that can be called with what the command line knows.
struct EstimatorEntry {
  MethodInfo info;
  Strategy strategy = Strategy::Backdoor;
  bool takes_doses = false;               ///< A continuous treatment will do.
  bool weights_missing_outcomes = false;  ///< Rows without an outcome are weighted for.
  /// One estimate, or several of one model: iv adds the Anderson-Rubin set, mediation has direct
  /// and indirect effects, cate the coefficients of the effect in the covariates.
  std::vector<Estimate> (*run)(const EffectData& data, const EstimatorOptions& options) = nullptr;
};

[[nodiscard]] std::span<const EstimatorEntry> estimators();

/// The entry with that name. Errors: InvalidArgument that suggests the nearest name.
[[nodiscard]] const EstimatorEntry& find_estimator(std::string_view name);

}  // namespace causal::estimation
