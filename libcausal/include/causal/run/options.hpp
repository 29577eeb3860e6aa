#pragma once
// Option structs: aggregates with defaults and one `visit` that names every field. Validation, command-line flags,
// JSON and documentation are visitors of the same description.

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>

#include "causal/run/error.hpp"
#include "causal/run/progress.hpp"

namespace causal {

/// The interval a numeric option must lie in.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  [[nodiscard]] bool contains(double value) const;
  /// As in mathematics: "(0, 1)", "[0, inf)".
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] constexpr Range open_interval(double low, double high) { return {low, high, true, true}; }
[[nodiscard]] constexpr Range closed_interval(double low, double high) { return {low, high, false, false}; }
[[nodiscard]] constexpr Range at_least(double low) {
  return {low, std::numeric_limits<double>::infinity(), false, false};
}

/// Name, one-line documentation and range of one option. The name is the same word in C++, JSON and (with dashes) as
/// flag.
struct Field {
  std::string_view name;
  std::string_view doc;
  Range range = {};
};

/// Specialise with `static constexpr std::array<std::pair<E, std::string_view>, N> names` so that an enumeration can
/// be an option.
template <class E>
struct EnumNames;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  EnumNames<E>::names;
};

/// The name of an enumerator, as used in flags and JSON.
template <NamedEnum E>
[[nodiscard]] constexpr std::string_view enum_name(E value) {
  for (const auto& [enumerator, name] : EnumNames<E>::names) {
    if (enumerator == value) return name;
  }
  return "?";
}

/// The enumerator of that name, or nothing.
template <NamedEnum E>
[[nodiscard]] constexpr std::optional<E> enum_from_name(std::string_view wanted) {
  for (const auto& [enumerator, name] : EnumNames<E>::names) {
    if (name == wanted) return enumerator;
  }
  return std::nullopt;
}

/// Options every algorithm takes. Results depend on `seed` and on nothing else here, unless a limit stops the run.
struct RunOptions {
  int threads = 0;                                                ///< 0: one per core.
  std::uint64_t seed = 0;                                         ///< Key of all random streams.
  double time_limit_s = std::numeric_limits<double>::infinity();  ///< Wall seconds; partial result after it.
  std::int64_t memory_limit_bytes = std::numeric_limits<std::int64_t>::max();  ///< Checked before allocating.
  std::stop_token stop = {};                                                   ///< Ask for an early, partial result.
  ProgressFn progress = {};                                                    ///< Called with progress reports.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"threads", "worker threads; 0 means one per core", closed_interval(0, 1024)}, self.threads);
    visitor(Field{"seed", "key of all random streams"}, self.seed);
    visitor(Field{"time_limit_s",
                  "stop with a partial result after this many seconds",
                  {0, std::numeric_limits<double>::infinity(), true, false}},
            self.time_limit_s);
    visitor(Field{"memory_limit_bytes", "refuse to allocate more than this", at_least(0)}, self.memory_limit_bytes);
  }
};

namespace detail {
[[noreturn]] void throw_out_of_range(std::string_view function, const Field& field, const std::string& value);
[[nodiscard]] std::string option_text(double value);
}  // namespace detail

/// Throws InvalidArgument naming `function`, the field, its value and its range for the first field out of range.
/// NaN is out of every range.
template <class Options>
void validate(const Options& options, std::string_view function) {
  Options::visit(options, [&](const Field& field, const auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_arithmetic_v<T> && !std::same_as<T, bool>) {
      const double number = static_cast<double>(value);
      if (!field.range.contains(number)) detail::throw_out_of_range(function, field, detail::option_text(number));
    } else if constexpr (std::is_enum_v<T>) {
      if (enum_name(value) == "?") detail::throw_out_of_range(function, field, "an unnamed enumerator");
    }
  });
}

}  // namespace causal
