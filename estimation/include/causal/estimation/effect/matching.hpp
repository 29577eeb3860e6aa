#pragma once
// Matching: each row is compared with the most similar rows of the other arm.

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class MatchingDistance {
  Mahalanobis,  ///< Between the covariates, whitened by their covariance over all rows.
  Propensity    ///< Between the log odds of the propensity, divided by their standard deviation.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::MatchingDistance> {
  using D = causal::estimation::MatchingDistance;
  static constexpr std::array<std::pair<D, std::string_view>, 2> names{
      {{D::Mahalanobis, "mahalanobis"}, {D::Propensity, "propensity"}}};
};

namespace causal::estimation {

struct MatchingOptions {
  MatchingDistance distance = MatchingDistance::Mahalanobis;
  Estimand estimand = Estimand::Att;  ///< Not Overlap.
  int matches = 1;                    ///< Rows of the other arm for each row.
  bool replacement = true;            ///< false: each row is used once, first rows first; not for the ATE.
  double caliper = std::numeric_limits<double>::infinity();  ///< Furthest match, in standard deviations.
  bool bias_correction = true;  ///< Takes out, by regressions within the arms, what matches differ in.
  int variance_neighbours = 1;  ///< Neighbours within the arm that the error variance of a row is taken from.
  double level = 0.95;
  NuisanceOptions nuisances = {.folds = 1};  ///< For Propensity.
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"distance", "by what rows are similar"}, self.distance);
    visitor(Field{"estimand", "population of the effect: att, atc or ate"}, self.estimand);
    visitor(Field{"matches", "rows of the other arm for each row", closed_interval(1, 1000)}, self.matches);
    visitor(Field{"replacement", "a row may be the match of several"}, self.replacement);
    visitor(Field{"caliper",
                  "furthest match, in standard deviations",
                  {0, std::numeric_limits<double>::infinity(), true, false}},
            self.caliper);
    visitor(Field{"bias_correction", "correct for covariates in which matches differ"}, self.bias_correction);
    visitor(Field{"variance_neighbours", "rows that a row's error variance is taken from", closed_interval(1, 1000)},
            self.variance_neighbours);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    NuisanceOptions::visit(self.nuisances, visitor);
  }
};

/// The mean, over the treated (ATT), the controls (ATC) or both (ATE), of a row's outcome minus the mean of its
/// matches. Matches as far away as the last of them are all taken, and share its place equally. Rows without a match
/// within the caliper are left out, counted and warned of.
///
/// The standard error is that of Abadie and Imbens for the population effect; a bootstrap would be wrong. It takes a
/// fitted propensity as known, which errs on the wide side for the ATE and may err on either side otherwise. There are
/// no influence values. Without replacement the result depends on the order of the rows.
///
/// Assumes no unmeasured confounding and overlap; rows of other levels are not used. Prefer aipw or the bias correction
/// when more than one covariate is continuous: the bias of plain matching then vanishes too slowly.
/// Errors: DataError for missing outcomes, row weights, too few rows in an arm; InvalidArgument for Overlap, and for
/// the ATE without replacement. Degenerate when no row has a match. Cost O(n log n) in few dimensions, else O(n^2).
/// Source: Abadie and Imbens (2006), "Large sample properties of matching estimators"; (2011) for the correction.
[[nodiscard]] Estimate matching(const EffectData& data, const MatchingOptions& options = {});

}  // namespace causal::estimation
