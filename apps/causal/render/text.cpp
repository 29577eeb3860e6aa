#include "render/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace causal::render {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// A decoded character and the bytes it took.
struct Character {
  char32_t code = kReplacement;
  std::size_t bytes = 1;
};

bool allowed_in_xml(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

/// Decodes the first character. A malformed or overlong sequence gives the replacement for its first byte.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t bytes = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  if (bytes == 1) return {allowed_in_xml(lead) ? lead : kReplacement, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (byte(i) >> 6 != 2) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[bytes] || !allowed_in_xml(code)) return {};
  return {code, bytes};
}

/// Width of one character in em, rounded up to its class.
double character_width(char32_t code) {
  const auto in = [&](std::string_view set) {
    return code < 0x80 && set.find(static_cast<char>(code)) != std::string_view::npos;
  };
  if (in("ijl.,:;'|!` I")) return 0.33;
  if (in("ftrJ-()[]{}/\\\"")) return 0.45;
  if (in("mwMW@%&+=<>~#^")) return 0.99;
  if (code >= 'A' && code <= 'Z') return 0.76;
  if (code < 0x80) return 0.64;
  if (code >= 0x300 && code <= 0x36F) return 0;  // combining marks
  if ((code >= 0x1100 && code <= 0x11FF) || (code >= 0x2E80 && code <= 0xD7FF) || (code >= 0xF900 && code <= 0xFAFF) ||
      (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) || code >= 0x1F000) {
    return 1.05;  // East Asian wide, emoji
  }
  return 0.8;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    switch (character.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case kReplacement:
        out += "\xEF\xBF\xBD";
        break;
      default:
        out += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += character_width(character.code);
    text.remove_prefix(character.bytes);
  }
  return width * font_size;
}

std::string elided(std::string_view text, double font_size, double width) {
  if (text_width(text, font_size) <= width) return std::string(text);
  double used = font_size;  // the ellipsis
  std::size_t end = 0;
  while (end < text.size()) {
    const Character character = first_character(text.substr(end));
    used += character_width(character.code) * font_size;
    if (used > width) break;
    end += character.bytes;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string short_number(double value) {
  if (std::isnan(value)) return "–";
  std::string text = fmt::format("{:.3g}", value);
  // "1.2e-09" is written by printf's rules; people read "1.2e-9".
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && exponent + 2 < text.size() && text[exponent + 2] == '0') {
    text.erase(exponent + 2, 1);
  }
  return text;
}

std::string coordinate(double value) {
  const double rounded = std::round(value * 10) / 10 + 0.0;
  return rounded == std::trunc(rounded) ? fmt::format("{:.0f}", rounded) : fmt::format("{:.1f}", rounded);
}

std::string grouped(std::int64_t value) {
  const std::string digits = std::to_string(value);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string shell_command(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain = "_./=,:+-@%";
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             kPlain.find(c) != std::string_view::npos;
    });
    if (plain) {
      out += word;
      continue;
    }
    out += '\'';
    for (const char c : word) {
      if (c == '\'') {
        out += "'\\''";
      } else {
        out += c;
      }
    }
    out += '\'';
  }
  return out;
}

}  // namespace causal::render
