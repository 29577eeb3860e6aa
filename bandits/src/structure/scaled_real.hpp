#pragma once
// Non-negative numbers with an exponent of their own: what a logarithm does for range, without its price for sums.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace causal::bandits {

/// 2^-k for k >= 0; from 1022 on it is 2^-1022, which vanishes beside what it is added to.
[[nodiscard]] inline double inverse_power(std::int64_t k) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(1023 - (k < 1022 ? k : 1022)) << 52);
}

/// mantissa * 2^exponent. Zero has a very low exponent. Sums keep the larger exponent and let the mantissa grow: good
/// for some thousand of them; `normalised` brings the mantissa back into [1/2, 1).
struct ScaledReal {
  double mantissa = 0;
  std::int64_t exponent = kZero;

  static constexpr std::int64_t kZero = std::int64_t{-1} << 40;

  [[nodiscard]] static ScaledReal from_log(double log_value) {
    if (!(log_value > -std::numeric_limits<double>::infinity())) return {};
    constexpr double kLog2E = 1.4426950408889634074;
    const double binary = log_value * kLog2E;
    const double whole = std::floor(binary);
    return {std::exp2(binary - whole), static_cast<std::int64_t>(whole)};
  }
  [[nodiscard]] double log() const {
    constexpr double kLn2 = 0.69314718055994530942;
    return mantissa > 0 ? std::log(mantissa) + kLn2 * static_cast<double>(exponent)
                        : -std::numeric_limits<double>::infinity();
  }
  [[nodiscard]] ScaledReal normalised() const {
    if (mantissa <= 0) return {};
    int shift = 0;
    const double part = std::frexp(mantissa, &shift);
    return {part, exponent + shift};
  }
  [[nodiscard]] ScaledReal reciprocal() const { return {1 / mantissa, -exponent}; }
  friend ScaledReal operator+(const ScaledReal& a, const ScaledReal& b) {
    if (a.exponent >= b.exponent) return {a.mantissa + b.mantissa * inverse_power(a.exponent - b.exponent), a.exponent};
    return {b.mantissa + a.mantissa * inverse_power(b.exponent - a.exponent), b.exponent};
  }
  friend ScaledReal operator*(const ScaledReal& a, const ScaledReal& b) {
    if (a.mantissa <= 0 || b.mantissa <= 0) return {};
    return {a.mantissa * b.mantissa, a.exponent + b.exponent};
  }
  /// a / b as a plain number; b > 0 and a / b within the range of double.
  [[nodiscard]] static double ratio(const ScaledReal& a, const ScaledReal& b) {
    if (a.mantissa <= 0) return 0;
    const std::int64_t shift = a.exponent - b.exponent;
    if (shift < -1000) return 0;
    const double part = a.mantissa / b.mantissa;
    return shift <= 0 ? part * inverse_power(-shift) : std::ldexp(part, static_cast<int>(shift));
  }
};

}  // namespace causal::bandits
