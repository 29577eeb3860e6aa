#pragma once
// The options of every algorithm of the registry, and how each is started.

#include <string>
#include <vector>

#include "causal/discovery/search/pc.hpp"
#include "command_line.hpp"

namespace causal::cli {

/// The options of the algorithms of this build; only those of the chosen one become flags.
struct AlgorithmOptions {
  discovery::PcOptions pc;
};

/// Declares the flags of `algorithm`, a registry name.
void add_algorithm_flags(CommandLine& line, const std::string& algorithm, AlgorithmOptions& options);
/// The options as the run's record holds them, in their declared order.
[[nodiscard]] std::vector<OptionRecord> option_records(const std::string& algorithm, const AlgorithmOptions& options);
/// Runs the algorithm on the test.
[[nodiscard]] LearnedGraph run_algorithm(const std::string& algorithm, const AlgorithmOptions& options,
                                         const RunOptions& run, const discovery::CiTest& test,
                                         const Knowledge& knowledge);

}  // namespace causal::cli
