// causal: learn, test, simulate, compare and convert causal graphs from the command line.

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "command_line.hpp"
#include "commands.hpp"
#include "debias.hpp"
#include "error_text.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

constexpr Command kCommands[] = {
    {"discover", "learn a causal graph from data", run_discover},
    {"test", "test conditional independences", run_test},
    {"simulate", "draw a random graph and data from it", run_simulate},
    {"compare", "measure how far two graphs are apart", run_compare},
    {"debias", "correct effects on outcomes that a model predicted", run_debias},
    {"identify", "find out how an effect can be computed", run_identify},
    {"estimate", "estimate an effect, with its uncertainty", run_estimate},
    {"refute", "check an estimate against placebos and unmeasured confounders", run_refute},
    {"do", "compute what would be, or would have been, if variables were set", run_do},
    {"bandit", "play policies that learn which nodes to intervene on", run_bandit},
    {"graph", "ask a graph about separation, ancestors and its class", run_graph},
    {"convert", "change the format of a graph or a table", run_convert},
    {"report", "make an HTML page of a finished run", run_report},
    {"list", "show the algorithms, tests, estimators and policies of this build", run_list},
    {"describe", "explain one algorithm, test, estimator or policy", run_describe},
    {"check", "look for trouble in data before a run", run_check},
    {"version", "show version, build and machine", run_version},
};

std::string usage() {
  std::string text = "Usage: causal COMMAND [options]\n\nCommands\n";
  for (const Command& command : kCommands) text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  return text +
         "\ncausal COMMAND -h is short, causal COMMAND --help begins with examples.\n"
         "The first thing to try: causal discover data.csv\n";
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (command.name == name) return command;
    names.emplace_back(command.name);
  }
  throw InvalidArgument(fmt::format("unknown {} '{}'", name.starts_with('-') ? "flag" : "command", name),
                        "the command line", with_suggestion("See causal --help.", name, names));
}

ExitCode dispatch(const Arguments& arguments) {
  const std::string& first = arguments.front();
  const bool more = arguments.size() > 1;
  if (first == "-h" || first == "--help" || (first == "help" && !more)) {
    write_stdout(usage());
    return ExitCode::Ok;
  }
  if (first == "help") return find_command(arguments[1]).run({"--help"});
  if (first == "--version") return run_version({arguments.begin() + 1, arguments.end()});
  return find_command(first).run({arguments.begin() + 1, arguments.end()});
}

}  // namespace

}  // namespace causal::cli

int main(int argc, char** argv) {
  using namespace causal::cli;
  // A closed pipe then shows as an error of write, which ends in its own exit code even when a parent ignores SIGPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  const Arguments arguments(argv + std::min(argc, 1), argv + argc);
  if (arguments.empty()) {
    write_stderr(usage());
    return static_cast<int>(ExitCode::Usage);
  }
  try {
    return static_cast<int>(dispatch(arguments));
  } catch (const std::exception& error) {
    return static_cast<int>(report_error(error, arguments));
  }
}
