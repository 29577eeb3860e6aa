#include "policy_flags.hpp"

#include <string_view>

#include "method_flags.hpp"

namespace causal::cli {
namespace {

using bandits::PolicyOptions;

/// Arm policies share one struct: only the fields that the policy reads.
bool shows(std::string_view policy, std::string_view field) {
  // The probability of an edge is a flag of the systems; the rest watches for changes in ways of its own.
  if (policy == "order_thompson") return field != "edge_probability" && field != "threshold" && field != "window";
  if (policy == "order_chain_thompson") {
    return field != "edge_probability" && field != "threads" && field != "seed" && field != "memory_limit_bytes";
  }
  if (!enum_from_name<bandits::ArmRule>(policy)) return field != "horizon";
  if (field == "ucb_coefficient") return policy == "ucb1" || policy == "sliding_ucb";
  if (field == "reward_sd") return policy == "ucb1" || policy == "sliding_ucb" || policy == "gaussian_thompson";
  if (field == "window") return policy == "sliding_ucb";
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
