#pragma once
// Omitted-variable bias of a linear regression: what an unmeasured confounder of given strength does to a coefficient.
//
// Strength is in partial R2: r2_dz of the confounder with the treatment given the covariates, r2_yz with the outcome
// given treatment and covariates. Source: C. Cinelli, C. Hazlett, "Making sense of sensitivity", JRSS B 82 (2020).

#include <Eigen/Core>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// A coefficient with its usual (equal variances) standard error and residual degrees of freedom.
struct Coefficient {
  double value = 0;
  double std_error = 0;
  double dof = 0;

  [[nodiscard]] double t() const { return value / std_error; }
};

/// Share of what the other regressors leave that this one explains: t^2 / (t^2 + dof).
/// Errors of all functions here: InvalidArgument for dof <= 1, a standard error <= 0, partial R2 outside [0, 1).
[[nodiscard]] double partial_r2(const Coefficient& coefficient);

/// The partial R2 that a confounder must have with treatment and outcome both to take away the share q > 0 of the
/// estimate (alpha = 1), or to leave it not significant at level alpha. 0: it is not significant as it is.
[[nodiscard]] double robustness_value(const Coefficient& coefficient, double q = 1, double alpha = 1);

/// The coefficient had the confounder been in the regression.
struct AdjustedCoefficient {
  double r2_dz = 0;
  double r2_yz = 0;
  double bias = 0;  ///< Size; taken off the size of the estimate, or added to it.
  double value = 0;
  double std_error = 0;
  double t = 0;
  double ci_low = 0;
  double ci_high = 0;
};

/// reduce: the confounder has made the estimate too large in size; false: too small. r2_yz may be 1.
[[nodiscard]] AdjustedCoefficient adjust_for_confounder(const Coefficient& coefficient, double r2_dz, double r2_yz,
                                                        bool reduce = true, double level = 0.95);

/// A confounder that is `times` as strong as a covariate, and what it would leave of the estimate.
struct ConfounderBenchmark {
  std::string covariate;
  double times = 1;
  /// False when no confounder can be that strong: r2_dz or r2_yz would reach 1. `adjusted` is then empty.
  bool possible = true;
  AdjustedCoefficient adjusted;
};

/// Benchmark from the covariate's own partial R2 with treatment (r2_dx) and outcome (r2_yx, treatment in the
/// regression). r2_yz above 1 is impossible and reported as such, not cut off.
[[nodiscard]] ConfounderBenchmark confounder_benchmark(const Coefficient& coefficient, double r2_dx, double r2_yx,
                                                       double times_d, double times_y, bool reduce = true,
                                                       double level = 0.95);

/// A grid for contour plots: value(i, j) and t(i, j) at r2_dz(i), r2_yz(j).
struct ConfounderContours {
  Eigen::VectorXd r2_dz;
  Eigen::VectorXd r2_yz;
  Eigen::MatrixXd value;
  Eigen::MatrixXd t;
};

/// points x points grid over [0, max_r2_dz] x [0, max_r2_yz]. Errors: also points < 2.
[[nodiscard]] ConfounderContours confounder_contours(const Coefficient& coefficient, double max_r2_dz = 0.4,
                                                     double max_r2_yz = 0.4, int points = 41, bool reduce = true);

struct OmittedVariableOptions {
  std::vector<std::string> benchmarks = {};  ///< Names of covariates.
  std::vector<double> times = {1, 2, 3};     ///< Multiples of each; each > 0.
  double q = 1;
  double alpha = 0.05;
  bool reduce = true;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"q", "share of the estimate that a confounder is to take away", {0, 1e6, true, false}}, self.q);
    visitor(Field{"alpha", "level of the robustness value that asks for significance", open_interval(0, 1)},
            self.alpha);
    visitor(Field{"reduce", "the confounder has made the estimate too large in size"}, self.reduce);
  }
};

/// Sensitivity of the treatment's coefficient in the regression of the outcome on treatment and covariates.
struct OmittedVariableBias {
  Coefficient coefficient;
  double partial_r2 = 0;              ///< Of treatment with outcome: also the r2_dz that suffices when r2_yz = 1.
  double robustness_value = 0;        ///< At q.
  double robustness_value_alpha = 0;  ///< At q and alpha.
  std::vector<ConfounderBenchmark> benchmarks;
  std::vector<std::string> warnings;
};

/// Unweighted OLS with a column of ones, on rows with an outcome; instruments and mediators are not used. Survey
/// weights and clusters do not enter the theory: they are left out with a warning.
/// Errors: InvalidArgument for a benchmark that is no covariate; DataError for missing outcomes, a treatment that is a
/// linear function of the covariates, or no degree of freedom left. Cost O(n k^2), once more for the treatment.
[[nodiscard]] OmittedVariableBias omitted_variable_bias(const EffectData& data,
                                                        const OmittedVariableOptions& options = {});

}  // namespace causal::estimation
