// causal describe NAME: one algorithm or test of the registry, in words.

#include <fmt/format.h>

#include <algorithm>

#include "algorithm_options.hpp"
#include "causal/discovery/registry.hpp"
#include "error_text.hpp"
#include "method_json.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

struct Described {
  const MethodInfo* info;
  bool is_algorithm;
};

Described find_method(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : discovery::algorithms()) {
    if (entry.info.name == name) return {&entry.info, true};
    names.emplace_back(entry.info.name);
  }
  for (const auto& entry : discovery::ci_tests()) {
    if (entry.info.name == name) return {&entry.info, false};
    names.emplace_back(entry.info.name);
  }
  throw InvalidArgument(fmt::format("no algorithm or test is called '{}'", name), "the command line",
                        with_suggestion("causal list shows them all.", name, names));
}

std::string option_lines(const std::string& algorithm) {
  AlgorithmOptions options;
  CommandLine flags("discover", fmt::format("DATA -a {} [options]", algorithm), "Its options:");
  add_algorithm_flags(flags, algorithm, options);
  return flags.help(false);
}

std::string in_words(const Described& method) {
  const MethodInfo& info = *method.info;
  std::string text = fmt::format("{} - {}\n{}\n\nData: {}\nSource: {}\n", info.name, info.title, info.summary,
                                 data_types_text(info), info.source);
  if (!info.assumptions.empty()) text += "\nAssumptions\n";
  for (const Assumption& assumption : info.assumptions) {
    text += fmt::format("  {}: {}{}\n", assumption.name, assumption.text,
                        assumption.tested ? " (checked during the run)" : "");
  }
  text += "\n";
  if (method.is_algorithm) {
    text += option_lines(std::string(info.name));
  } else {
    text += fmt::format("Use it: causal discover DATA --test {0}, causal test DATA X Y Z --test {0}\n", info.name);
  }
  return text;
}

}  // namespace

ExitCode run_describe(const Arguments& arguments) {
  CommandLine line("describe", "NAME [--json]", "Explains one algorithm or test: data, assumptions, options, source.");
  line.example("causal describe pc", "the PC algorithm and its options");
  std::string name;
  bool json = false;
  line.operand("NAME", "a name that causal list shows", name);
  line.toggle({.flags = "--json", .value = "", .doc = "as JSON"}, json);
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (name.empty()) {
    throw InvalidArgument("no name given", "the command line", "causal describe pc; causal list shows the names.");
  }
  const Described method = find_method(name);
  write_stdout(json ? method_json(*method.info).dump(2) + "\n" : in_words(method));
  return ExitCode::Ok;
}

}  // namespace causal::cli
