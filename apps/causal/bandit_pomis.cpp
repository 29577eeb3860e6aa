// causal bandit pomis G --outcome Y: the sets of nodes that are worth setting.

#include <fmt/format.h>

#include "bandit.hpp"
#include "causal/bandits/pomis.hpp"
#include "option_flags.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

struct PomisFlags {
  std::string graph;
  std::string outcome;
  std::vector<std::string> latent;
  bool minimal = false;
  bandits::InterventionSetOptions options;
  OutputFlags output;
};

void declare(CommandLine& line, PomisFlags& flags) {
  line.example("causal bandit pomis graph.dagitty --outcome Y", "the sets that can be optimal");
  line.example("causal bandit pomis graph.dagitty --outcome Y --minimal", "all sets without an idle part");
  line.operand("G", "a dag or admg in any format; - for standard input", flags.graph);
  line.option({.flags = "--outcome", .value = "Y", .doc = "the node that should become large"}, flags.outcome);
  line.option({.flags = "--latent", .value = "U,..", .doc = "not measured, in addition to the file's latents"},
              flags.latent);
  line.toggle({.flags = "--minimal", .value = "", .doc = "all minimal intervention sets, optimal or not"},
              flags.minimal);
  add_option_flags(line, flags.options);
  flags.output.add_to(line, {"txt", "json"});
}

}  // namespace

ExitCode run_bandit_pomis(const Arguments& arguments) {
  CommandLine line("bandit pomis", "G --outcome Y [options]",
                   "Lists the sets of nodes that are worth setting to fixed values.");
  PomisFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (flags.graph.empty() || flags.outcome.empty()) {
    throw InvalidArgument("a graph and --outcome are needed", "the command line", line.see_help());
  }
  flags.output.check();
  const Admg graph = read_query_graph(flags.graph, flags.latent).projection();
  const NodeId y = nodes_named(graph.graph(), {flags.outcome}).front();
  const bandits::InterventionSets found = flags.minimal ? minimal_intervention_sets(graph, y, flags.options)
                                                        : possibly_optimal_sets(graph, y, flags.options);
  const std::string what = flags.minimal ? "minimal" : "possibly_optimal";
  if (flags.output.format_or("txt") == "json") {
    io::Json json = io::Json::object();
    json.set("schema", "causal.intervention_sets/1");
    json.set("kind", what);
    json.set("outcome", flags.outcome);
    json.set("status", to_string(found.status));
    json.set("reason", found.reason);
    io::Json sets = io::Json::array();
    for (const NodeSet& set : found.sets) sets.push(json_list(names_of(graph.graph(), set)));
    json.set("sets", std::move(sets));
    flags.output.write(json.dump(2) + "\n");
  } else {
    std::string text = fmt::format("{} {} sets for {}\n", found.sets.size(),
                                   flags.minimal ? "minimal" : "possibly optimal", flags.outcome);
    for (const NodeSet& set : found.sets) text += fmt::format("  {}\n", set_text(names_of(graph.graph(), set)));
    if (found.status != Status::Ok) text += fmt::format("{}: {}\n", to_string(found.status), found.reason);
    flags.output.write(text);
  }
  return exit_code_for(found.status);
}

}  // namespace causal::cli
