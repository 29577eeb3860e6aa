#pragma once
// Where a byte string stops being UTF-8.

#include <cstddef>
#include <optional>
#include <string_view>

namespace causal::io {

/// Offset of the first byte that starts no well-formed UTF-8 sequence (no overlong forms, no surrogates, at most
/// U+10FFFF), or nothing when all of `text` is UTF-8.
[[nodiscard]] inline std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = byte(i);
    const unsigned second = byte(i + 1);
    if (lead < 0x80U) {
      i += 1;
    } else if (lead >= 0xC2U && lead <= 0xDFU && continues(i + 1)) {
      i += 2;
    } else if (lead >= 0xE0U && lead <= 0xEFU && continues(i + 1) && continues(i + 2) &&
               (lead != 0xE0U || second >= 0xA0U) && (lead != 0xEDU || second <= 0x9FU)) {
      i += 3;
    } else if (lead >= 0xF0U && lead <= 0xF4U && continues(i + 1) && continues(i + 2) && continues(i + 3) &&
               (lead != 0xF0U || second >= 0x90U) && (lead != 0xF4U || second <= 0x8FU)) {
      i += 4;
    } else {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace causal::io
