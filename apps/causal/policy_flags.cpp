#include "policy_flags.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>

#include "option_flags.hpp"

namespace causal::cli {
namespace {

using bandits::PolicyOptions;

/// The fields of each arm policy that it reads: all share one struct.
bool reads(const std::string& policy, std::string_view field) {
  if (!enum_from_name<bandits::ArmRule>(policy)) return field != "horizon";
  if (field == "ucb_coefficient") return policy == "ucb1";
  if (field == "reward_sd") return policy == "ucb1" || policy == "gaussian_thompson";
  if (field == "epsilon") return policy == "epsilon_greedy";
  if (field == "explore_rounds") return policy == "explore_then_commit";
  return false;
}

/// Calls use(field, value) for every option of the policy that is a flag here.
template <class Options, class Use>
void for_each_option(Options& options, const std::string& policy, Use&& use) {
  PolicyOptions::with(options, policy, [&](auto& chosen) {
    std::remove_cvref_t<decltype(chosen)>::visit(chosen, [&](const Field& field, auto& value) {
      if (reads(policy, field.name)) use(field, value);
    });
  });
}

template <class T>
void set_from_text(const std::string& flag, const Field& field, const std::string& text, T& value) {
  if constexpr (std::is_enum_v<T>) {
    const auto found = enum_from_name<T>(text);
    if (!found) throw InvalidArgument(flag + " = " + text + " is none of its values", "the command line");
    value = *found;
  } else if constexpr (std::is_floating_point_v<T>) {
    value = number_from(flag, text, field.range);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    value = static_cast<T>(integer_from(flag, text, field.range));
  }
}

}  // namespace

void add_policy_flags(CommandLine& line, const std::vector<std::string>& policies, PolicyOptions& options) {
  std::vector<std::string> declared;
  const auto declare = [&](const Field& field, auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if (std::find(declared.begin(), declared.end(), field.name) != declared.end()) return;
    declared.emplace_back(field.name);
    FlagSpec spec{.flags = flag_of(field.name), .value = "", .doc = std::string(field.doc)};
    if constexpr (std::is_same_v<T, bool>) {
      if (value) spec.flags.insert(2, "no-");
      line.toggle(std::move(spec), value, !value);
    } else {
      spec.default_text = value_text(value);
      if constexpr (std::is_enum_v<T>) {
        spec.value = "NAME";
        for (const auto& entry : EnumNames<T>::names) spec.choices.emplace_back(entry.second);
      } else {
        spec.value = std::is_floating_point_v<T> ? "X" : "N";
        spec.doc += ", in " + field.range.text();
      }
      const std::string flag = spec.flags;
      const std::string name(field.name);
      line.option(std::move(spec), [&options, policies, flag, name](const std::string& text) {
        for (const std::string& policy : policies) {
          for_each_option(options, policy, [&](const Field& other, auto& target) {
            if (other.name == name) set_from_text(flag, other, text, target);
          });
        }
      });
    }
  };
  for (const std::string& policy : policies) for_each_option(options, policy, declare);
}

std::vector<std::pair<std::string, std::string>> policy_option_values(const std::string& policy,
                                                                      const PolicyOptions& options) {
  std::vector<std::pair<std::string, std::string>> values;
  for_each_option(options, policy, [&](const Field& field, const auto& value) {
    values.emplace_back(std::string(field.name), value_text(value));
  });
  return values;
}

}  // namespace causal::cli
