#include "estimator_flags.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>

#include "causal/io/options_json.hpp"
#include "option_flags.hpp"

namespace causal::cli {
namespace {

/// Set by flags of their own.
constexpr std::array<std::string_view, 5> kElsewhere{"threads", "seed", "time_limit_s", "memory_limit_bytes", "level"};

bool is_elsewhere(std::string_view name) {
  return std::find(kElsewhere.begin(), kElsewhere.end(), name) != kElsewhere.end();
}

/// Calls use(field, value) for every option of the estimator that is a flag here.
template <class Options, class Use>
void for_each_option(Options& options, const std::string& estimator, Use&& use) {
  estimation::EstimatorOptions::with(options, estimator, [&](auto& chosen) {
    std::remove_cvref_t<decltype(chosen)>::visit(chosen, [&](const Field& field, auto& value) {
      if (!is_elsewhere(field.name)) use(field, value);
    });
  });
}

template <class T>
void set_from_text(const std::string& flag, const Field& field, const std::string& text, T& value) {
  if constexpr (std::is_enum_v<T>) {
    const auto found = enum_from_name<T>(text);
    if (!found) throw InvalidArgument(flag + " = " + text + " is none of its values", "the command line");
    value = *found;
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text;
  } else if constexpr (std::is_floating_point_v<T>) {
    value = number_from(flag, text, field.range);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    value = static_cast<T>(integer_from(flag, text, field.range));
  }
}

template <class T>
std::vector<std::string> choices_of() {
  std::vector<std::string> choices;
  if constexpr (std::is_enum_v<T>) {
    for (const auto& entry : EnumNames<T>::names) choices.emplace_back(entry.second);
  }
  return choices;
}

template <class T>
std::string placeholder_of() {
  if constexpr (std::is_enum_v<T>) return "NAME";
  if constexpr (std::is_same_v<T, std::string>) return "TEXT";
  return std::is_floating_point_v<T> ? "X" : "N";
}

}  // namespace

void EstimatorFlags::add_to(CommandLine& line, const std::vector<std::string>& estimators,
                            estimation::EstimatorOptions& options) {
  std::vector<std::string> declared;
  const auto declare = [&](const Field& field, auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if (std::find(declared.begin(), declared.end(), field.name) != declared.end()) return;
    declared.emplace_back(field.name);
    FlagSpec spec{.flags = flag_of(field.name), .value = "", .doc = std::string(field.doc)};
    if constexpr (std::is_same_v<T, bool>) {
      if (value) spec.flags.insert(2, "no-");
      switches_.push_back({spec.flags, {}});
      for (const std::string& estimator : estimators) {
        for_each_option(options, estimator, [&](const Field& other, auto& target) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(target)>, bool>) {
            if (other.name == field.name) switches_.back().targets.push_back(&target);
          }
        });
      }
      line.toggle(std::move(spec), value, !value);
    } else {
      spec.default_text = value_text(value);
      spec.value = placeholder_of<T>();
      spec.choices = choices_of<T>();
      if constexpr (std::is_arithmetic_v<T>) spec.doc += ", in " + field.range.text();
      const std::string flag = spec.flags;
      const std::string name(field.name);
      line.option(std::move(spec), [&options, estimators, flag, name](const std::string& text) {
        for (const std::string& estimator : estimators) {
          for_each_option(options, estimator, [&](const Field& other, auto& target) {
            if (other.name == name) set_from_text(flag, other, text, target);
          });
        }
      });
    }
  };
  for (const std::string& estimator : estimators) for_each_option(options, estimator, declare);
}

void EstimatorFlags::settle(const CommandLine& line) {
  for (const Switch& one : switches_) {
    if (!line.given(one.flag)) continue;
    for (bool* target : one.targets) *target = *one.targets.front();
  }
}

std::vector<OptionRecord> estimator_option_records(const std::string& estimator,
                                                   const estimation::EstimatorOptions& options) {
  std::vector<OptionRecord> records;
  for_each_option(options, estimator, [&](const Field& field, const auto& value) {
    records.push_back({std::string(field.name), value_text(value)});
  });
  return records;
}

}  // namespace causal::cli
