#pragma once
// The options of the chosen policies as flags: an option that several of them have is one flag for all.

#include <string>
#include <utility>
#include <vector>

#include "causal/bandits/run/policy_registry.hpp"
#include "command_line.hpp"

namespace causal::cli {

/// Declares the options of these policies (registry names). `options` must outlive parsing.
void add_policy_flags(CommandLine& line, const std::vector<std::string>& policies, bandits::PolicyOptions& options);

/// The options of one policy, as (name, value), in their order.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> policy_option_values(
    const std::string& policy, const bandits::PolicyOptions& options);

}  // namespace causal::cli
