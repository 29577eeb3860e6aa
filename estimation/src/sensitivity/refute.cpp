#include "causal/estimation/sensitivity/refute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "replicates.hpp"

namespace causal::estimation {
namespace {

constexpr int kFewest = 20;

/// Keeps the random numbers of the checks apart.
enum class Check : std::uint32_t { Placebo = 16, Dummy, RandomCause, Subset, Noise };

RandomStream stream_of(const RefuteOptions& options, Check check, std::int64_t replicate) {
  return {options.run.seed, RandomDomain::Resample, static_cast<std::uint32_t>(replicate),
          static_cast<std::uint32_t>(check)};
}

/// What a check is about, in words.
struct Question {
  std::string check;
  std::string change;
  bool expects_zero;
};

void conclude(Refutation& result, const Question& question, const RefuteOptions& options) {
  result.p_value = two_sided_rank_p(result.replicates, result.expected);
  result.problem = result.p_value < options.alpha;
  if (question.expects_zero && result.std_dev > 0) {
    const double z = result.mean / (result.std_dev / std::sqrt(static_cast<double>(result.replicates.size())));
    result.mean_p_value = two_sided_normal_p(z);
  }
  result.statement = fmt::format(
      "{}: mean {:.4g} (sd {:.2g}) over {} replicates, expected {:.4g}, p = {:.3g}: {}. p < {:g} means the check found "
      "a problem; a larger p does not prove the estimate right.",
      question.change, result.mean, result.std_dev, result.replicates.size(), result.expected, result.p_value,
      result.problem ? "the check found a problem" : "no problem found", options.alpha);
}

template <class Change>
Refutation refute(const EffectData& data, const EffectEstimator& estimator, const RefuteOptions& options,
                  const Question& question, Change&& change) {
  validate(options, question.check);
  const Estimate original = estimator(data);
  Refutation result;
  result.check = question.check;
  result.asked = options.replicates;
  result.original = original.value;
  result.expected = question.expects_zero ? 0 : original.value;
  if (!std::isfinite(original.value)) {
    result.status = Status::Degenerate;
    result.statement = "the estimate itself is degenerate: there is nothing to check";
    return result;
  }
  const Replicates done = run_replicates(options.replicates, options.run, question.check,
                                         [&](std::int64_t b) { return estimator(change(b)); });
  result.replicates = done.values;
  result.failed = done.failed;
  result.status = done.status;
  if (done.failed > 0) {
    result.warnings.push_back(fmt::format("{} of {} replicates failed and are left out: {}", done.failed,
                                          options.replicates, done.first_failure));
  }
  if (done.status != Status::Ok) {
    result.warnings.push_back(fmt::format("stopped early, after {} of {} replicates",
                                          done.values.size() + static_cast<std::size_t>(done.failed),
                                          options.replicates));
  }
  if (!result.replicates.empty()) {
    result.mean = mean_of(result.replicates);
    result.std_dev = standard_deviation(result.replicates);
  }
  if (std::ssize(result.replicates) < kFewest) {
    if (result.status == Status::Ok) result.status = Status::Degenerate;
    result.statement = fmt::format("{}: {} of {} replicates gave a number; {} are needed for a p-value",
                                   question.change, result.replicates.size(), options.replicates, kFewest);
    return result;
  }
  conclude(result, question, options);
  return result;
}

template <class Values>
void permute_rows(Values& values, const std::vector<int>& order) {
  const Values before = values;
  for (std::size_t i = 0; i < order.size(); ++i) {
    values[static_cast<decltype(values.size())>(i)] = before[static_cast<decltype(values.size())>(order[i])];
  }
}

/// Rows of whole units (clusters, or rows) in the order they are drawn in, with a number for each draw.
ResampledRows draw_units(const EffectData& data, RandomStream& stream, double share, bool replace) {
  const bool clustered = !data.clusters.empty();
  const int units =
      clustered ? 1 + *std::max_element(data.clusters.begin(), data.clusters.end()) : static_cast<int>(data.n());
  std::vector<int> drawn;
  if (replace) {
    for (int i = 0; i < units; ++i) drawn.push_back(static_cast<int>(stream.below(static_cast<std::uint64_t>(units))));
  } else {
    drawn = stream.choice(units, std::max(1, static_cast<int>(std::lround(share * units))));
  }
  if (!clustered) return {std::move(drawn), {}};
  std::vector<std::vector<int>> rows(static_cast<std::size_t>(units));
  for (int i = 0; i < static_cast<int>(data.n()); ++i) {
    rows[static_cast<std::size_t>(data.clusters[static_cast<std::size_t>(i)])].push_back(i);
  }
  ResampledRows sample;
  for (std::size_t number = 0; number < drawn.size(); ++number) {
    for (const int row : rows[static_cast<std::size_t>(drawn[number])]) {
      sample.rows.push_back(row);
      sample.clusters.push_back(static_cast<int>(number));
    }
  }
  return sample;
}

bool has_two_values(const Eigen::Ref<const Eigen::VectorXd>& column) {
  const double low = column.minCoeff(), high = column.maxCoeff();
  return (column.array() == low || column.array() == high).all();
}

void add_noise(EffectData& data, RandomStream& stream, double noise) {
  for (Eigen::Index j = 0; j < data.covariates.values.cols(); ++j) {
    Eigen::Ref<Eigen::VectorXd> column = data.covariates.values.col(j);
    if (has_two_values(column)) continue;
    const double scale = noise * std::sqrt((column.array() - column.mean()).square().mean());
    for (Eigen::Index i = 0; i < column.size(); ++i) column(i) += scale * stream.normal();
  }
}

}  // namespace

Refutation placebo_treatment(const EffectData& data, const EffectEstimator& estimator, const RefuteOptions& options) {
  const Question question{"placebo_treatment", "Treatment permuted over the rows", true};
  return refute(data, estimator, options, question, [&](std::int64_t b) {
    RandomStream stream = stream_of(options, Check::Placebo, b);
    const std::vector<int> order = stream.permutation(static_cast<int>(data.n()));
    EffectData changed = data;
    permute_rows(changed.treatment, order);
    if (!changed.arms.empty()) permute_rows(changed.arms, order);
    if (changed.instruments.count() > 0) changed.instruments.values = data.instruments.values(order, Eigen::all);
    check_effect_data(changed);
    return changed;
  });
}

Refutation dummy_outcome(const EffectData& data, const EffectEstimator& estimator, const RefuteOptions& options) {
  const Question question{"dummy_outcome", "Outcome permuted over the rows", true};
  return refute(data, estimator, options, question, [&](std::int64_t b) {
    RandomStream stream = stream_of(options, Check::Dummy, b);
    EffectData changed = data;
    permute_rows(changed.outcome, stream.permutation(static_cast<int>(data.n())));
    check_effect_data(changed);
    return changed;
  });
}

Refutation random_common_cause(const EffectData& data, const EffectEstimator& estimator, const RefuteOptions& options) {
  const Question question{"random_common_cause", "A covariate of pure noise added", false};
  return refute(data, estimator, options, question, [&](std::int64_t b) {
    RandomStream stream = stream_of(options, Check::RandomCause, b);
    EffectData changed = data;
    const Eigen::Index p = changed.covariates.values.cols();
    changed.covariates.values.conservativeResize(data.n(), p + 1);
    changed.covariates.names.emplace_back("random_common_cause");
    for (Eigen::Index i = 0; i < data.n(); ++i) changed.covariates.values(i, p) = stream.normal();
    check_effect_data(changed);
    return changed;
  });
}

Refutation data_subset(const EffectData& data, const EffectEstimator& estimator, const RefuteOptions& options) {
  const Question question{"data_subset", fmt::format("A random {:.3g}% of the rows", 100 * options.subset), false};
  return refute(data, estimator, options, question, [&](std::int64_t b) {
    RandomStream stream = stream_of(options, Check::Subset, b);
    const ResampledRows sample = draw_units(data, stream, options.subset, false);
    return rows_of(data, sample.rows, sample.clusters);
  });
}

Refutation bootstrap_with_noise(const EffectData& data, const EffectEstimator& estimator,
                                const RefuteOptions& options) {
  const Question question{"bootstrap_with_noise", "Rows resampled, with noise on the covariates", false};
  return refute(data, estimator, options, question, [&](std::int64_t b) {
    RandomStream stream = stream_of(options, Check::Noise, b);
    const ResampledRows sample = draw_units(data, stream, 1, true);
    EffectData changed = rows_of(data, sample.rows, sample.clusters);
    add_noise(changed, stream, options.noise);
    return changed;
  });
}

}  // namespace causal::estimation
