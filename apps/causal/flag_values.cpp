// Texts of flags to values.

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "command_line.hpp"

namespace causal::cli {
namespace {

template <class T>
bool converts(const std::string& text, T& value) {
  const char* first = text.data();
  const char* last = first + text.size();
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') ++first;
  const auto [end, error] = std::from_chars(first, last, value);
  return error == std::errc() && end == last;
}

[[noreturn]] void refuse(const std::string& flag, const std::string& text, const std::string& rule) {
  throw InvalidArgument(fmt::format("{} = {} must {}", flag, text.empty() ? "''" : text, rule), "the command line");
}

}  // namespace

double number_from(const std::string& flag, const std::string& text, Range range) {
  double value = 0;
  if (!converts(text, value) || std::isnan(value)) refuse(flag, text, "be a number");
  if (!range.contains(value)) refuse(flag, text, "lie in " + range.text());
  return value;
}

std::int64_t integer_from(const std::string& flag, const std::string& text, Range range) {
  std::int64_t value = 0;
  if (!converts(text, value)) refuse(flag, text, "be a whole number");
  if (!range.contains(static_cast<double>(value))) refuse(flag, text, "lie in " + range.text());
  return value;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  std::string item;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      items.push_back(std::move(item));
      item.clear();
    } else {
      item += c;
    }
  }
  items.push_back(std::move(item));
  return items;
}

void CommandLine::option(FlagSpec spec, std::string& target) {
  option(std::move(spec), [&target](const std::string& text) { target = text; });
}

void CommandLine::option(FlagSpec spec, double& target, Range range) {
  const std::string flag = spec.flags;
  option(std::move(spec), [&target, flag, range](const std::string& text) { target = number_from(flag, text, range); });
}

void CommandLine::option(FlagSpec spec, int& target, Range range) {
  range.low = std::max(range.low, -2147483648.0);
  range.high = std::min(range.high, 2147483647.0);
  const std::string flag = spec.flags;
  option(std::move(spec), [&target, flag, range](const std::string& text) {
    target = static_cast<int>(integer_from(flag, text, range));
  });
}

void CommandLine::option(FlagSpec spec, std::int64_t& target, Range range) {
  const std::string flag = spec.flags;
  option(std::move(spec),
         [&target, flag, range](const std::string& text) { target = integer_from(flag, text, range); });
}

void CommandLine::option(FlagSpec spec, std::uint64_t& target) {
  const std::string flag = spec.flags;
  option(std::move(spec), [&target, flag](const std::string& text) {
    if (!converts(text, target)) refuse(flag, text, "be a whole number from 0 to 2^64 - 1");
  });
}

void CommandLine::option(FlagSpec spec, std::vector<std::string>& target) {
  option(std::move(spec), [&target](const std::string& text) { target = split_list(text); });
}

}  // namespace causal::cli
