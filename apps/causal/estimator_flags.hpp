#pragma once
// The options of the chosen estimators as flags.

#include <string>
#include <vector>

#include "causal/estimation/effect/registry.hpp"
#include "causal/graph/learned_graph.hpp"
#include "command_line.hpp"

namespace causal::cli {

/// Declares the options of these estimators (registry names), those with flags of their own left out. `options` must
/// outlive parsing.
void add_estimator_flags(CommandLine& line, const std::vector<std::string>& estimators,
                         estimation::EstimatorOptions& options);

/// The options of one estimator, as (name, value), in their order.
[[nodiscard]] std::vector<OptionRecord> estimator_option_records(const std::string& estimator,
                                                                 const estimation::EstimatorOptions& options);

}  // namespace causal::cli
