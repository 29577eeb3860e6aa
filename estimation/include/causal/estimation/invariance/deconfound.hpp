#pragma once
// Rewards without what known confounders put into them.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/estimation/nuisance/learner.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// How the confounders' part h(c) of the reward is modelled.
enum class DeconfoundModel {
  Ols,           ///< Linear in features and confounders, fitted jointly.
  FixedEffects,  ///< A level for each group (annotator, site), and linear in features and confounders within groups.
  Dml            ///< Any function of the confounders, by a learner with cross-fitting; linear in the features.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::DeconfoundModel> {
  using M = causal::estimation::DeconfoundModel;
  static constexpr std::array<std::pair<M, std::string_view>, 3> names{
      {{M::Ols, "ols"}, {M::FixedEffects, "fixed_effects"}, {M::Dml, "dml"}}};
};

namespace causal::estimation {

/// Which column of a table plays which part. Features and confounders may be terms: "x^2", "x:z"; a discrete column
/// stands for the indicators of its levels but the first.
struct DeconfoundColumns {
  std::string reward;
  std::vector<std::string> features;
  std::vector<std::string> confounders = {};
  std::string group = {};
};

/// The numbers of one question.
struct DeconfoundData {
  std::string reward_name = "reward";
  Eigen::VectorXd reward;         ///< n, finite.
  NamedColumns features;          ///< n x p, p >= 1.
  NamedColumns confounders = {};  ///< n x q; may be without columns for FixedEffects.
  std::vector<int> groups = {};   ///< n numbers 0..G-1, for FixedEffects; else empty.

  [[nodiscard]] Eigen::Index n() const { return reward.size(); }
};

/// Takes the columns out of a table. Errors: InvalidArgument for an unknown column, or one with two parts; DataError
/// for a missing cell (column, count, first row) or text where a number is needed.
[[nodiscard]] DeconfoundData deconfound_data(const Dataset& data, const DeconfoundColumns& columns);

struct DeconfoundOptions {
  DeconfoundModel model = DeconfoundModel::Ols;
  /// Of Ols and FixedEffects: Classic, Hc0 or Hc1, or Cluster by the groups. Dml has its own.
  CovarianceKind covariance = CovarianceKind::Hc1;
  double level = 0.95;
  int folds = 5;               ///< Of Dml.
  bool shrink_groups = false;  ///< Pulls the levels of small groups towards the mean level (BLUP).
  int shrink_below = 10;       ///< Groups with fewer rows are small.
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"model", "ols, fixed_effects or dml"}, self.model);
    visitor(Field{"covariance", "covariance of the coefficients of ols and fixed_effects"}, self.covariance);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    visitor(Field{"folds", "folds of cross-fitting of dml", closed_interval(2, 1000)}, self.folds);
    visitor(Field{"shrink_groups", "shrink the levels of small groups"}, self.shrink_groups);
    visitor(Field{"shrink_below", "groups with fewer rows are small", at_least(2)}, self.shrink_below);
  }
};

/// Rewards adjusted for confounders.
struct Deconfounded {
  Eigen::VectorXd reward;              ///< n: the reward less `adjustment`; empty when Degenerate.
  Eigen::VectorXd adjustment;          ///< n: h(c_i) less its mean, so that the mean reward stays.
  Eigen::VectorXd adjustment_error;    ///< n: standard errors of `adjustment`; see deconfound.
  std::vector<Estimate> coefficients;  ///< One a feature: the slope of the reward in it, given the confounders.
  double r2_removed = 0;               ///< Variance of `adjustment` over that of the reward.
  Status status = Status::Ok;          ///< Degenerate: features and confounders cannot be told apart.
  Diagnostics diagnostics;
  std::vector<std::string> warnings;
};

/// Takes the part h(c) of known confounders out of rewards r = x'b + h(c) + e, where c also moves the features x.
///
/// h is fitted jointly with b. Regressing r on c alone and subtracting the fit would take away what c does through x as
/// well, and so bias a later regression on x towards zero. With Ols, and with no feature left out, a least-squares fit
/// of the adjusted reward on the features gives back exactly `coefficients`.
///
/// adjustment_error: of Ols from the covariance of the coefficients; of FixedEffects that and the error of each group's
/// level (classic, equal variances); of Dml the part from b alone, without the learner's own error.
/// `learner` is used by Dml (required there).
/// Assumes: every variable that moves both rewards and features is among confounders and groups; linear in the
/// features. Errors: InvalidArgument for options, sizes or parts that the model lacks or does not use; DataError for
/// cells that are not finite, a constant reward, feature or confounder (by name), too few rows. Cost O(n (p + q)^2), or
/// p + 1 cross-fits. Bits do not depend on threads.
[[nodiscard]] Deconfounded deconfound(const DeconfoundData& data, const DeconfoundOptions& options = {},
                                      const Learner* learner = nullptr);

}  // namespace causal::estimation
