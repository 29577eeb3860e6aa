// causal list: the algorithms, tests, estimators and policies of this build.

#include <fmt/format.h>

#include <algorithm>

#include "causal/bandits/run/policy_registry.hpp"
#include "causal/discovery/registry.hpp"
#include "causal/estimation/effect/registry.hpp"
#include "command_line.hpp"
#include "error_text.hpp"
#include "method_json.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

using Methods = std::vector<const MethodInfo*>;

template <class Entries>
Methods methods_of(const Entries& entries) {
  Methods methods;
  for (const auto& entry : entries) methods.push_back(&entry.info);
  return methods;
}

/// One list: its word on the command line, its title, what it holds.
struct List {
  std::string name;
  std::string title;
  Methods methods;
};

std::vector<List> all_lists() {
  return {{"algorithms", "Algorithms (causal discover -a NAME)", methods_of(discovery::algorithms())},
          {"tests", "Independence tests (--test NAME)", methods_of(discovery::ci_tests())},
          {"estimators", "Estimators (causal estimate -m NAME)", methods_of(estimation::estimators())},
          {"policies", "Policies (causal bandit compare --policies NAME)", methods_of(bandits::policies())}};
}

std::string table(std::string_view title, const Methods& methods) {
  std::string text = fmt::format("{}\n", title);
  for (const auto* method : methods) {
    text += fmt::format("  {:<18} {}\n  {:<18}   {} data; {}\n", method->name, method->summary, "",
                        data_types_text(*method), method->source);
  }
  return text;
}

io::Json array_of(const Methods& methods) {
  io::Json array = io::Json::array();
  for (const auto* method : methods) array.push(method_json(*method));
  return array;
}

}  // namespace

ExitCode run_list(const Arguments& arguments) {
  CommandLine line("list", "[algorithms|tests|estimators|policies] [--json]",
                   "Shows the algorithms, tests, estimators and policies of this build.");
  line.example("causal list", "everything");
  line.example("causal list tests --json", "the independence tests, for a program");
  std::string what;
  bool json = false;
  line.operand("WHAT", "algorithms, tests, estimators or policies; all when absent", what);
  line.toggle({.flags = "--json", .value = "", .doc = "as JSON"}, json);
  if (!line.parse(arguments)) return ExitCode::Ok;

  std::vector<List> lists = all_lists();
  std::vector<std::string> names;
  for (const List& list : lists) names.push_back(list.name);
  if (!what.empty() && std::find(names.begin(), names.end(), what) == names.end()) {
    throw InvalidArgument(fmt::format("there is no list of '{}'", what), "the command line",
                          with_suggestion(fmt::format("Lists: {}.", fmt::join(names, ", ")), what, names));
  }
  if (!what.empty()) std::erase_if(lists, [&](const List& list) { return list.name != what; });
  if (json) {
    io::Json object = io::Json::object();
    for (const List& list : lists) object.set(list.name, array_of(list.methods));
    write_stdout(object.dump(2) + "\n");
    return ExitCode::Ok;
  }
  std::string text;
  for (const List& list : lists) text += table(list.title, list.methods);
  write_stdout(text + "causal describe NAME tells more.\n");
  return ExitCode::Ok;
}

}  // namespace causal::cli
