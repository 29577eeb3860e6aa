#include "policy_flags.hpp"

#include <string_view>

#include "method_flags.hpp"

namespace causal::cli {
namespace {

using bandits::PolicyOptions;

/// Arm policies share one struct: only the fields that the policy reads.
bool shows(std::string_view policy, std::string_view field) {
  if (!enum_from_name<bandits::ArmRule>(policy)) return field != "horizon";
  if (field == "ucb_coefficient") return policy == "ucb1";
  if (field == "reward_sd") return policy == "ucb1" || policy == "gaussian_thompson";
  if (field == "epsilon") return policy == "epsilon_greedy";
  if (field == "explore_rounds") return policy == "explore_then_commit";
  return false;
}

}  // namespace

void add_policy_flags(CommandLine& line, const std::vector<std::string>& policies, PolicyOptions& options) {
  add_method_flags(line, policies, options, shows);
}

std::vector<OptionRecord> policy_option_records(const std::string& policy, const PolicyOptions& options) {
  return method_option_records(policy, options, shows);
}

}  // namespace causal::cli
