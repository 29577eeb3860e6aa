#include "causal/estimation/effect/registry.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "causal/estimation/effect/anderson_rubin.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::estimation {
namespace {

constexpr std::array kOutcomes{VariableType::Continuous, VariableType::Binary, VariableType::Count};

constexpr Assumption kNoConfounding{"no_unmeasured_confounding", "given the covariates, treatment is as good as random",
                                    false};
constexpr Assumption kOverlap{"overlap",
                              "at all values of the covariates both levels occur; reported, and clipped rows "
                              "are counted",
                              true};
constexpr Assumption kIndependentRows{
    "independent_rows", "rows are independent draws, or clusters of them are when --cluster is given", false};
constexpr Assumption kNoInterference{"no_interference", "a row's outcome depends on its own treatment only", false};

constexpr std::array kRegressionAssumptions{
    kNoConfounding, Assumption{"linear", "the outcome is linear in treatment and covariates", false}, kIndependentRows,
    kNoInterference};
constexpr std::array kOutcomeModelAssumptions{
    kNoConfounding, Assumption{"outcome_model", "the regression of the outcome is right", false}, kIndependentRows,
    kNoInterference};
constexpr std::array kPropensityAssumptions{
    kNoConfounding, kOverlap, Assumption{"propensity_model", "the regression of the treatment is right", false},
    kIndependentRows, kNoInterference};
constexpr std::array kDoublyRobustAssumptions{
    kNoConfounding, kOverlap,
    Assumption{"one_model",
               "the regression of the outcome or that of the treatment is right; for the interval both, "
               "or learners that come close enough to both",
               false},
    kIndependentRows, kNoInterference};
constexpr std::array kPlrAssumptions{
    kNoConfounding, Assumption{"constant_effect", "a unit of treatment has the same effect in all rows", false},
    Assumption{"good_regressions", "the learners come close to the means of outcome and treatment", false},
    kIndependentRows, kNoInterference};
constexpr std::array kMatchingAssumptions{kNoConfounding, kOverlap,
                                          Assumption{"close_matches", "matches are alike in all that matters", false},
                                          kIndependentRows, kNoInterference};
constexpr std::array kInstrumentAssumptions{
    Assumption{"exclusion", "instruments reach the outcome through the treatment only", false},
    Assumption{"unconfounded_instrument", "given the covariates, instruments are as good as random", false},
    Assumption{"relevance", "instruments move the treatment; the first-stage F is reported", true},
    Assumption{"linear_or_monotone",
               "effects are linear and constant, or no one is moved against the others and the "
               "effect is that of those who are moved",
               false},
    kIndependentRows};
constexpr std::array kFrontdoorAssumptions{
    Assumption{"all_through_mediators", "the mediators carry the whole effect", false},
    Assumption{"unconfounded_mediators",
               "treatment and mediators share no hidden cause, and treatment blocks those of "
               "mediators and outcome",
               false},
    kIndependentRows};
constexpr std::array kMediationAssumptions{
    kNoConfounding,
    Assumption{"no_mediator_confounding",
               "given treatment and covariates, mediators are as good as random, and no "
               "effect of the treatment confounds them",
               false},
    Assumption{"models", "the models of mediators and outcome are right", false}, kIndependentRows};

template <auto estimator, auto options_of>
std::vector<Estimate> one(const EffectData& data, const EstimatorOptions& options) {
  return {estimator(data, options.*options_of)};
}

/// The set that weak instruments cannot spoil, as an estimate: its hull, and in words when it is no interval.
Estimate as_estimate(const AndersonRubinSet& set, const Estimate& iv) {
  if (set.is_empty()) {
    return degenerate_estimate("anderson_rubin", iv.estimand, iv.n,
                               "no value fits: the instruments contradict each other, or the model is wrong");
  }
  Estimate estimate;
  estimate.method = "anderson_rubin";
  estimate.estimand = iv.estimand;
  estimate.value = iv.value;
  estimate.ci_low = set.intervals.front().low;
  estimate.ci_high = set.intervals.back().high;
  estimate.p_value = set.p_at_zero;
  estimate.level = set.level;
  estimate.n = iv.n;
  estimate.n_used = iv.n_used;
  estimate.diagnostics.add("intervals", static_cast<double>(set.intervals.size()));
  estimate.warnings = set.warnings;
  if (!set.is_bounded_interval()) estimate.warnings.push_back("the set is " + set.brief());
  return estimate;
}

std::vector<Estimate> run_cate(const EffectData& data, const EstimatorOptions& options) {
  CateEstimate effects = cate(data, options.cate);
  std::vector<Estimate> estimates{std::move(effects.average)};
  for (Estimate& coefficient : effects.projection) estimates.push_back(std::move(coefficient));
  return estimates;
}

std::vector<Estimate> run_iv(const EffectData& data, const EstimatorOptions& options) {
  std::vector<Estimate> estimates{iv(data, options.iv)};
  if (estimates.front().status != Status::Ok || options.iv.estimator == IvEstimator::Wald) return estimates;
  const AndersonRubinSet set =
      anderson_rubin(data, {.level = options.iv.level, .covariance = options.iv.covariance, .run = options.iv.run});
  estimates.push_back(as_estimate(set, estimates.front()));
  return estimates;
}

template <auto estimator, auto options_of>
std::vector<Estimate> run_mediation(const EffectData& data, const EstimatorOptions& options) {
  MediationResult result = estimator(data, options.*options_of);
  return {std::move(result.te),   std::move(result.nde), std::move(result.tnie),
          std::move(result.tnde), std::move(result.nie), std::move(result.proportion)};
}

const std::array kEstimators{
    EstimatorEntry{.info = {.name = "regression",
                            .title = "Regression adjustment",
                            .summary = "The coefficient of the treatment in a linear regression on the covariates; "
                                       "doses too.",
                            .source = "Angrist and Pischke 2009; White 1980; MacKinnon and White 1985",
                            .data_types = kOutcomes,
                            .assumptions = kRegressionAssumptions,
                            .docs_page = "regression-adjustment.md"},
                   .strategy = Strategy::Backdoor,
                   .takes_doses = true,
                   .run = one<regression, &EstimatorOptions::regression>},
    EstimatorEntry{.info = {.name = "g_formula",
                            .title = "Standardisation (g-formula)",
                            .summary = "A model of the outcome with all products with the treatment, averaged under "
                                       "each level.",
                            .source = "Robins 1986; Hernan and Robins 2020, chapter 13",
                            .data_types = kOutcomes,
                            .assumptions = kOutcomeModelAssumptions,
                            .docs_page = "g-formula.md"},
                   .strategy = Strategy::Backdoor,
                   .takes_doses = true,
                   .weights_missing_outcomes = true,
                   .run = one<g_formula, &EstimatorOptions::g_formula>},
    EstimatorEntry{
        .info = {.name = "ipw",
                 .title = "Inverse probability weighting",
                 .summary = "Weights each row by one over its chance of its level; ATE, ATT, ATC, overlap.",
                 .source = "Horvitz and Thompson 1952; Hajek 1971; Lunceford and Davidian 2004",
                 .data_types = kOutcomes,
                 .assumptions = kPropensityAssumptions,
                 .docs_page = "ipw.md"},
        .strategy = Strategy::Backdoor,
        .weights_missing_outcomes = true,
        .run = one<static_cast<Estimate (*)(const EffectData&, const IpwOptions&)>(ipw), &EstimatorOptions::ipw>},
    EstimatorEntry{
        .info = {.name = "aipw",
                 .title = "Augmented inverse probability weighting",
                 .summary = "Doubly robust: right when the model of the outcome or of the treatment is; the "
                            "default.",
                 .source = "Robins, Rotnitzky and Zhao 1994; Chernozhukov et al. 2018",
                 .data_types = kOutcomes,
                 .assumptions = kDoublyRobustAssumptions,
                 .docs_page = "aipw.md"},
        .strategy = Strategy::Backdoor,
        .weights_missing_outcomes = true,
        .run = one<static_cast<Estimate (*)(const EffectData&, const AipwOptions&)>(aipw), &EstimatorOptions::aipw>},
    EstimatorEntry{
        .info = {.name = "tmle",
                 .title = "Targeted maximum likelihood",
                 .summary = "Doubly robust, and within the range of the outcome.",
                 .source = "van der Laan and Rose 2011; Gruber and van der Laan 2010",
                 .data_types = kOutcomes,
                 .assumptions = kDoublyRobustAssumptions,
                 .docs_page = "tmle.md"},
        .strategy = Strategy::Backdoor,
        .weights_missing_outcomes = true,
        .run = one<static_cast<Estimate (*)(const EffectData&, const TmleOptions&)>(tmle), &EstimatorOptions::tmle>},
    EstimatorEntry{.info = {.name = "cate",
                            .title = "Effects that vary (DR-learner)",
                            .summary = "How the effect varies with the covariates: its best linear prediction, and "
                                       "with --effects a prediction for every row.",
                            .source = "Kennedy 2023; Semenova and Chernozhukov 2021",
                            .data_types = kOutcomes,
                            .assumptions = kDoublyRobustAssumptions,
                            .docs_page = "aipw.md"},
                   .strategy = Strategy::Backdoor,
                   .weights_missing_outcomes = true,
                   .run = run_cate},
    EstimatorEntry{.info = {.name = "matching",
                            .title = "Nearest-neighbour matching",
                            .summary = "Compares rows with the most similar rows of the other arm; for the treated by "
                                       "default.",
                            .source = "Abadie and Imbens 2006, 2011",
                            .data_types = kOutcomes,
                            .assumptions = kMatchingAssumptions,
                            .docs_page = "matching.md"},
                   .strategy = Strategy::Backdoor,
                   .run = one<matching, &EstimatorOptions::matching>},
    EstimatorEntry{
        .info = {.name = "stratification",
                 .title = "Stratification by propensity",
                 .summary = "Compares the arms within strata of the propensity.",
                 .source = "Rosenbaum and Rubin 1984; Lunceford and Davidian 2004",
                 .data_types = kOutcomes,
                 .assumptions = kPropensityAssumptions,
                 .docs_page = "matching.md"},
        .strategy = Strategy::Backdoor,
        .run = one<static_cast<Estimate (*)(const EffectData&, const StratificationOptions&)>(stratification),
                   &EstimatorOptions::stratification>},
    EstimatorEntry{.info = {.name = "plr",
                            .title = "Double machine learning, partially linear",
                            .summary = "One effect for all rows, covariates by any learner; doses too.",
                            .source = "Robinson 1988; Chernozhukov et al. 2018",
                            .data_types = kOutcomes,
                            .assumptions = kPlrAssumptions,
                            .docs_page = "dml.md"},
                   .strategy = Strategy::Backdoor,
                   .takes_doses = true,
                   .run = one<plr, &EstimatorOptions::plr>},
    EstimatorEntry{.info = {.name = "irm",
                            .title = "Double machine learning, interactive",
                            .summary = "Effects that vary with the covariates, by any learner; ATE or ATT.",
                            .source = "Chernozhukov et al. 2018",
                            .data_types = kOutcomes,
                            .assumptions = kDoublyRobustAssumptions,
                            .docs_page = "dml.md"},
                   .strategy = Strategy::Backdoor,
                   .run = one<irm, &EstimatorOptions::irm>},
    EstimatorEntry{.info = {.name = "iv",
                            .title = "Instrumental variables",
                            .summary = "Two-stage least squares, LIML or Wald, with the set that weak instruments "
                                       "cannot spoil.",
                            .source = "Wright 1928; Anderson and Rubin 1949; Angrist, Imbens and Rubin 1996",
                            .data_types = kOutcomes,
                            .assumptions = kInstrumentAssumptions,
                            .docs_page = "iv.md"},
                   .strategy = Strategy::Instrument,
                   .takes_doses = true,
                   .run = run_iv},
    EstimatorEntry{.info = {.name = "pliv",
                            .title = "Double machine learning with instruments, partially linear",
                            .summary = "One effect for all rows, covariates by any learner; doses too.",
                            .source = "Chernozhukov et al. 2018",
                            .data_types = kOutcomes,
                            .assumptions = kInstrumentAssumptions,
                            .docs_page = "dml.md"},
                   .strategy = Strategy::Instrument,
                   .takes_doses = true,
                   .run = one<pliv, &EstimatorOptions::pliv>},
    EstimatorEntry{.info = {.name = "iivm",
                            .title = "Double machine learning with an instrument, interactive",
                            .summary = "The effect on those whom an instrument of two values moves, by any learner.",
                            .source = "Chernozhukov et al. 2018; Froelich 2007",
                            .data_types = kOutcomes,
                            .assumptions = kInstrumentAssumptions,
                            .docs_page = "dml.md"},
                   .strategy = Strategy::Instrument,
                   .run = one<iivm, &EstimatorOptions::iivm>},
    EstimatorEntry{.info = {.name = "frontdoor",
                            .title = "Front-door adjustment",
                            .summary = "The effect through mediators that carry all of it, although treatment and "
                                       "outcome are confounded.",
                            .source = "Pearl 1995",
                            .data_types = kOutcomes,
                            .assumptions = kFrontdoorAssumptions,
                            .docs_page = "frontdoor-estimation.md"},
                   .strategy = Strategy::Frontdoor,
                   .takes_doses = true,
                   .run = one<frontdoor, &EstimatorOptions::frontdoor>},
    EstimatorEntry{.info = {.name = "mediation",
                            .title = "Mediation by regression models",
                            .summary = "Natural direct and indirect effects, from a model of each mediator and of the "
                                       "outcome.",
                            .source = "Pearl 2001; Imai, Keele and Tingley 2010; VanderWeele 2015",
                            .data_types = kOutcomes,
                            .assumptions = kMediationAssumptions,
                            .docs_page = "mediation.md"},
                   .strategy = Strategy::Mediation,
                   .takes_doses = true,
                   .run = run_mediation<mediation, &EstimatorOptions::mediation>},
    EstimatorEntry{.info = {.name = "robust_mediation",
                            .title = "Mediation, multiply robust",
                            .summary = "The same effects by any learners, right when some of the models are.",
                            .source = "Tchetgen Tchetgen and Shpitser 2012",
                            .data_types = kOutcomes,
                            .assumptions = kMediationAssumptions,
                            .docs_page = "mediation.md"},
                   .strategy = Strategy::Mediation,
                   .run = run_mediation<robust_mediation, &EstimatorOptions::robust_mediation>}};

}  // namespace

std::span<const EstimatorEntry> estimators() { return kEstimators; }

const EstimatorEntry& find_estimator(std::string_view name) {
  std::vector<std::string> names;
  for (const EstimatorEntry& entry : estimators()) {
    if (entry.info.name == name) return entry;
    names.emplace_back(entry.info.name);
  }
  throw InvalidArgument("no estimator is called '" + std::string(name) + "'", {},
                        nearest_name_hint(std::string(name), names));
}

}  // namespace causal::estimation
