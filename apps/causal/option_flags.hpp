#pragma once
// Every option struct of the library as flags: one description, many readers.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "causal/run/options.hpp"
#include "command_line.hpp"

namespace causal::cli {

/// "max_cond_size" as "--max-cond-size".
[[nodiscard]] inline std::string flag_of(std::string_view option_name) {
  std::string flag = "--" + std::string(option_name);
  std::replace(flag.begin() + 2, flag.end(), '_', '-');
  return flag;
}

/// The value as --help and records show it; numbers shortest-round-trip.
[[nodiscard]] std::string value_text(double value);
[[nodiscard]] inline std::string value_text(bool value) { return value ? "true" : "false"; }
[[nodiscard]] inline std::string value_text(std::int64_t value) { return std::to_string(value); }
[[nodiscard]] inline std::string value_text(std::uint64_t value) { return std::to_string(value); }
[[nodiscard]] inline std::string value_text(int value) { return std::to_string(value); }
[[nodiscard]] inline std::string value_text(const std::string& value) { return value; }
template <NamedEnum E>
[[nodiscard]] std::string value_text(E value) {
  return std::string(enum_name(value));
}

/// Declares one flag per visited field of `options` but those named in `skip` (their C++ names). A boolean that is
/// true by default gets the flag --no-NAME.
template <class Options>
void add_option_flags(CommandLine& line, Options& options, const std::vector<std::string_view>& skip = {}) {
  Options::visit(options, [&](const Field& field, auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if (std::find(skip.begin(), skip.end(), field.name) != skip.end()) return;
    FlagSpec spec{.flags = flag_of(field.name), .value = "", .doc = std::string(field.doc)};
    if constexpr (std::is_same_v<T, bool>) {
      if (value) spec.flags.insert(2, "no-");
      line.toggle(std::move(spec), value, !value);
    } else {
      spec.default_text = value_text(value);
      if constexpr (std::is_enum_v<T>) {
        spec.value = "NAME";
        line.option(std::move(spec), value);
      } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::uint64_t>) {
        spec.value = std::is_same_v<T, std::string> ? "TEXT" : "N";
        line.option(std::move(spec), value);
      } else {
        spec.value = std::is_floating_point_v<T> ? "X" : "N";
        spec.doc += ", in " + field.range.text();
        line.option(std::move(spec), value, field.range);
      }
    }
  });
}

}  // namespace causal::cli
