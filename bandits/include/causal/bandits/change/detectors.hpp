#pragma once
// Has a mechanism changed? Detectors over its innovations: the node's value less what its parents predict.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace causal::bandits {

/// The divergence of N(m, v) from N(0, sd^2), in nats, with m and v the mean and the (maximum likelihood) variance of
/// the innovations: ln(sd / sqrt v) + (v + m^2) / (2 sd^2) - 1/2, the generalised log likelihood ratio of a change over
/// its sample size. Infinite when v = 0. Errors: InvalidArgument for no innovations or sd <= 0.
[[nodiscard]] double kl_statistic(std::span<const double> innovations, double sd);

/// The threshold of the divergence over `window` innovations at which `mechanisms` of them together give about one
/// false alarm in `rounds_between_alarms` rounds: 1.3 ln(mechanisms * rounds) / window. The tail is near exp(-window
/// h); 1.3 pays for short windows. Errors: InvalidArgument for numbers below 1.
[[nodiscard]] double kl_threshold(int mechanisms, double rounds_between_alarms, int window);

/// The divergence over a sliding window.
class KlWindow {
 public:
  /// Errors: InvalidArgument for window < 2 or sd <= 0.
  KlWindow(int window, double sd);
  void add(double innovation);
  void reset() { values_.clear(); }
  /// Nothing until half of the window is filled.
  [[nodiscard]] std::optional<double> statistic() const;

 private:
  std::size_t window_;
  double sd_;
  std::size_t next_ = 0;
  std::vector<double> values_;
};

/// Likelihood ratio of a change of mean or variance at the best of a geometric grid of times, over all innovations
/// since the last reset. Tails shorter than eight innovations are judged by their mean alone: a variance of so few is
/// small too often.
class GlrDetector {
 public:
  /// Errors: InvalidArgument for sd <= 0.
  explicit GlrDetector(double sd);
  void add(double innovation);
  void reset();
  struct Peak {
    double statistic = 0;   ///< Log likelihood ratio.
    std::int64_t tail = 0;  ///< How many of the last innovations it takes for changed.
  };
  /// O(log of the number of innovations).
  [[nodiscard]] Peak peak() const;
  /// ln(mechanisms) + ln(rounds_between_alarms) + 3.
  [[nodiscard]] static double threshold(int mechanisms, double rounds_between_alarms);

 private:
  double sd_;
  std::vector<double> sums_{0};  // of the first k standardised innovations
  std::vector<double> squares_{0};
};

/// Two-sided cumulative sum for a shift of the mean by `shift` standard deviations.
class Cusum {
 public:
  /// Errors: InvalidArgument for sd <= 0 or shift <= 0.
  Cusum(double sd, double shift);
  void add(double innovation);
  void reset() { up_ = down_ = 0; }
  /// The larger of both sides: a log likelihood ratio, never negative.
  [[nodiscard]] double statistic() const { return up_ > down_ ? up_ : down_; }

 private:
  double sd_;
  double shift_;
  double up_ = 0;
  double down_ = 0;
};

}  // namespace causal::bandits
