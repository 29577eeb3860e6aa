#pragma once
// Checks that an estimate should pass if its assumptions hold. They can show that something is wrong; passing proves
// nothing.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_bootstrap.hpp"
#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

struct RefuteOptions {
  int replicates = 100;
  double alpha = 0.05;
  double subset = 0.8;
  double noise = 0.1;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"replicates", "repetitions of a check", at_least(20)}, self.replicates);
    visitor(Field{"alpha", "p-values below this count as a problem", open_interval(0, 1)}, self.alpha);
    visitor(Field{"subset", "share of the rows that a subset keeps", open_interval(0, 1)}, self.subset);
    visitor(Field{"noise", "noise added to covariates, in their standard deviations", at_least(0)}, self.noise);
  }
};

/// What came of one check.
///
/// p_value is two-sided, of the hypothesis that `expected` is a usual member of the replicates v_1..v_B:
///   p = min(1, 2 min(1 + #{v_b <= expected}, 1 + #{v_b >= expected}) / (B + 1)).
/// The replicates scatter around what they estimate, so under a right model p lies far above alpha, mostly near 1:
/// the check has a level of at most alpha. Small p means a problem.
/// mean_p_value, where `expected` is 0, tests the replicates' mean against it, 2 Phi(-|mean| / (sd / sqrt B)): uniform
/// under a right model and much more sensitive, so that it also shows small biases that do no harm.
struct Refutation {
  std::string check;    ///< "placebo_treatment", ...
  double original = 0;  ///< The estimate that is checked.
  double expected = 0;  ///< What the replicates should scatter around: 0, or the original estimate.
  double mean = 0;      ///< Of the replicates.
  double std_dev = 0;   ///< Of the replicates.
  double p_value = 1;
  double mean_p_value = std::numeric_limits<double>::quiet_NaN();  ///< NaN where `expected` is not 0.
  bool problem = false;                                            ///< p_value < alpha.
  std::vector<double> replicates;  ///< Those that gave a number, in order of their index.
  std::int64_t asked = 0;
  std::int64_t failed = 0;     ///< Threw causal::Error or gave no finite number; left out.
  Status status = Status::Ok;  ///< TimeLimit, Cancelled: fewer replicates, all else valid. Degenerate: fewer than 20.
  std::string statement;       ///< In words, with what a small p means.
  std::vector<std::string> warnings;
};

// Every check calls the estimator on changed data, so nuisances (propensities among them) are fitted anew. The
// estimator is called once on the data as they are, and from several threads at once on changed data. Results do not
// depend on the number of threads. Errors: options out of range; those of the estimator on the data as they are.

/// Treatments (with instruments, as whole rows) are permuted over the rows: no effect can be left. Expected: 0.
[[nodiscard]] Refutation placebo_treatment(const EffectData& data, const EffectEstimator& estimator,
                                           const RefuteOptions& options = {});

/// Outcomes are permuted over the rows (missing ones too). Expected: 0.
[[nodiscard]] Refutation dummy_outcome(const EffectData& data, const EffectEstimator& estimator,
                                       const RefuteOptions& options = {});

/// A covariate of standard normal noise is added. Expected: the original estimate.
[[nodiscard]] Refutation random_common_cause(const EffectData& data, const EffectEstimator& estimator,
                                             const RefuteOptions& options = {});

/// A random share `subset` of the rows, or of the clusters. Expected: the original estimate.
[[nodiscard]] Refutation data_subset(const EffectData& data, const EffectEstimator& estimator,
                                     const RefuteOptions& options = {});

/// Rows (or clusters) are drawn with replacement and normal noise of `noise` standard deviations is added to covariates
/// that have more than two values. Expected: the original estimate, up to the attenuation that so much noise brings.
[[nodiscard]] Refutation bootstrap_with_noise(const EffectData& data, const EffectEstimator& estimator,
                                              const RefuteOptions& options = {});

/// Where a simulated confounder of some strength takes the estimate.
struct ConfounderEffect {
  double kappa_d = 0;
  double kappa_y = 0;
  double mean = 0;  ///< Of the replicates.
  double std_dev = 0;
  double p_value = 1;  ///< Two-sided rank p, as in Refutation, of the original estimate among the replicates.
  std::int64_t done = 0;
  std::int64_t failed = 0;
};

struct UnobservedCommonCause {
  double original = 0;
  std::vector<ConfounderEffect> curve;  ///< Every pair of strengths, kappa_y fastest; those that were reached.
  Status status = Status::Ok;
  std::string statement;
  std::vector<std::string> warnings;
};

struct UnobservedCommonCauseOptions {
  std::vector<double> kappa_d = {0, 0.05, 0.1, 0.2, 0.4};
  std::vector<double> kappa_y = {0, 0.1, 0.2, 0.5, 1};
  int replicates = 20;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"replicates", "simulated confounders at each pair of strengths", at_least(2)}, self.replicates);
  }
};

/// A confounder U ~ N(0, 1), kept from the estimator, is given an effect on treatment and outcome on top of what is in
/// the data, for each pair of strengths. A continuous treatment becomes D + kappa_d U. Of a discrete one a share
/// |kappa_d| of the rows in the two arms compared, drawn at random, gets the treated arm where kappa_d U > 0 and the
/// control arm elsewhere. A continuous outcome becomes Y + kappa_y U; of a binary one a share |kappa_y| of the rows
/// gets 1 where kappa_y U > 0, else 0. It is not a test: the curve says how strong a confounder it takes to move the
/// estimate to 0 or beyond. Shrinkage by the noise added to the treatment comes with it: compare with kappa_y = 0.
/// Errors: also an empty list; for discrete treatment (binary outcome) a |kappa_d| (|kappa_y|) above 1.
[[nodiscard]] UnobservedCommonCause unobserved_common_cause(const EffectData& data, const EffectEstimator& estimator,
                                                            const UnobservedCommonCauseOptions& options = {});

}  // namespace causal::estimation
