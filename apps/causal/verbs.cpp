#include "verbs.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "causal/run/error.hpp"
#include "error_text.hpp"
#include "terminal.hpp"

namespace causal::cli {

ExitCode run_verb(std::string_view command, std::span<const Command> verbs, std::string_view more,
                  const Arguments& arguments) {
  std::string usage = fmt::format("Usage: causal {} VERB [options]\n\nVerbs\n", command);
  for (const Command& verb : verbs) usage += fmt::format("  {:<8} {}\n", verb.name, verb.summary);
  usage += more;
  if (arguments.empty()) {
    write_stderr(usage);
    return ExitCode::Usage;
  }
  const std::string& first = arguments.front();
  if (first == "-h" || first == "--help" || first == "help") {
    write_stdout(usage);
    return ExitCode::Ok;
  }
  std::vector<std::string> names;
  for (const Command& verb : verbs) {
    if (verb.name == first) return verb.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(verb.name);
  }
  throw InvalidArgument(fmt::format("unknown verb '{}'", first), "the command line",
                        with_suggestion(fmt::format("See causal {} --help.", command), first, names));
}

}  // namespace causal::cli
