#include "causal/estimation/debias/debiaser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/debias/streaming_ate.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "debias/calibration_rows.hpp"
#include "debias/cell_resampler.hpp"
#include "debias/contrast_variance.hpp"
#include "debias/gather.hpp"

namespace causal::estimation {
namespace {

std::span<const double> span_of(const Eigen::Ref<const Eigen::VectorXd>& values) {
  return {values.data(), static_cast<std::size_t>(values.size())};
}

struct Question {
  std::string_view estimand;
  std::vector<const PredictionCells*> arms;
};

PredictionCells pool(const std::vector<const PredictionCells*>& arms) {
  PredictionCells pooled = *arms.front();
  for (std::size_t k = 1; k < arms.size(); ++k) pooled.merge(*arms[k]);
  return pooled;
}

double value_of(const TrialContrast& contrast, const NodeFunction& map) { return contrast.sum(map); }

// Standard deviation over resamples of both samples. A replicate that leaves an arm empty is drawn from the next
// stream.
double bootstrap_std_error(const Debiaser& debiaser, const std::vector<const PredictionCells*>& arms,
                           const DebiasedEffectOptions& options) {
  const int replicates = options.replicates;
  std::vector<double> values(static_cast<std::size_t>(replicates));
  parallel_for(replicates, options.run.threads, [&](std::int64_t b) {
    for (std::uint32_t attempt = 0;; ++attempt) {
      CAUSAL_ASSERT(attempt < 1000);
      RandomStream stream(options.run.seed, RandomDomain::Resample, static_cast<std::uint32_t>(b), attempt);
      const std::unique_ptr<Debiaser> drawn = debiaser.resampled(stream);
      std::vector<PredictionCells> cells;
      for (const PredictionCells* arm : arms) cells.push_back(CellResampler::draw(*arm, stream));
      std::vector<const PredictionCells*> parts;
      bool complete = drawn != nullptr;
      for (const PredictionCells& part : cells) {
        parts.push_back(&part);
        complete = complete && part.totals().w > 0 && part.totals().n > 1;
      }
      if (!complete) continue;
      const PredictionCells pooled = pool(parts);
      const TrialContrast contrast = contrast_of(parts, pooled, options.weighting);
      values[static_cast<std::size_t>(b)] = value_of(contrast, drawn->trial_map(pooled)->values);
      return;
    }
  });
  const Eigen::Map<const Eigen::VectorXd> all(values.data(), replicates);
  return std::sqrt((all.array() - all.mean()).square().sum() / (replicates - 1));
}

Estimate answer(const Debiaser& debiaser, const Question& question, const DebiasedEffectOptions& options) {
  validate(options, question.estimand);
  const PredictionCells pooled = pool(question.arms);
  const PredictionCell all = pooled.totals();
  if (all.n < 2) throw DataError(fmt::format("{} rows are too few for an estimate", all.n));
  if (!(all.w > 0)) throw DataError("all weights are zero");
  TrialContrast contrast = contrast_of(question.arms, pooled, options.weighting);
  const std::unique_ptr<TrialMap> map = debiaser.trial_map(pooled);
  contrast.value = value_of(contrast, map->values);

  Estimate estimate;
  estimate.method = debiaser.method();
  estimate.estimand = question.estimand;
  estimate.level = options.level;
  estimate.n = estimate.n_used = static_cast<std::int64_t>(all.n);
  estimate.value = contrast.value;
  const MapUncertainty uncertainty = map->uncertainty(contrast);
  const double from_trial = trial_variance(contrast, map->values, options.weighting, uncertainty.trial_influence);
  estimate.std_error = std::sqrt(from_trial + uncertainty.calibration_variance);
  estimate.diagnostics = map->diagnostics;
  estimate.warnings = map->warnings;
  // Equal predictions leave no more than rounding errors.
  const double rounding = 1e-16 * pooled.lattice().step * pooled.lattice().step / all.n;
  if (!(from_trial > rounding)) {
    estimate = degenerate_estimate(std::string(debiaser.method()), std::string(question.estimand), estimate.n,
                                   "the predictions of the trial do not vary within its arms");
    return estimate;
  }
  estimate.diagnostics.add("trial_std_error", std::sqrt(from_trial));
  estimate.diagnostics.add("calibration_std_error", std::sqrt(uncertainty.calibration_variance));
  const Lattice& lattice = pooled.lattice();
  const NodeFunction identity{0, Eigen::VectorXd::Constant(1, lattice.low), lattice.step, lattice.step};
  estimate.diagnostics.add("naive_value", contrast.sum(identity));
  for (std::size_t k = 0; k < question.arms.size(); ++k) {
    const PredictionCell arm = question.arms[k]->totals();
    const char* name = question.arms.size() == 1 ? "effective_rows"
                       : k == 0                  ? "effective_control"
                                                 : "effective_treated";
    estimate.diagnostics.add(name, arm.w * arm.w / arm.ww);
  }
  if (options.interval == DebiasInterval::Bootstrap) {
    estimate.std_error = bootstrap_std_error(debiaser, question.arms, options);
    set_interval(estimate);
  } else {
    set_interval(estimate);
    map->refine_interval(contrast, from_trial, estimate);
  }
  return estimate;
}

}  // namespace

void TrialMap::refine_interval(const TrialContrast&, double, Estimate&) const {}

void Debiaser::correct(std::span<const double> predictions, std::span<double> corrected, int threads) const {
  PredictionCells cells(lattice());
  if (fits_on_trial()) {
    const RangeOfRows range = range_of(predictions, threads);
    cells.cover(range.least, range.most);
    PredictionCells* const only[] = {&cells};
    gather(
        predictions, only, threads, [](std::int64_t) { return 0; }, [](std::int64_t) { return 1.0; });
  }
  const std::unique_ptr<TrialMap> map = trial_map(cells);
  const Lattice grid = lattice();
  parallel_chunks(std::ssize(predictions), 1 << 16, threads, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      corrected[i] = map->values.at((predictions[i] - grid.low) / grid.step);
    }
  });
}

void Debiaser::apply(std::span<const double> predictions, std::span<double> corrected, int threads) const {
  if (predictions.size() != corrected.size()) {
    throw InvalidArgument(
        fmt::format("apply: {} predictions for {} corrected values", predictions.size(), corrected.size()));
  }
  const RangeOfRows range = range_of(predictions, threads);
  if (range.not_finite >= 0) {
    refuse_row("prediction", range.not_finite, predictions[static_cast<std::size_t>(range.not_finite)],
               "must be a finite number");
  }
  if (!predictions.empty()) correct(predictions, corrected, threads);
}

Eigen::VectorXd Debiaser::apply(const Eigen::Ref<const Eigen::VectorXd>& predictions, int threads) const {
  Eigen::VectorXd corrected(predictions.size());
  apply(span_of(predictions), {corrected.data(), static_cast<std::size_t>(corrected.size())}, threads);
  return corrected;
}

Estimate Debiaser::mean(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                        const Eigen::Ref<const Eigen::VectorXd>& weights, const DebiasedEffectOptions& options) const {
  if (weights.size() != 0 && weights.size() != predictions.size()) {
    throw InvalidArgument(fmt::format("mean: {} weights for {} predictions", weights.size(), predictions.size()));
  }
  const RangeOfRows range = range_of(span_of(predictions), options.run.threads);
  if (range.not_finite >= 0) {
    refuse_row("prediction", range.not_finite, predictions(range.not_finite), "must be a finite number");
  }
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    if (!(weights(i) >= 0 && std::isfinite(weights(i)))) refuse_row("weight", i, weights(i), "must not be negative");
  }
  PredictionCells cells(lattice());
  if (predictions.size() > 0) cells.cover(range.least, range.most);
  PredictionCells* const only[] = {&cells};
  gather(
      span_of(predictions), only, options.run.threads, [](std::int64_t) { return 0; },
      [&](std::int64_t i) { return weights.size() == 0 ? 1 : weights(i); });
  return mean(cells, options);
}

Estimate Debiaser::ate(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                       const Eigen::Ref<const Eigen::VectorXd>& treatment, const TrialWeights& weights,
                       const DebiasedEffectOptions& options) const {
  StreamingAte stream(*this, options.run.threads);
  stream.push(span_of(predictions), span_of(treatment), span_of(weights.propensity), span_of(weights.weights));
  return stream.finish(options);
}

Estimate Debiaser::mean(const PredictionCells& rows, const DebiasedEffectOptions& options) const {
  return answer(*this, {"mean", {&rows}}, options);
}

Estimate Debiaser::ate(const PredictionCells& control, const PredictionCells& treated,
                       const DebiasedEffectOptions& options) const {
  for (const auto* arm : {&control, &treated}) {
    if (arm->totals().w > 0) continue;
    throw DataError(fmt::format("no row of positive weight has treatment {}", arm == &treated ? 1 : 0), {},
                    "An effect needs rows of both arms.");
  }
  return answer(*this, {"ate", {&control, &treated}}, options);
}

}  // namespace causal::estimation
