#pragma once
// The options of every algorithm and test of the registry, and how each algorithm is started.

#include <string>
#include <vector>

#include "causal/discovery/registry.hpp"
#include "causal/discovery/search/cdnod.hpp"
#include "causal/discovery/search/pc.hpp"
#include "command_line.hpp"
#include "input_flags.hpp"

namespace causal::cli {

/// The options of the algorithms of this build; only those of the chosen one become flags.
struct AlgorithmOptions {
  discovery::PcOptions pc;
  discovery::CdnodOptions cdnod;
};

/// What a search works on.
struct SearchInput {
  const Input& input;
  const discovery::CiTestEntry& test;
  const discovery::CiTestOptions& test_options;
};

/// Declares the flags of `algorithm`, a registry name.
void add_algorithm_flags(CommandLine& line, const std::string& algorithm, AlgorithmOptions& options);
/// Declares the flags of the test of that name; none for "auto".
void add_test_flags(CommandLine& line, const std::string& test, discovery::CiTestOptions& options);
/// The options as the run's record holds them, in their declared order.
[[nodiscard]] std::vector<OptionRecord> option_records(const std::string& algorithm, const AlgorithmOptions& options);
[[nodiscard]] std::vector<OptionRecord> test_option_records(std::string_view test,
                                                            const discovery::CiTestOptions& options);
/// Whether the algorithm relates variables to the time or environment column.
[[nodiscard]] bool has_surrogate(const std::string& algorithm);
/// The names of the nodes of the algorithm's graph. Errors: those of making its nodes from the data.
[[nodiscard]] std::vector<std::string> node_names(const std::string& algorithm, const AlgorithmOptions& options,
                                                  const Input& input);
/// Builds the test and runs the algorithm. Errors: those of both.
[[nodiscard]] LearnedGraph run_algorithm(const std::string& algorithm, const AlgorithmOptions& options,
                                         const RunOptions& run, const SearchInput& search, const Knowledge& knowledge);

}  // namespace causal::cli
