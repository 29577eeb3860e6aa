#include "algorithm_options.hpp"

#include <fmt/format.h>

#include "option_flags.hpp"
#include "run_record.hpp"
#include "test_choice.hpp"

namespace causal::cli {
namespace {

[[noreturn]] void not_runnable(const std::string& algorithm) {
  throw std::logic_error(fmt::format("the registry lists {}, but the command cannot run it", algorithm));
}

/// Calls `use` with the options struct of the algorithm: the one place that pairs names and structs.
template <class Options, class Use>
void with_options(const std::string& algorithm, Options& options, Use&& use) {
  if (algorithm == "pc") return use(options.pc);
  if (algorithm == "cdnod") return use(options.cdnod);
  not_runnable(algorithm);
}

template <class Options>
std::vector<OptionRecord> records_of(const Options& options) {
  std::vector<OptionRecord> records;
  Options::visit(options, [&](const Field& field, const auto& value) {
    records.push_back({std::string(field.name), value_text(value)});
  });
  return records;
}

discovery::NodeTable nodes_of(const AlgorithmOptions& options, const Input& input) {
  if (!input.data) {
    throw InvalidArgument("cdnod needs the rows, not only their covariance", input.path, "Give the data.");
  }
  return discovery::nodes_with_surrogate(*input.data, discovery::parse_node_groups(options.cdnod.groups));
}

LearnedGraph run_pc(const AlgorithmOptions& options, const RunOptions& run, const SearchInput& search,
                    const Knowledge& knowledge) {
  discovery::PcOptions pc_options = options.pc;
  pc_options.run = run;
  const Stopwatch watch;
  const std::unique_ptr<discovery::CiTest> test = build_test(search.test, search.input, search.test_options, run);
  const double statistics_s = watch.seconds();
  LearnedGraph graph = discovery::pc(*test, pc_options, knowledge);
  graph.stats.phase_seconds.insert(graph.stats.phase_seconds.begin(), {"statistics", statistics_s});
  return graph;
}

LearnedGraph run_cdnod(const AlgorithmOptions& options, const RunOptions& run, const SearchInput& search,
                       const Knowledge& knowledge) {
  discovery::CdnodOptions cdnod_options = options.cdnod;
  cdnod_options.run = run;
  const auto make_test = [&](const discovery::NodeTable& nodes, const RunOptions& test_run) {
    return search.test.build_from_nodes(nodes, search.test_options, test_run);
  };
  return discovery::cdnod(nodes_of(options, search.input), make_test, cdnod_options, knowledge);
}

}  // namespace

std::string value_text(double value) { return fmt::format("{}", value); }

void add_algorithm_flags(CommandLine& line, const std::string& algorithm, AlgorithmOptions& options) {
  with_options(algorithm, options, [&](auto& chosen) { add_option_flags(line, chosen); });
}

void add_test_flags(CommandLine& line, const std::string& test, discovery::CiTestOptions& options) {
  discovery::CiTestOptions::with(options, test, [&](auto& chosen) {
    line.heading(fmt::format("Options of {}", test));
    add_option_flags(line, chosen);
  });
}

std::vector<OptionRecord> option_records(const std::string& algorithm, const AlgorithmOptions& options) {
  std::vector<OptionRecord> records;
  with_options(algorithm, options, [&](const auto& chosen) { records = records_of(chosen); });
  return records;
}

std::vector<OptionRecord> test_option_records(std::string_view test, const discovery::CiTestOptions& options) {
  std::vector<OptionRecord> records;
  discovery::CiTestOptions::with(options, test, [&](const auto& chosen) { records = records_of(chosen); });
  return records;
}

bool has_surrogate(const std::string& algorithm) { return algorithm == "cdnod"; }

std::vector<std::string> node_names(const std::string& algorithm, const AlgorithmOptions& options, const Input& input) {
  return has_surrogate(algorithm) ? nodes_of(options, input).names() : input.variable_names();
}

LearnedGraph run_algorithm(const std::string& algorithm, const AlgorithmOptions& options, const RunOptions& run,
                           const SearchInput& search, const Knowledge& knowledge) {
  if (algorithm == "pc") return run_pc(options, run, search, knowledge);
  if (algorithm == "cdnod") return run_cdnod(options, run, search, knowledge);
  not_runnable(algorithm);
}

}  // namespace causal::cli
