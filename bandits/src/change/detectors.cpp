#include "causal/bandits/change/detectors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

constexpr std::int64_t kShortTail = 8;

void require_positive(const char* function, const char* name, double value) {
  if (!(value > 0 && std::isfinite(value))) {
    throw InvalidArgument(function, name, std::to_string(value), "be positive and finite");
  }
}

}  // namespace

double kl_statistic(std::span<const double> innovations, double sd) {
  require_positive("kl_statistic", "sd", sd);
  if (innovations.empty()) throw InvalidArgument("kl_statistic: there must be at least one innovation");
  const double count = static_cast<double>(innovations.size());
  double mean = 0, variance = 0;
  for (const double e : innovations) mean += e / count;
  for (const double e : innovations) variance += (e - mean) * (e - mean) / count;
  if (variance <= 0) return std::numeric_limits<double>::infinity();
  return std::log(sd / std::sqrt(variance)) + (variance + mean * mean) / (2 * sd * sd) - 0.5;
}

double kl_threshold(int mechanisms, double rounds_between_alarms, int window) {
  if (mechanisms < 1 || !(rounds_between_alarms >= 1) || window < 1) {
    throw InvalidArgument("kl_threshold: mechanisms, rounds_between_alarms and window must be at least 1");
  }
  return 1.3 * std::log(mechanisms * rounds_between_alarms) / window;
}

KlWindow::KlWindow(int window, double sd) : window_(static_cast<std::size_t>(std::max(window, 0))), sd_(sd) {
  require_positive("KlWindow", "sd", sd);
  if (window < 2) throw InvalidArgument("KlWindow", "window", std::to_string(window), "be at least 2");
}

void KlWindow::add(double innovation) {
  if (values_.size() < window_) {
    if (values_.empty()) next_ = 0;
    values_.push_back(innovation);
    return;
  }
  values_[next_] = innovation;
  next_ = (next_ + 1) % window_;
}

std::optional<double> KlWindow::statistic() const {
  if (values_.size() < (window_ + 1) / 2) return std::nullopt;
  return kl_statistic(values_, sd_);
}

GlrDetector::GlrDetector(double sd) : sd_(sd) { require_positive("GlrDetector", "sd", sd); }

void GlrDetector::add(double innovation) {
  const double z = innovation / sd_;
  sums_.push_back(sums_.back() + z);
  squares_.push_back(squares_.back() + z * z);
}

void GlrDetector::reset() {
  sums_.assign(1, 0.0);
  squares_.assign(1, 0.0);
}

GlrDetector::Peak GlrDetector::peak() const {
  const auto total = static_cast<std::int64_t>(sums_.size()) - 1;
  Peak best;
  for (std::int64_t tail = 1; tail <= total; tail = std::max(tail + 1, tail * 5 / 4)) {
    const auto k = static_cast<std::size_t>(total - tail);
    const double length = static_cast<double>(tail);
    const double sum = sums_.back() - sums_[k];
    double statistic = sum * sum / (2 * length);
    if (tail >= kShortTail) {
      const double variance = (squares_.back() - squares_[k]) / length - sum * sum / (length * length);
      statistic = variance > 0 ? statistic + length / 2 * (variance - std::log(variance) - 1)
                               : std::numeric_limits<double>::infinity();
    }
    if (statistic > best.statistic) best = {statistic, tail};
  }
  return best;
}

double GlrDetector::threshold(int mechanisms, double rounds_between_alarms) {
  if (mechanisms < 1 || !(rounds_between_alarms >= 1)) {
    throw InvalidArgument("GlrDetector::threshold: mechanisms and rounds_between_alarms must be at least 1");
  }
  return std::log(mechanisms) + std::log(rounds_between_alarms) + 3;
}

Cusum::Cusum(double sd, double shift) : sd_(sd), shift_(shift) {
  require_positive("Cusum", "sd", sd);
  require_positive("Cusum", "shift", shift);
}

void Cusum::add(double innovation) {
  const double z = innovation / sd_;
  up_ = std::max(0.0, up_ + shift_ * z - shift_ * shift_ / 2);
  down_ = std::max(0.0, down_ - shift_ * z - shift_ * shift_ / 2);
}

}  // namespace causal::bandits
