#pragma once
// The options of the chosen policies as flags.

#include <string>
#include <vector>

#include "causal/bandits/run/policy_registry.hpp"
#include "causal/graph/learned_graph.hpp"
#include "command_line.hpp"

namespace causal::cli {

/// Declares the options of these policies (registry names). `options` must outlive parsing.
void add_policy_flags(CommandLine& line, const std::vector<std::string>& policies, bandits::PolicyOptions& options);

/// The options of one policy, as (name, value), in their order.
[[nodiscard]] std::vector<OptionRecord> policy_option_records(const std::string& policy,
                                                              const bandits::PolicyOptions& options);

}  // namespace causal::cli
