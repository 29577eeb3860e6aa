// The fit: noise variance, score, and the table of the map. Uncertainty is in tweedie_trial.cpp.
//
// Deviations from the formula u - sigma^2 s(u) of the source:
// - With a noise variance that depends on u the map is u - (sigma^2 p)' / p = u - sigma^2 s - (sigma^2)'. Without the
//   last term it would be further off than with a constant variance.
// - The score comes as a table that is linear between nodes a sixteenth of a bandwidth apart, so that a trial can be
//   gathered in the cells of the table without loss.
#include "causal/estimation/debias/tweedie.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "debias/calibration_rows.hpp"
#include "debias/trial_lattice.hpp"

namespace causal::estimation {
namespace {

constexpr double kLeastFalling = 1e-3;  // Share of rows on falling stretches of the map that is warned of.
constexpr std::int64_t kBinRows = 10;   // Fewest rows of a bin: enough that no single one shows.
constexpr std::int64_t kMostBins = 256;

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments_of(std::span<const double> sample, int threads) {
  const std::int64_t n = std::ssize(sample);
  const auto value = [&](std::int64_t i) { return sample[static_cast<std::size_t>(i)]; };
  const double mean = blocked_sum(n, threads, value) / static_cast<double>(n);
  const double square = blocked_sum(n, threads, [&](std::int64_t i) { return (value(i) - mean) * (value(i) - mean); });
  return {mean, square / static_cast<double>(n - 1)};
}

ResidualBins residual_bins(const Eigen::Ref<const Eigen::VectorXd>& predictions, const Eigen::VectorXd& c,
                           const NoiseVariance& noise) {
  const std::int64_t n = predictions.size();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    return predictions(a) != predictions(b) ? predictions(a) < predictions(b) : a < b;
  });
  const std::int64_t count = std::clamp<std::int64_t>(n / kBinRows, 1, kMostBins);
  ResidualBins bins;
  for (Eigen::VectorXd* column : {&bins.n, &bins.prediction, &bins.c, &bins.cc, &bins.r, &bins.rr, &bins.cr}) {
    *column = Eigen::VectorXd::Zero(count);
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const Eigen::Index row = order[static_cast<std::size_t>(i)];
    const Eigen::Index b = i * count / n;
    const double expected = noise.at(predictions(row)).variance + noise.shift;
    const double r = c(row) * c(row) - expected;
    bins.n(b) += 1;
    bins.prediction(b) += predictions(row);
    bins.c(b) += c(row);
    bins.cc(b) += c(row) * c(row);
    bins.r(b) += r;
    bins.rr(b) += r * r;
    bins.cr(b) += c(row) * r;
  }
  bins.prediction = bins.prediction.cwiseQuotient(bins.n);
  return bins;
}

/// The nearest increasing function in weighted squares (pool adjacent violators).
Eigen::VectorXd increasing(const Eigen::VectorXd& values, const Eigen::VectorXd& weights) {
  struct Block {
    double mean, weight;
    Eigen::Index size;
  };
  std::vector<Block> blocks;
  for (Eigen::Index k = 0; k < values.size(); ++k) {
    blocks.push_back({values(k), weights(k), 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean > blocks.back().mean) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& into = blocks.back();
      const double weight = into.weight + last.weight;
      into.mean += (last.mean - into.mean) * (last.weight / weight);
      into.weight = weight;
      into.size += last.size;
    }
  }
  Eigen::VectorXd result(values.size());
  Eigen::Index at = 0;
  for (const Block& block : blocks) {
    result.segment(at, block.size).setConstant(block.mean);
    at += block.size;
  }
  return result;
}

void check_sample(const TweedieSample& sample, const TweedieOptions& options) {
  validate(options, "TweedieDebiaser::fit");
  check_calibration_rows("TweedieDebiaser::fit", sample.predictions, sample.outcomes, 3);
  if (!(options.clamp_low < options.clamp_high)) {
    throw InvalidArgument("TweedieDebiaser::fit", "clamp_low", fmt::format("{}", options.clamp_low),
                          "be below clamp_high");
  }
  const bool upstream = options.score_source == ScoreSource::Upstream;
  if (upstream != !sample.upstream.empty()) {
    throw InvalidArgument(upstream ? "score_source is upstream, but there is no upstream sample"
                                   : "there is an upstream sample, but score_source is not upstream",
                          "TweedieDebiaser::fit");
  }
  if (upstream && sample.upstream.size() < 2) throw DataError("the upstream sample has a single row");
  if (sample.noise_predictions.empty() != sample.noise_outcomes.empty()) {
    throw InvalidArgument("rows for the noise variance need both predictions and outcomes", "TweedieDebiaser::fit");
  }
  if (options.score.exact && options.score_source == ScoreSource::Trial) {
    throw InvalidArgument("the score of a trial is made from gathered rows and cannot be exact", "TweedieDebiaser::fit",
                          "Leave out exact, or take score_source calibration.");
  }
}

}  // namespace

NodeFunction TweedieDebiaser::map_of(const ScoreTable& score, double& falling_mass) const {
  const Eigen::Index m = score.score.values.size();
  NodeFunction map{score.score.first, Eigen::VectorXd(m), 0, 0};
  const double added = options_.center ? offset_ : 0;
  const auto node = [&](Eigen::Index k) {
    return lattice_.low + lattice_.step * static_cast<double>(score.score.first + k);
  };
  for (Eigen::Index k = 0; k < m; ++k) {
    const NoiseVariance::Point noise = noise_.at(node(k));
    map.values(k) = node(k) - noise.variance * score.score.values(k) - noise.slope + added;
  }
  map.slope_below = lattice_.step - noise_.at(node(0)).variance * score.score.slope_below;
  map.slope_above = lattice_.step - noise_.at(node(m - 1)).variance * score.score.slope_above;
  falling_mass = 0;
  for (Eigen::Index k = 0; k + 1 < m; ++k) {
    if (map.values(k + 1) < map.values(k)) {
      falling_mass += 0.5 * (score.density(k) + score.density(k + 1)) * lattice_.step;
    }
  }
  if (options_.isotonic) map.values = increasing(map.values, score.density);
  if (std::isfinite(options_.clamp_low) || std::isfinite(options_.clamp_high)) {
    map.values = map.values.cwiseMax(options_.clamp_low).cwiseMin(options_.clamp_high);
    map.slope_below = map.slope_above = 0;
  }
  return map;
}

TweedieDebiaser TweedieDebiaser::fit(const TweedieSample& sample, const TweedieOptions& options) {
  check_sample(sample, options);
  TweedieDebiaser debiaser;
  debiaser.options_ = options;
  debiaser.calibration_ = summarize_calibration(sample.predictions, sample.outcomes);
  const CalibrationSummary& summary = debiaser.calibration_;
  if (!(summary.most > summary.least)) throw DataError("all predictions of the calibration rows are equal");
  if (summary.outcome_variance <= 0) throw DataError("all outcomes of the calibration rows are equal");
  debiaser.warnings_ = calibration_warnings(summary, true);

  debiaser.shared_rows_ = options.score_source == ScoreSource::Calibration && sample.noise_predictions.empty();
  if (sample.noise_predictions.empty()) {
    debiaser.fit_noise(sample.predictions, sample.outcomes);
  } else {
    const auto vector = [](std::span<const double> values) {
      return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(values.data(), std::ssize(values)));
    };
    const Eigen::VectorXd predictions = vector(sample.noise_predictions);
    const Eigen::VectorXd outcomes = vector(sample.noise_outcomes);
    check_calibration_rows("TweedieDebiaser::fit", predictions, outcomes, 3);
    debiaser.fit_noise(predictions, outcomes);
  }
  if (options.score_source == ScoreSource::Trial) {
    debiaser.lattice_ = lattice_around(summary, 512);
    if (options.score.bandwidth == BandwidthRule::User) {
      const double bandwidth = kernel_bandwidth(BandwidthRule::User, 2, 1, options.score.bandwidth_value);
      debiaser.lattice_.step = std::min(debiaser.lattice_.step, bandwidth / options.score.nodes_per_bandwidth);
    }
    return debiaser;
  }
  const std::span<const double> rows =
      options.score_source == ScoreSource::Upstream
          ? sample.upstream
          : std::span<const double>(sample.predictions.data(), static_cast<std::size_t>(sample.predictions.size()));
  debiaser.fit_fixed_score(rows);
  return debiaser;
}

void TweedieDebiaser::fit_noise(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  const Eigen::VectorXd residual = outcomes - predictions;
  offset_ = residual.mean();
  const Eigen::VectorXd c = residual.array() - offset_;
  n_noise_ = predictions.size();
  const double raw = c.squaredNorm() / static_cast<double>(n_noise_);
  if (options_.label_noise_var > 0 && options_.label_noise_var >= raw) {
    throw DataError(fmt::format("label_noise_var = {} is not below the variance of outcome - prediction, {}",
                                options_.label_noise_var, raw));
  }
  if (options_.heteroscedastic && raw > 0) {
    std::int64_t floored = 0;
    noise_ = fit_noise_variance(predictions, c, options_.label_noise_var, floored);
    diagnostics_.add("floored_variance_rows", static_cast<double>(floored));
    if (floored > 0) {
      warnings_.push_back(
          fmt::format("the noise variance of {} calibration rows was below 1 % of its mean and set to "
                      "that",
                      floored));
    }
  } else {
    noise_.variance = raw - options_.label_noise_var;
    noise_.shift = options_.label_noise_var;
  }
  if (noise_.variance <= 0) {
    warnings_.push_back("zero_sigma_identity: predictions equal outcomes up to a constant, nothing is corrected");
  }
  bins_ = residual_bins(predictions, c, noise_);
  diagnostics_.add("sigma", std::sqrt(noise_.variance));
  diagnostics_.add("offset", offset_);
}

void TweedieDebiaser::fit_fixed_score(std::span<const double> rows) {
  const Moments moments = moments_of(rows, options_.threads);
  if (!(moments.variance > 0)) throw DataError("the predictions that give the score are constant");
  const auto n = static_cast<double>(rows.size());
  const double bandwidth =
      kernel_bandwidth(options_.score.bandwidth, n, std::sqrt(moments.variance), options_.score.bandwidth_value);
  const NodeMasses masses = node_masses(rows, bandwidth, options_.score.nodes_per_bandwidth, options_.threads);
  lattice_ = {masses.low, masses.step, 0, masses.mass.size() - 1};
  score_ = fit_score(lattice_, 0, masses.mass, moments.mean, moments.variance, bandwidth, options_.score, rows,
                     options_.threads);
  double falling = 0;
  map_ = map_of(score_, falling);
  diagnostics_.add("bandwidth", bandwidth);
  diagnostics_.add("score_rows", n);
  diagnostics_.add("tail_rows", score_.tail_rows);
  diagnostics_.add("gap_rows", score_.gap_rows);
  diagnostics_.add("falling_mass", falling);
  if (falling > kLeastFalling) {
    warnings_.push_back(
        fmt::format("non_monotone: {:.2g} % of the predictions lie where the map falls", 100 * falling));
  }
  // The tail quantiles alone take 2 * tail_quantile.
  if (score_.tail_rows + score_.gap_rows > (2 * options_.score.tail_quantile + 0.02) * n) {
    warnings_.push_back(
        fmt::format("{:.0f} of {:.0f} predictions lie where too few others do: their score was "
                    "continued from their neighbours",
                    score_.tail_rows + score_.gap_rows, n));
  }
}

}  // namespace causal::estimation
