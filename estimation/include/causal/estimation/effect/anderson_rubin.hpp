#pragma once
// A confidence set for the effect of a treatment that holds its level however weak the instruments are.

#include <limits>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

struct AndersonRubinOptions {
  double level = 0.95;
  /// Classic, Hc0, Hc1 or Cluster. With clusters in the data the test is by cluster whatever stands here.
  CovarianceKind covariance = CovarianceKind::Classic;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"level", "confidence level of the set", open_interval(0, 1)}, self.level);
    visitor(Field{"covariance", "variance of the test: classic, hc0, hc1 or cluster"}, self.covariance);
  }
};

/// An interval that may be unbounded.
struct Interval {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// All values of the effect that the test does not reject at 1 - level.
///
/// `intervals` are disjoint and ascending. One bounded interval is the usual case. {(-inf, a], [b, inf)} or the whole
/// line say that the instruments are too weak to bound the effect; no interval at all, that no value fits: instruments
/// contradict each other or the model is wrong.
struct AndersonRubinSet {
  std::vector<Interval> intervals;
  double level = 0.95;
  double statistic_at_zero = 0;  ///< Of the hypothesis that the effect is 0.
  double p_at_zero = 1;
  int instruments = 0;  ///< Numerator degrees of freedom.
  double dof = 0;       ///< Denominator degrees of freedom.
  std::vector<std::string> warnings;

  [[nodiscard]] bool contains(double value) const;
  [[nodiscard]] bool is_empty() const { return intervals.empty(); }
  /// Whether it is one interval with two finite ends.
  [[nodiscard]] bool is_bounded_interval() const;
  /// "(-inf, -1.2] and [0.4, inf)", "no value", "every value".
  [[nodiscard]] std::string brief() const;
};

/// Inverts the F test that the instruments have no effect on Y - b D beside the covariates. Classic: the two ends solve
/// a quadratic equation. Otherwise the Wald statistic of that test over q is compared with the same F, and the ends are
/// the real roots of a polynomial of degree 2 q, found as eigenvalues.
/// Errors: as iv. Source: Anderson and Rubin, Annals of Mathematical Statistics 20 (1949); the shapes: Dufour and
/// Taamouti, Econometrica 73 (2005).
[[nodiscard]] AndersonRubinSet anderson_rubin(const EffectData& data, const AndersonRubinOptions& options = {});

/// The test statistic at one value, with F(q, dof) as null distribution. Errors: as iv.
[[nodiscard]] double anderson_rubin_statistic(const EffectData& data, double value,
                                              CovarianceKind covariance = CovarianceKind::Classic);

}  // namespace causal::estimation
