#pragma once
// Option structs as JSON and as the record of a run, by their own description.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "causal/graph/learned_graph.hpp"
#include "causal/io/json.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"
#include "causal/run/options.hpp"

namespace causal::io {

/// One option as JSON: a boolean, a number, a string, or an enumerator's name. An infinite limit is null.
template <class T>
[[nodiscard]] Json option_to_json(const T& value) {
  if constexpr (NamedEnum<T>) {
    return Json(enum_name(value));
  } else if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool>) {
    return Json(static_cast<std::uint64_t>(value));
  } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    return Json(static_cast<std::int64_t>(value));
  } else {
    return Json(value);
  }
}

/// All options of a struct, in the order of its description.
template <class Options>
[[nodiscard]] Json options_to_json(const Options& options) {
  Json json = Json::object();
  Options::visit(options, [&](const Field& field, const auto& value) {
    json.set(std::string(field.name), option_to_json(value));
  });
  return json;
}

/// The same as printed values, for the record of a run. Numbers as in JSON, but for an infinite one: "inf".
template <class Options>
[[nodiscard]] std::vector<OptionRecord> option_records(const Options& options) {
  std::vector<OptionRecord> records;
  Options::visit(options, [&](const Field& field, const auto& value) {
    const Json json = option_to_json(value);
    std::string text = json.is_string() ? json.as_string() : json.dump();
    if constexpr (std::floating_point<std::remove_cvref_t<decltype(value)>>) {
      if (json.is_null()) text = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    records.push_back({std::string(field.name), std::move(text)});
  });
  return records;
}

/// Sets one option from JSON. Errors: DataError naming the types wanted and found, or the names of the enumerators.
template <class T>
void option_from_json(const Json& json, T& value) {
  if constexpr (NamedEnum<T>) {
    if (const auto found = enum_from_name<T>(json.as_string())) {
      value = *found;
      return;
    }
    std::string all;
    for (const auto& entry : EnumNames<T>::names) all += (all.empty() ? "" : ", ") + std::string(entry.second);
    throw DataError("'" + json.as_string() + "' is none of " + all);
  } else if constexpr (std::same_as<T, bool>) {
    value = json.as_bool();
  } else if constexpr (std::unsigned_integral<T>) {
    const std::uint64_t number = json.as_unsigned();
    if (number > std::numeric_limits<T>::max()) throw DataError(json.dump() + " is too large");
    value = static_cast<T>(number);
  } else if constexpr (std::integral<T>) {
    const std::int64_t number = json.as_integer();
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
      throw DataError(json.dump() + " is too large");
    }
    value = static_cast<T>(number);
  } else if constexpr (std::floating_point<T>) {
    value = static_cast<T>(json.as_number());
  } else {
    value = json.as_string();
  }
}

/// Sets those options that the object names; null leaves an option as it is. Ranges are not checked: `validate` does.
/// Errors: DataError whose place is the option, for a wrong type; for an unknown name with the nearest one as hint.
template <class Options>
void options_from_json(const Json& json, Options& options) {
  std::vector<std::string> names;
  Options::visit(options, [&](const Field& field, const auto&) { names.emplace_back(field.name); });
  for (const auto& [key, given] : json.as_object()) {
    bool is_known = false;
    const auto set = [&, &key = key, &given = given](const Field& field, auto& value) {
      if (field.name != key) return;
      is_known = true;
      if (given.is_null()) return;
      try {
        option_from_json(given, value);
      } catch (const DataError& error) {
        throw DataError(error.message(), "option '" + key + "'");
      }
    };
    Options::visit(options, set);
    if (!is_known) throw DataError("unknown option '" + key + "'", {}, nearest_name_hint(key, names));
  }
}

}  // namespace causal::io
