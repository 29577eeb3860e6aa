#pragma once
// Inverse probability weighting: the arms are made comparable by weights.

#include <array>
#include <string_view>
#include <utility>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class IpwNormalization {
  Hajek,            ///< Weighted mean of each arm: weights are divided by their sum in the arm.
  HorvitzThompson,  ///< Weighted sums divided by the size of the population; unbiased, but moves when Y is shifted.
  Stabilized        ///< Weights times the share of their arm. The value is that of Hajek.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::IpwNormalization> {
  using K = causal::estimation::IpwNormalization;
  static constexpr std::array<std::pair<K, std::string_view>, 3> names{
      {{K::Hajek, "hajek"}, {K::HorvitzThompson, "horvitz_thompson"}, {K::Stabilized, "stabilized"}}};
};

namespace causal::estimation {

struct IpwOptions {
  Estimand estimand = Estimand::Ate;
  IpwNormalization normalization = IpwNormalization::Hajek;
  double trim = 0;  ///< Rows with a propensity outside [trim, 1 - trim] are left out: the effect is then of the rest.
  double level = 0.95;
  /// No folds by default: the theory of weighting asks for a parametric propensity, which needs none.
  NuisanceOptions nuisances = {.folds = 1};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"estimand", "population of the effect"}, self.estimand);
    visitor(Field{"normalization", "what weighted sums are divided by"}, self.normalization);
    visitor(Field{"trim", "leave out rows with a propensity outside [trim, 1 - trim]", {0, 0.5, false, true}},
            self.trim);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// The effect of the treated against the control level by weighting. With e1, e0 the propensities of the two levels
/// (e0 = 1 - e1 for two) a treated row counts h / e1 and a control row h / e0, where h = 1 (ATE), e1 (ATT), e0 (ATC) or
/// e1 e0 / (e1 + e0) (overlap), times the row weight, divided by the chance that its outcome was observed when outcomes
/// are missing.
///
/// The influence values take into account that a propensity was fitted when that fit was one logistic regression
/// (propensity_learner = linear, folds = 1, two levels, nothing trimmed): for the ATE they are the part that is
/// uncorrelated with the scores of that regression, which makes the interval narrower; for the others its coefficients
/// are an estimating equation of their own. Otherwise the propensity counts as known, which for the ATE errs on the
/// wide side.
///
/// Assumes: no unmeasured confounding given the covariates, a right propensity model, overlap; with missing outcomes,
/// that being observed depends on covariates and arm alone. Where the outcome can be modelled too, aipw is safer.
/// Returns Degenerate when there is no overlap. Errors: those of fit_nuisances; DataError when trimming leaves an arm
/// empty; InvalidArgument for trimming with repeats. Cost O(n p^2).
/// Source: Hirano, Imbens and Ridder (2003); Lunceford and Davidian (2004), section 3; Li, Morgan and Zaslavsky (2018).
[[nodiscard]] Estimate ipw(const EffectData& data, const IpwOptions& options = {});

/// The same with propensities that you bring along, taken as known; nuisance options are not used.
/// Errors: InvalidArgument as check_nuisances.
[[nodiscard]] Estimate ipw(const EffectData& data, const Nuisances& nuisances, const IpwOptions& options = {});

/// n weights of the rows of both arms, row weights included, 0 for rows of other arms: for balance or a model of one's
/// own. Not divided by anything, except for Stabilized. Errors: as above.
[[nodiscard]] Eigen::VectorXd ipw_weights(const EffectData& data, const Nuisances& nuisances,
                                          const IpwOptions& options = {});

}  // namespace causal::estimation
