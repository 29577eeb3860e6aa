#include "algorithm_options.hpp"

#include <fmt/format.h>

#include "option_flags.hpp"

namespace causal::cli {
namespace {

[[noreturn]] void not_runnable(const std::string& algorithm) {
  throw std::logic_error(fmt::format("the registry lists {}, but the command cannot run it", algorithm));
}

/// Calls `use` with the options struct of the algorithm: the one place that pairs names and structs.
template <class Options, class Use>
void with_options(const std::string& algorithm, Options& options, Use&& use) {
  if (algorithm == "pc") return use(options.pc);
  not_runnable(algorithm);
}

}  // namespace

std::string value_text(double value) { return fmt::format("{}", value); }

void add_algorithm_flags(CommandLine& line, const std::string& algorithm, AlgorithmOptions& options) {
  with_options(algorithm, options, [&](auto& chosen) { add_option_flags(line, chosen); });
}

std::vector<OptionRecord> option_records(const std::string& algorithm, const AlgorithmOptions& options) {
  std::vector<OptionRecord> records;
  with_options(algorithm, options, [&](const auto& chosen) {
    std::remove_cvref_t<decltype(chosen)>::visit(chosen, [&](const Field& field, const auto& value) {
      records.push_back({std::string(field.name), value_text(value)});
    });
  });
  return records;
}

LearnedGraph run_algorithm(const std::string& algorithm, const AlgorithmOptions& options, const RunOptions& run,
                           const discovery::CiTest& test, const Knowledge& knowledge) {
  if (algorithm == "pc") {
    discovery::PcOptions pc_options = options.pc;
    pc_options.run = run;
    return discovery::pc(test, pc_options, knowledge);
  }
  not_runnable(algorithm);
}

}  // namespace causal::cli
