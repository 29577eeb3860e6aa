#pragma once
// How the effect varies with the covariates: the DR-learner.

#include <Eigen/Core>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::estimation {

struct CateOptions {
  LearnerKind final_learner = LearnerKind::Linear;
  double level = 0.95;
  NuisanceOptions nuisances = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"final_learner", "regression of the effect on the covariates"}, self.final_learner);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// Effects row by row. Only `average` and `projection` have standard errors. The spread of `effect` over the rows says
/// how the effect varies, as far as the learner saw it; it is no standard error of anything.
struct CateEstimate {
  Eigen::VectorXd effect;          ///< n out-of-fold predictions of E[Y(1) - Y(0) | X]; empty when Degenerate.
  Eigen::VectorXd pseudo_outcome;  ///< n doubly robust scores whose regression on X is the effect.
  Estimate average;                ///< Their mean: the ATE of aipw.
  /// Coefficients of the best linear prediction of the effect by the covariates, "intercept" first, with HC3 (or
  /// cluster) errors. An aliased covariate is left out.
  std::vector<Estimate> projection;
  double loss = 0;  ///< Out-of-fold mean squared error against the pseudo-outcomes: compare learners by it.
  Status status = Status::Ok;
  std::vector<std::string> warnings;
};

/// Fits nuisances by cross-fitting, makes the AIPW score of every row and regresses it on the covariates, again out of
/// fold. With repeats > 1 the pseudo-outcomes are averaged over the partitions. Assumptions and errors: as aipw.
/// Source: Kennedy (2023), "Towards optimal doubly robust estimation of heterogeneous causal effects"; for the
/// projection Semenova and Chernozhukov (2021).
[[nodiscard]] CateEstimate cate(const EffectData& data, const CateOptions& options = {});

}  // namespace causal::estimation
