#include "causal/io/parse_number.hpp"

#include <algorithm>

#include "io/decimal.hpp"

namespace causal::io {
namespace {

using detail::is_digit;

// The end of the decimal number at the start of [p, end), by grammar alone; nullptr when there is none. `order` is the
// power of ten of its first significant digit, or far below zero for a zero.
const char* scan_grammar(const char* p, const char* end, std::int64_t& order) {
  constexpr std::int64_t kFar = 1'000'000'000;
  if (p < end && (*p == '-' || *p == '+')) ++p;
  std::int64_t before = 0, after = 0, leading = -1;  // digits, and those before the first significant one
  const auto note = [&](char c) {
    if (leading < 0 && c != '0') leading = before + after;
  };
  for (; p < end && is_digit(*p); ++p, ++before) note(*p);
  if (p < end && *p == '.') {
    for (++p; p < end && is_digit(*p); ++p, ++after) note(*p);
  }
  if (before + after == 0) return nullptr;
  std::int64_t power = 0;
  if (p < end && (*p == 'e' || *p == 'E')) {
    const char* q = p + 1;
    const bool down = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+')) ++q;
    if (q == end || !is_digit(*q)) return p;
    for (; q < end && is_digit(*q); ++q) power = std::min(kFar, power * 10 + (*q - '0'));
    if (down) power = -power;
    p = q;
  }
  order = leading < 0 ? -kFar : power + before - leading - 1;
  return p;
}

bool is_infinity(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  for (const std::string_view word : {std::string_view("inf"), std::string_view("infinity")}) {
    if (std::equal(text.begin(), text.end(), word.begin(), word.end(), same)) return true;
  }
  return false;
}

}  // namespace

NumberStatus parse_number(std::string_view text, double& value) {
  const char* end = text.data() + text.size();
  const char* stop = detail::scan_decimal(text.data(), end, value);
  if (stop != nullptr) return stop == end ? NumberStatus::Ok : NumberStatus::NotANumber;
  std::int64_t order = 0;
  stop = scan_grammar(text.data(), end, order);
  if (stop == nullptr) return is_infinity(text) ? NumberStatus::OutOfRange : NumberStatus::NotANumber;
  if (stop != end) return NumberStatus::NotANumber;
  if (order > 0) return NumberStatus::OutOfRange;
  value = text.front() == '-' ? -0.0 : 0.0;
  return NumberStatus::Ok;
}

}  // namespace causal::io
