#pragma once
// The inner loop of every text reader: the decimal number at the start of a text.

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace causal::io::detail {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

inline constexpr std::array<std::uint64_t, 9> kIntegerPowersOfTen = {1,       10,        100,        1'000,      10'000,
                                                                     100'000, 1'000'000, 10'000'000, 100'000'000};

/// The number that eight digits 0 to 9, one a byte, spell (first digit in the lowest byte): neighbours are joined to
/// pairs, pairs to fours, fours to eight.
inline std::uint64_t join_digits(std::uint64_t digits) {
  constexpr std::uint64_t kPairs = 0x000000FF000000FF;
  digits = digits * 10 + (digits >> 8);
  return ((digits & kPairs) * (100 + (std::uint64_t{1'000'000} << 32)) +
          ((digits >> 16) & kPairs) * (1 + (std::uint64_t{10'000} << 32))) >>
         32;
}

/// Appends the digits at the start of [p, end) to `value` (modulo 2^64) and returns where they stop. Eight bytes at a
/// time, without a branch on the number of digits, which is hard to predict in columns of numbers.
inline const char* scan_digits(const char* p, const char* end, std::uint64_t& value) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - p >= 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, p, 8);
      const std::uint64_t digits = bytes ^ 0x3030303030303030;  // 0 to 9 where there is a digit, larger elsewhere
      const std::uint64_t others = (((digits & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676) | digits) & 0x8080808080808080;
      const int count = std::countr_zero(others) / 8;
      if (count == 0) return p;
      // Leading zeros in place of what follows the digits.
      value = value * kIntegerPowersOfTen[static_cast<std::size_t>(count)] + join_digits(digits << (64 - 8 * count));
      p += count;
      if (count < 8) return p;
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
  if (p == end) return nullptr;
  // Signs of data are as unpredictable as their digits: no branches on them.
  const bool negative = *p == '-';
  p += negative || *p == '+' ? 1 : 0;
  const char* digits = p;
  std::uint64_t significand = 0;
  p = scan_digits(p, end, significand);
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
    value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(magnitude) | std::uint64_t{negative} << 63);
    return p;
  }
  const std::from_chars_result result = std::from_chars(*first == '+' ? first + 1 : first, p, value);
  return result.ec == std::errc{} ? result.ptr : nullptr;
}

}  // namespace causal::io::detail
