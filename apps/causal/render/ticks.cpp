#include "render/ticks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace causal::render {
namespace {

/// The smallest of 1, 2, 5, 10 times a power of ten that is at least `length`.
double round_step(double length) {
  const double power = std::pow(10, std::floor(std::log10(length)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= length * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string label(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (size >= 1e15 || size < 1e-5) return fmt::format("{:.6g}", value);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  // A zero that came out as -1e-17.
  return text.find_first_not_of("-0.") == std::string::npos && text.front() == '-' ? text.substr(1) : text;
}

}  // namespace

std::vector<Tick> round_ticks(double low, double high, int wanted) {
  const double length = high / wanted - low / wanted;
  const double coarseness = std::max(std::abs(low), std::abs(high)) * 1e-14;
  if (!(length > coarseness) || length < 1e-300) return {{low, fmt::format("{:.10g}", low)}};
  const double step = round_step(length);
  std::vector<Tick> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (double k = first; (k - 1e-9) * step <= high && std::ssize(ticks) < 2 * wanted; ++k) {
    if (!std::isfinite(k * step)) break;
    ticks.push_back({k * step, label(k * step, step)});
  }
  if (ticks.empty()) ticks.push_back({low, label(low, length)});
  return ticks;
}

}  // namespace causal::render
