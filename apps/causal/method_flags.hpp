#pragma once
// The options of several methods as flags: an option that several of them have is one flag for all.

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "causal/graph/learned_graph.hpp"
#include "option_flags.hpp"

namespace causal::cli {

/// Which fields of a method's options are flags.
using ShowsField = bool (*)(std::string_view method, std::string_view field);

namespace detail {

/// Calls use(field, value) for every option of `method` that is a flag. Options: a struct of option structs with
/// `with(self, method, use)`.
template <class Options, class Use>
void for_each_method_option(Options& options, const std::string& method, ShowsField shows, Use&& use) {
  std::remove_const_t<Options>::with(options, method, [&](auto& chosen) {
    std::remove_cvref_t<decltype(chosen)>::visit(chosen, [&](const Field& field, auto& value) {
      if (shows(method, field.name)) use(field, value);
    });
  });
}

template <class T>
void set_option_text(const std::string& flag, const Field& field, const std::string& text, T& value) {
  if constexpr (std::is_enum_v<T>) {
    // The choices of the flag are those of the first method: another one may have an option of that name and other
    // words.
    const auto found = enum_from_name<T>(text);
    if (!found) throw InvalidArgument(flag + " = " + text + " is none of its values", "the command line");
    value = *found;
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text;
  } else if constexpr (std::is_floating_point_v<T>) {
    value = number_from(flag, text, field.range);
  } else {
    value = static_cast<T>(integer_from(flag, text, field.range));
  }
}

/// Placeholder, default, choices and range of a flag with a value.
template <class T>
void describe_value(FlagSpec& spec, const Field& field, const T& value) {
  spec.default_text = value_text(value);
  if constexpr (std::is_enum_v<T>) {
    spec.value = "NAME";
    for (const auto& entry : EnumNames<T>::names) spec.choices.emplace_back(entry.second);
  } else if constexpr (std::is_same_v<T, std::string>) {
    spec.value = "TEXT";
  } else {
    spec.value = std::is_floating_point_v<T> ? "X" : "N";
    spec.doc += ", in " + field.range.text();
  }
}

}  // namespace detail

/// Declares the options of these methods. The first method that has an option gives its words and its default.
/// `options` must outlive parsing.
template <class Options>
void add_method_flags(CommandLine& line, const std::vector<std::string>& methods, Options& options, ShowsField shows) {
  std::vector<std::string> declared;
  const auto declare = [&](const Field& field, auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    const std::string name(field.name);
    if (std::find(declared.begin(), declared.end(), name) != declared.end()) return;
    declared.push_back(name);
    FlagSpec spec{.flags = flag_of(name), .value = "", .doc = std::string(field.doc)};
    const auto for_all = [&options, methods, shows, name](const auto& set) {
      for (const std::string& method : methods) {
        detail::for_each_method_option(options, method, shows, [&](const Field& other, auto& target) {
          // A switch has no text, a text is no switch.
          constexpr bool kIsSwitch = std::is_same_v<std::remove_cvref_t<decltype(target)>, bool>;
          if constexpr (kIsSwitch == std::is_same_v<T, bool>) {
            if (other.name == name) set(other, target);
          }
        });
      }
    };
    if constexpr (std::is_same_v<T, bool>) {
      if (value) spec.flags.insert(2, "no-");
      line.toggle(std::move(spec),
                  [for_all, on = !value] { for_all([on](const Field&, bool& target) { target = on; }); });
    } else {
      detail::describe_value(spec, field, value);
      const std::string flag = spec.flags;
      line.option(std::move(spec), [for_all, flag](const std::string& text) {
        for_all([&](const Field& other, auto& target) { detail::set_option_text(flag, other, text, target); });
      });
    }
  };
  for (const std::string& method : methods) detail::for_each_method_option(options, method, shows, declare);
}

/// The options of one method that are flags, as (name, value), in their order; one that several of its structs have is
/// one option, as it is one flag.
template <class Options>
[[nodiscard]] std::vector<OptionRecord> method_option_records(const std::string& method, const Options& options,
                                                              ShowsField shows) {
  std::vector<OptionRecord> records;
  detail::for_each_method_option(options, method, shows, [&](const Field& field, const auto& value) {
    const auto known = std::find_if(records.begin(), records.end(),
                                    [&](const OptionRecord& record) { return record.name == field.name; });
    if (known == records.end()) records.push_back({std::string(field.name), value_text(value)});
  });
  return records;
}

}  // namespace causal::cli
