#pragma once
// The inner loop of every text reader: the decimal number at the start of a text.

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace causal::io::detail {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// Whether the eight bytes (first byte lowest) are digits: adding 6 to the low half of a byte leaves the high half at 3
/// for '0'..'9' and for nothing else whose high half is 3.
inline bool are_eight_digits(std::uint64_t bytes) {
  constexpr std::uint64_t kHigh = 0xF0F0F0F0F0F0F0F0;
  return ((bytes & kHigh) | (((bytes + 0x0606060606060606) & kHigh) >> 4)) == 0x3333333333333333;
}

/// The number eight digit bytes spell: neighbours are joined to pairs, pairs to fours, fours to eight.
inline std::uint64_t eight_digits(std::uint64_t bytes) {
  bytes -= 0x3030303030303030;
  bytes = (bytes * 10) + (bytes >> 8);
  bytes = ((bytes & 0x000000FF000000FF) * (100 + (std::uint64_t{1000000} << 32)) +
           ((bytes >> 16) & 0x000000FF000000FF) * (1 + (std::uint64_t{10000} << 32))) >>
          32;
  return bytes;
}

inline const char* scan_digits(const char* p, const char* end, std::uint64_t& value) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - p >= 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, p, 8);
      if (!are_eight_digits(bytes)) break;
      value = value * 100'000'000 + eight_digits(bytes);
      p += 8;
    }
  }
  for (; p < end && is_digit(*p); ++p) value = value * 10 + static_cast<std::uint64_t>(*p - '0');
  return p;
}

inline constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Reads the longest decimal number (sign, digits with an optional point, exponent) at the start of [first, end) and
/// returns where it stops; nullptr when there is none or it is outside the range of double.
///
/// Up to 19 digits and powers of ten up to 22 are exact in integers and doubles, so that one correctly rounded
/// multiplication or division gives the correctly rounded result (Clinger 1990); all else goes to std::from_chars.
inline const char* scan_decimal(const char* first, const char* end, double& value) {
  const char* p = first;
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) ++p;
  const char* digits = p;
  std::uint64_t significand = 0;
  for (; p < end && is_digit(*p); ++p) significand = significand * 10 + static_cast<std::uint64_t>(*p - '0');
  std::int64_t count = p - digits;
  std::int64_t exponent = 0;
  if (p < end && *p == '.') {
    const char* fraction = ++p;
    p = scan_digits(p, end, significand);
    exponent = fraction - p;
    count += p - fraction;
  }
  if (count == 0) return nullptr;
  bool plain = count <= 19;
  if (p < end && (*p == 'e' || *p == 'E')) {
    const char* q = p + 1;
    const bool down = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+')) ++q;
    if (q < end && is_digit(*q)) {
      const char* power_digits = q;
      std::uint64_t power = 0;
      q = scan_digits(q, end, power);
      plain = plain && q - power_digits <= 4;
      if (plain) exponent += down ? -static_cast<std::int64_t>(power) : static_cast<std::int64_t>(power);
      p = q;
    }
  }
  if (plain && significand <= (std::uint64_t{1} << 53) && exponent >= -22 && exponent <= 22) {
    const double exact = static_cast<double>(significand);
    const double magnitude = exponent < 0 ? exact / kPowersOfTen[static_cast<std::size_t>(-exponent)]
                                          : exact * kPowersOfTen[static_cast<std::size_t>(exponent)];
    value = negative ? -magnitude : magnitude;
    return p;
  }
  const std::from_chars_result result = std::from_chars(*first == '+' ? first + 1 : first, p, value);
  return result.ec == std::errc{} ? result.ptr : nullptr;
}

}  // namespace causal::io::detail
