// Source of procedure and score: the comparison of the "unshrink" package, which cuts groups by the prediction
// (ContrastGroups::Prediction). Cutting by the outcome is ours: E[Y | group] = E[F | group] for groups of F and a
// calibrated model, so that comparison finds nothing to correct.
#include "causal/estimation/debias/debias_compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "debias/calibration_rows.hpp"

namespace causal::estimation {
namespace {

constexpr Eigen::Index kRowsOfFold = 20;

struct Contrasts {
  std::vector<double> truth, estimate;
  double bias = 0, absolute = 0, square = 0;
  std::vector<std::string> warnings;
};

Eigen::VectorXd rows_of(const Eigen::Ref<const Eigen::VectorXd>& values, const std::vector<Eigen::Index>& rows) {
  Eigen::VectorXd taken(std::ssize(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) taken(static_cast<Eigen::Index>(i)) = values(rows[i]);
  return taken;
}

Contrasts contrasts_in_fold(const Eigen::VectorXd& predictions, const Eigen::VectorXd& outcomes,
                            const Debiaser& debiaser, const DebiasCompareOptions& options, std::uint32_t fold) {
  Contrasts result;
  result.warnings = debiaser.warnings();
  const Eigen::VectorXd corrected = debiaser.apply(predictions, 1);
  const Eigen::ArrayXd gap = corrected - outcomes;
  result.bias = gap.sum();
  result.absolute = gap.abs().sum();
  result.square = gap.square().sum();
  const Eigen::VectorXd& key = options.select_on == ContrastGroups::Target ? outcomes : predictions;
  const Eigen::Index n = key.size();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](Eigen::Index a, Eigen::Index b) { return key(a) != key(b) ? key(a) < key(b) : a < b; });
  // Sums of the first k rows in that order, so that a contrast costs nothing.
  Eigen::VectorXd true_sums = Eigen::VectorXd::Zero(n + 1);
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(n + 1);
  for (Eigen::Index k = 0; k < n; ++k) {
    true_sums(k + 1) = true_sums(k) + outcomes(order[static_cast<std::size_t>(k)]);
    sums(k + 1) = sums(k) + corrected(order[static_cast<std::size_t>(k)]);
  }
  RandomStream stream(options.run.seed, RandomDomain::Resample, fold, 1);
  for (int c = 0; c < options.contrasts; ++c) {
    const auto rows_below = [&](double quantile) {
      return std::clamp<Eigen::Index>(std::lround(quantile * static_cast<double>(n)), 1, n - 1);
    };
    const Eigen::Index low = rows_below(stream.uniform(0.05, 0.35));
    const Eigen::Index high = rows_below(stream.uniform(0.65, 0.95));
    const auto contrast = [&](const Eigen::VectorXd& total) {
      return (total(n) - total(high)) / static_cast<double>(n - high) - total(low) / static_cast<double>(low);
    };
    result.truth.push_back(contrast(true_sums));
    result.estimate.push_back(contrast(sums));
  }
  return result;
}

DebiasComparison summarize(const std::string& name, const std::vector<Contrasts>& folds, double n, double outcome_sd) {
  DebiasComparison result;
  result.name = name;
  double count = 0, x = 0, y = 0, xx = 0, xy = 0, square = 0;
  for (const Contrasts& fold : folds) {
    result.mean_bias += fold.bias / n;
    result.mae += fold.absolute / n;
    result.rmse += fold.square / n;
    result.flags = std::max(result.flags, static_cast<int>(fold.warnings.size()));
    for (const std::string& warning : fold.warnings) {
      if (std::find(result.warnings.begin(), result.warnings.end(), warning) == result.warnings.end()) {
        result.warnings.push_back(warning);
      }
    }
    for (std::size_t c = 0; c < fold.truth.size(); ++c) {
      const double truth = fold.truth[c];
      const double estimate = fold.estimate[c];
      count += 1, x += truth, y += estimate, xx += truth * truth, xy += truth * estimate;
      square += (estimate - truth) * (estimate - truth);
    }
  }
  result.rmse = std::sqrt(result.rmse);
  result.slope = (xy - x * y / count) / (xx - x * x / count);
  result.contrast_rmse = std::sqrt(square / count);
  result.score =
      std::abs(result.slope - 1) + (result.contrast_rmse + 0.5 * result.mae) / outcome_sd + 0.05 * result.flags;
  return result;
}

}  // namespace

std::vector<DebiasCandidate> default_debias_candidates() {
  return {{"naive",
           [](const Eigen::VectorXd& predictions, const Eigen::VectorXd& outcomes) -> std::unique_ptr<Debiaser> {
             return std::make_unique<NaiveDebiaser>(NaiveDebiaser::fit(predictions, outcomes));
           }},
          {"lcc",
           [](const Eigen::VectorXd& predictions, const Eigen::VectorXd& outcomes) -> std::unique_ptr<Debiaser> {
             return std::make_unique<LccDebiaser>(LccDebiaser::fit(predictions, outcomes));
           }},
          {"tweedie", [](const Eigen::VectorXd& predictions, const Eigen::VectorXd& outcomes) {
             return std::make_unique<TweedieDebiaser>(TweedieDebiaser::fit(predictions, outcomes, {.threads = 1}));
           }}};
}

std::vector<DebiasComparison> compare_debiasers(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                                const Eigen::Ref<const Eigen::VectorXd>& outcomes,
                                                const DebiasCompareOptions& options,
                                                const std::vector<DebiasCandidate>& candidates) {
  validate(options, "compare_debiasers");
  check_calibration_rows("compare_debiasers", predictions, outcomes, kRowsOfFold * options.folds);
  const Folds folds = make_folds(predictions.size(), options.folds, {}, {}, options.run.seed);
  const auto count = static_cast<std::int64_t>(candidates.size());
  std::vector<std::vector<Contrasts>> found(candidates.size(),
                                            std::vector<Contrasts>(static_cast<std::size_t>(options.folds)));
  parallel_for(count * options.folds, options.run.threads, [&](std::int64_t task) {
    const auto candidate = static_cast<std::size_t>(task / options.folds);
    const auto fold = static_cast<int>(task % options.folds);
    std::vector<Eigen::Index> inside;
    std::vector<Eigen::Index> outside;
    for (Eigen::Index i = 0; i < predictions.size(); ++i) {
      (folds.of[static_cast<std::size_t>(i)] == fold ? inside : outside).push_back(i);
    }
    const auto debiaser = candidates[candidate].fit(rows_of(predictions, outside), rows_of(outcomes, outside));
    found[candidate][static_cast<std::size_t>(fold)] = contrasts_in_fold(
        rows_of(predictions, inside), rows_of(outcomes, inside), *debiaser, options, static_cast<std::uint32_t>(fold));
  });
  const double outcome_sd = std::sqrt(summarize_calibration(predictions, outcomes).outcome_variance);
  if (!(outcome_sd > 0)) throw DataError("all outcomes are equal");
  std::vector<DebiasComparison> results;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    results.push_back(summarize(candidates[c].name, found[c], static_cast<double>(predictions.size()), outcome_sd));
  }
  std::stable_sort(results.begin(), results.end(),
                   [](const DebiasComparison& a, const DebiasComparison& b) { return a.score < b.score; });
  return results;
}

}  // namespace causal::estimation
