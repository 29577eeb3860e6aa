#pragma once
// How many rows does a comparison of two arms need, and what can a number of rows show?

#include <cstdint>
#include <limits>

#include "causal/run/options.hpp"

namespace causal::estimation {

/// A planned comparison of two arms. Covariates, when there are any, are those that the analysis adjusts for.
///
/// Derivation. n rows, a share q of them treated, outcomes with standard deviation sd in each arm of which the
/// covariates explain the share R^2: the adjusted difference of means has the variance
///   V(n) = D sd^2 (1 - R^2) / (n q (1 - q)),
/// where D = 1 + (m - 1) icc inflates it when clusters of m rows with intraclass correlation icc are assigned as a
/// whole (D = 1 for assigned rows). With z = Phi^-1(1 - alpha / 2), alpha = 1 - level, the two-sided test rejects with
/// probability Phi(l - z) + Phi(-l - z) at l = |effect| / sqrt(V): the power. It rises with l, so l is found for the
/// wanted power, and from it n = (l / effect)^2 D sd^2 (1 - R^2) / (q (1 - q)), or the effect for a given n.
///
/// In an observational study the treatment is predicted by the covariates, too: divide 1 - R^2 by 1 - R^2 of the
/// treatment on the covariates. The normal approximation is good from some 30 rows an arm (clusters, when assigned).
struct StudyDesign {
  double outcome_sd = 1;  ///< Standard deviation of the outcome within an arm.
  double treated_share = 0.5;
  double r_squared = 0;     ///< Share of the outcome's variance that the covariates explain.
  double power = 0.8;       ///< Chance to find the effect; above 1 - level. Not used by power_of.
  double level = 0.95;      ///< Of the confidence interval that has to exclude 0.
  double cluster_size = 1;  ///< Rows that are assigned together.
  double intraclass_correlation = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"outcome_sd",
                  "standard deviation of the outcome within an arm",
                  {0, std::numeric_limits<double>::infinity(), true, true}},
            self.outcome_sd);
    visitor(Field{"treated_share", "share of treated rows", open_interval(0, 1)}, self.treated_share);
    visitor(Field{"r_squared", "share of the outcome's variance that covariates explain", {0, 1, false, true}},
            self.r_squared);
    visitor(Field{"power", "chance to find the effect", open_interval(0, 1)}, self.power);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    visitor(Field{"cluster_size", "rows that are assigned together", at_least(1)}, self.cluster_size);
    visitor(Field{"intraclass_correlation", "correlation of outcomes within a cluster", closed_interval(0, 1)},
            self.intraclass_correlation);
  }
};

/// The smallest number of rows, both arms together, with at least the power of the design for that effect.
/// Errors: InvalidArgument for an effect that is 0 or not finite, a power not above 1 - level, options out of range, or
/// more than 9e15 rows.
[[nodiscard]] std::int64_t required_rows(double effect, const StudyDesign& design = {});

/// The chance that the interval from `rows` rows excludes 0 when the effect is that one; 1 - level at effect 0.
/// Errors: InvalidArgument for rows < 2, a non-finite effect, options out of range.
[[nodiscard]] double power_of(std::int64_t rows, double effect, const StudyDesign& design = {});

/// The smallest effect (> 0) that `rows` rows find with the power of the design. Errors: as the two above.
[[nodiscard]] double detectable_effect(std::int64_t rows, const StudyDesign& design = {});

}  // namespace causal::estimation
