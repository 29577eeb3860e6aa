#include "effect/dml_fits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace causal::estimation {
namespace {

constexpr std::uint32_t kStreamsPerRepetition = 192;

}  // namespace

bool is_indicator(const Eigen::Ref<const Eigen::VectorXd>& y) {
  return std::all_of(y.begin(), y.end(), [](double value) { return value == 0 || value == 1; });
}

DmlFits::DmlFits(const EffectData& data, std::span<const int> strata, const NuisanceOptions& options,
                 const RunOptions& run, std::uint32_t repetition)
    : data_(data),
      options_(options),
      run_(run),
      base_stream_(repetition * kStreamsPerRepetition),
      folds_(make_folds(data.n(), options.folds, strata, data.clusters, run.seed, repetition)) {}

Eigen::VectorXd DmlFits::predict(std::string_view what, const Eigen::VectorXd& y, DmlStream stream, std::uint32_t slot,
                                 std::span<const char> train) {
  const LearnerKind kind = stream == DmlStream::Outcome ? options_.outcome_learner : options_.propensity_learner;
  const FitContext context{.target = is_indicator(y) ? Target::Probability : Target::Mean,
                           .seed = run_.seed,
                           .stream = base_stream_ + static_cast<std::uint32_t>(stream) + slot % 32,
                           .threads = run_.threads};
  const CrossFitted fitted = cross_fit(*make_learner(kind, options_.learners), data_.covariates.values, y,
                                       data_.weights, train, folds_, context);
  for (const std::string& warning : fitted.warnings) warnings_.push_back(fmt::format("{}: {}", what, warning));
  figures_.push_back({fmt::format("{}_loss", what), fitted.loss});
  return fitted.prediction;
}

Eigen::VectorXd DmlFits::propensity(std::string_view what, const Eigen::VectorXd& indicator, DmlStream stream) {
  Eigen::VectorXd e = predict(what, indicator, stream);
  const std::int64_t moved = clip_probabilities(e, options_.clip);
  figures_.push_back({"clipped_rows", static_cast<double>(moved)});
  if (moved > 0) {
    warnings_.push_back(
        fmt::format("{} of {} rows have a probability of the {} outside [{}, {}], which was moved there", moved,
                    data_.n(), what, options_.clip, 1 - options_.clip));
  }
  return e;
}

}  // namespace causal::estimation
