// causal describe NAME: one algorithm, test, estimator or policy of the registries, in words.

#include <fmt/format.h>

#include <algorithm>

#include "algorithm_options.hpp"
#include "causal/bandits/run/policy_registry.hpp"
#include "causal/discovery/registry.hpp"
#include "causal/estimation/effect/registry.hpp"
#include "error_text.hpp"
#include "estimator_flags.hpp"
#include "method_json.hpp"
#include "policy_flags.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

enum class MethodKind { Algorithm, Test, Estimator, Policy };

struct Described {
  const MethodInfo* info;
  MethodKind kind;
};

Described find_method(const std::string& name) {
  std::vector<Described> all;
  for (const auto& entry : discovery::algorithms()) all.push_back({&entry.info, MethodKind::Algorithm});
  for (const auto& entry : discovery::ci_tests()) all.push_back({&entry.info, MethodKind::Test});
  for (const auto& entry : estimation::estimators()) all.push_back({&entry.info, MethodKind::Estimator});
  for (const auto& entry : bandits::policies()) all.push_back({&entry.info, MethodKind::Policy});
  std::vector<std::string> names;
  for (const Described& method : all) {
    if (method.info->name == name) return method;
    names.emplace_back(method.info->name);
  }
  throw InvalidArgument(fmt::format("no algorithm, test, estimator or policy is called '{}'", name), "the command line",
                        with_suggestion("causal list shows them all.", name, names));
}

std::string option_lines(const std::string& algorithm) {
  AlgorithmOptions options;
  CommandLine flags("discover", fmt::format("DATA -a {} [options]", algorithm), "Its options:");
  add_algorithm_flags(flags, algorithm, options);
  return flags.help(false);
}

std::string estimator_lines(const std::string& estimator) {
  estimation::EstimatorOptions options;
  CommandLine flags("estimate", fmt::format("DATA --treatment X --outcome Y -m {} [options]", estimator),
                    "Its options:");
  add_estimator_flags(flags, {estimator}, options);
  return flags.help(false);
}

std::string policy_lines(const std::string& policy) {
  bandits::PolicyOptions options;
  CommandLine flags("bandit", fmt::format("compare --policies {} [options]", policy), "Its options:");
  add_policy_flags(flags, {policy}, options);
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
  switch (method.kind) {
    case MethodKind::Algorithm:
      return text + option_lines(std::string(info.name));
    case MethodKind::Test:
      return text +
             fmt::format("Use it: causal discover DATA --test {0}, causal test DATA X Y Z --test {0}\n", info.name);
    case MethodKind::Estimator:
      return text + estimator_lines(std::string(info.name));
    case MethodKind::Policy:
      return text + policy_lines(std::string(info.name));
  }
  return text;
}

}  // namespace

ExitCode run_describe(const Arguments& arguments) {
  CommandLine line("describe", "NAME [--json]", "Explains one method: data, assumptions, options, source.");
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
