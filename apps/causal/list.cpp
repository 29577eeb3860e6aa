// causal list: the algorithms and tests of this build.

#include <fmt/format.h>

#include <algorithm>

#include "causal/discovery/registry.hpp"
#include "command_line.hpp"
#include "error_text.hpp"
#include "method_json.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

using Methods = std::vector<const MethodInfo*>;

Methods all_algorithms() {
  Methods methods;
  for (const auto& entry : discovery::algorithms()) methods.push_back(&entry.info);
  return methods;
}

Methods all_tests() {
  Methods methods;
  for (const auto& entry : discovery::ci_tests()) methods.push_back(&entry.info);
  return methods;
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
  CommandLine line("list", "[algorithms|tests] [--json]", "Shows the algorithms and tests of this build.");
  line.example("causal list", "everything");
  line.example("causal list tests --json", "the independence tests, for a program");
  std::string what;
  bool json = false;
  line.operand("WHAT", "algorithms or tests; both when absent", what);
  line.toggle({.flags = "--json", .value = "", .doc = "as JSON"}, json);
  if (!line.parse(arguments)) return ExitCode::Ok;

  const std::vector<std::string> kinds{"algorithms", "tests"};
  if (!what.empty() && std::find(kinds.begin(), kinds.end(), what) == kinds.end()) {
    throw InvalidArgument(fmt::format("there is no list of '{}'", what), "the command line",
                          with_suggestion("Lists: algorithms, tests.", what, kinds));
  }
  const bool with_algorithms = what != "tests";
  const bool with_tests = what != "algorithms";
  if (json) {
    io::Json object = io::Json::object();
    if (with_algorithms) object.set("algorithms", array_of(all_algorithms()));
    if (with_tests) object.set("tests", array_of(all_tests()));
    write_stdout(object.dump(2) + "\n");
    return ExitCode::Ok;
  }
  std::string text;
  if (with_algorithms) text += table("Algorithms (causal discover -a NAME)", all_algorithms());
  if (with_tests) text += table("Independence tests (--test NAME)", all_tests());
  write_stdout(text + "causal describe NAME tells more.\n");
  return ExitCode::Ok;
}

}  // namespace causal::cli
