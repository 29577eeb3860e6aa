#pragma once
// Which correction to use: cross-validated on contrasts between groups of calibration rows.

#include <Eigen/Core>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/debias/debiaser.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// What the groups of a contrast are cut by.
enum class ContrastGroups {
  Target,     ///< The outcome: as in a trial, predictions follow the outcome. A shrinking model then understates.
  Prediction  ///< The prediction: a calibrated model has no bias there, so this speaks against any correction.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::ContrastGroups> {
  using G = causal::estimation::ContrastGroups;
  static constexpr std::array<std::pair<G, std::string_view>, 2> names{
      {{G::Target, "target"}, {G::Prediction, "prediction"}}};
};

namespace causal::estimation {

struct DebiasCompareOptions {
  ContrastGroups select_on = ContrastGroups::Target;
  int folds = 5;
  int contrasts = 100;  ///< Per fold.
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"select_on", "what the groups are cut by"}, self.select_on);
    visitor(Field{"folds", "parts that are held out in turn", closed_interval(2, 100)}, self.folds);
    visitor(Field{"contrasts", "pairs of groups per fold", closed_interval(2, 100000)}, self.contrasts);
  }
};

/// How to fit one of the debiasers that are compared.
struct DebiasCandidate {
  std::string name;
  std::function<std::unique_ptr<Debiaser>(const Eigen::VectorXd& predictions, const Eigen::VectorXd& outcomes)> fit;
};

/// One candidate on held-out rows.
struct DebiasComparison {
  std::string name;
  double mean_bias = 0;  ///< Of corrected predictions of single rows: mean of T(F) - Y.
  double mae = 0;        ///< Mean absolute and root mean square error of single rows: corrections worsen these.
  double rmse = 0;
  double slope = 0;  ///< Of estimated on true contrasts: 1 without shrinkage.
  double contrast_rmse = 0;
  int flags = 0;     ///< Warnings of the fits, the most of any fold.
  double score = 0;  ///< |slope - 1| + (contrast_rmse + mae / 2) / sd(Y) + flags / 20; smaller is better.
  std::vector<std::string> warnings;  ///< Of the fits, each once.
};

/// Naive, linear and Tweedie's corrections with their defaults.
[[nodiscard]] std::vector<DebiasCandidate> default_debias_candidates();

/// Fits every candidate on the rows outside a fold; on the rows inside, contrasts the mean of a high group (above a
/// quantile from 0.65 to 0.95) with that of a low one (below one from 0.05 to 0.35) in outcomes and corrected
/// predictions. The answer is sorted by score, best first.
///
/// predictions and outcomes: n >= 20 * folds rows, finite. Cost: folds * (fits + contrasts * log n). The same bytes at
/// any number of threads.
/// Errors: InvalidArgument for sizes and options; DataError for too few rows, and what the fits throw.
[[nodiscard]] std::vector<DebiasComparison> compare_debiasers(
    const Eigen::Ref<const Eigen::VectorXd>& predictions, const Eigen::Ref<const Eigen::VectorXd>& outcomes,
    const DebiasCompareOptions& options = {},
    const std::vector<DebiasCandidate>& candidates = default_debias_candidates());

}  // namespace causal::estimation
