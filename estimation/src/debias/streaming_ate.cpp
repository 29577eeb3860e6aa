#include "causal/estimation/debias/streaming_ate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "debias/calibration_rows.hpp"
#include "debias/gather.hpp"

namespace causal::estimation {
namespace {

constexpr double kOutsideShare = 0.01;

struct Rows {
  std::span<const double> predictions, treatment, propensity, weights;

  [[nodiscard]] double weight(std::int64_t i) const {
    const auto k = static_cast<std::size_t>(i);
    if (!weights.empty()) return weights[k];
    if (propensity.empty()) return 1;
    return treatment[k] != 0 ? 1 / propensity[k] : 1 / (1 - propensity[k]);
  }
};

void check_size(std::size_t size, std::size_t n, const char* name) {
  if (size == n) return;
  throw InvalidArgument(fmt::format("StreamingAte: {} values of {} for {} predictions", size, name, n));
}

/// What a piece adds to the counts, and whether its cells can be used.
struct Counts {
  std::int64_t bad_row = -1;
  std::int64_t zero_weights = 0;
  std::int64_t outside = 0;
  double largest_weight = 0;
};

bool usable(const Rows& rows, std::size_t i) {
  if (rows.treatment[i] != 0 && rows.treatment[i] != 1) return false;
  if (!rows.propensity.empty() && !(rows.propensity[i] > 0 && rows.propensity[i] < 1)) return false;
  return rows.weights.empty() || (rows.weights[i] >= 0 && std::isfinite(rows.weights[i]));
}

Counts count(const Rows& rows, double least, double most, int threads) {
  constexpr std::int64_t kBlock = 1 << 16;
  const std::int64_t n = std::ssize(rows.predictions);
  std::vector<Counts> parts(static_cast<std::size_t>((n + kBlock - 1) / kBlock));
  parallel_chunks(n, kBlock, threads, [&](std::int64_t begin, std::int64_t end, int) {
    Counts part;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (!usable(rows, k)) {
        part.bad_row = i;
        break;
      }
      const double weight = rows.weight(i);
      part.zero_weights += weight == 0 ? 1 : 0;
      part.outside += rows.predictions[k] < least || rows.predictions[k] > most ? 1 : 0;
      part.largest_weight = std::max(part.largest_weight, weight);
    }
    parts[static_cast<std::size_t>(begin / kBlock)] = part;
  });
  Counts counts;
  for (const Counts& part : parts) {
    if (part.bad_row >= 0) {
      counts.bad_row = part.bad_row;
      return counts;
    }
    counts.zero_weights += part.zero_weights;
    counts.outside += part.outside;
    counts.largest_weight = std::max(counts.largest_weight, part.largest_weight);
  }
  return counts;
}

[[noreturn]] void refuse(const Rows& rows, std::int64_t bad, std::int64_t before) {
  const auto k = static_cast<std::size_t>(bad);
  const std::int64_t row = before + bad;
  if (rows.treatment[k] != 0 && rows.treatment[k] != 1) {
    refuse_row("treatment", row, rows.treatment[k], "must be 0 or 1");
  }
  if (!rows.propensity.empty()) refuse_row("propensity", row, rows.propensity[k], "must lie in (0, 1)");
  refuse_row("weight", row, rows.weights[k], "must not be negative");
}

}  // namespace

StreamingAte::StreamingAte(const Debiaser& debiaser, int threads)
    : debiaser_(&debiaser), threads_(threads), control_(debiaser.lattice()), treated_(debiaser.lattice()) {}

void StreamingAte::push(std::span<const double> predictions, std::span<const double> treatment,
                        std::span<const double> propensity, std::span<const double> weights) {
  const Rows rows{predictions, treatment, propensity, weights};
  check_size(treatment.size(), predictions.size(), "treatment");
  if (!propensity.empty()) check_size(propensity.size(), predictions.size(), "propensity");
  if (!weights.empty()) check_size(weights.size(), predictions.size(), "weights");
  if (!propensity.empty() && !weights.empty()) {
    throw InvalidArgument("StreamingAte: propensity and weights are both given", {}, "Give one of them.");
  }
  if (predictions.empty()) return;
  const RangeOfRows range = range_of(predictions, threads_);
  if (range.not_finite >= 0) {
    refuse_row("prediction", rows_ + range.not_finite, predictions[static_cast<std::size_t>(range.not_finite)],
               "must be a finite number");
  }
  const CalibrationSummary& calibration = debiaser_->calibration();
  const Counts counts = count(rows, calibration.least, calibration.most, threads_);
  if (counts.bad_row >= 0) refuse(rows, counts.bad_row, rows_);
  control_.cover(range.least, range.most);
  treated_.cover(range.least, range.most);
  PredictionCells* const cells[] = {&control_, &treated_};
  gather(
      predictions, cells, threads_, [&](std::int64_t i) { return treatment[static_cast<std::size_t>(i)] != 0 ? 1 : 0; },
      [&](std::int64_t i) { return rows.weight(i); });
  rows_ += std::ssize(predictions);
  zero_weights_ += counts.zero_weights;
  outside_support_ += counts.outside;
  largest_weight_ = std::max(largest_weight_, counts.largest_weight);
}

void StreamingAte::merge(const StreamingAte& other) {
  control_.merge(other.control_);
  treated_.merge(other.treated_);
  rows_ += other.rows_;
  zero_weights_ += other.zero_weights_;
  outside_support_ += other.outside_support_;
  largest_weight_ = std::max(largest_weight_, other.largest_weight_);
}

Estimate StreamingAte::finish(const DebiasedEffectOptions& options) const {
  DebiasedEffectOptions chosen = options;
  if (chosen.run.threads == 0) chosen.run.threads = threads_;
  Estimate estimate = debiaser_->ate(control_, treated_, chosen);
  estimate.n = rows_;
  estimate.n_used = rows_ - zero_weights_;
  estimate.diagnostics.add("zero_weights", static_cast<double>(zero_weights_));
  estimate.diagnostics.add("outside_calibration_range", static_cast<double>(outside_support_));
  estimate.diagnostics.add("largest_weight", largest_weight_);
  if (zero_weights_ > 0) {
    estimate.warnings.push_back(fmt::format("{} of {} rows have weight 0", zero_weights_, rows_));
  }
  if (static_cast<double>(outside_support_) > kOutsideShare * static_cast<double>(rows_)) {
    estimate.warnings.push_back(
        fmt::format("{} of {} predictions lie outside [{:.6g}, {:.6g}], the range of the calibration rows",
                    outside_support_, rows_, debiaser_->calibration().least, debiaser_->calibration().most));
  }
  return estimate;
}

}  // namespace causal::estimation
