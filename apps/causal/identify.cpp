// causal identify GRAPH: how an effect can be computed from what is observed, or why it cannot.

#include <algorithm>

#include "command_line.hpp"
#include "effect_answer.hpp"
#include "output_flags.hpp"

namespace causal::cli {
namespace {

struct IdentifyFlags {
  std::string graph;
  std::vector<std::string> treatment, outcome, given, latent;
  EffectQuestion question;
  bool explain = false;
  OutputFlags output;
};

void declare(CommandLine& line, IdentifyFlags& flags) {
  line.example("causal identify model.dagitty", "treatment, outcome and latents as the file marks them");
  line.example("causal identify g.json --treatment X --outcome Y --all-sets", "every minimal adjustment set");
  line.example("causal identify g.json --treatment X --outcome Y --latent U --explain", "why, and what else was tried");
  line.operand("GRAPH", "a dag, admg, cpdag or mpdag in any format; - for standard input", flags.graph);
  line.option({.flags = "--treatment", .value = "X,..", .doc = "what is set; the exposures of a dagitty file"},
              flags.treatment);
  line.option({.flags = "--outcome", .value = "Y,..", .doc = "what is looked at; the outcomes of a dagitty file"},
              flags.outcome);
  line.option({.flags = "--given", .value = "Z,..", .doc = "the effect where these were observed (method id)"},
              flags.given);
  line.option({.flags = "--latent", .value = "U,..", .doc = "not measured, in addition to the file's latents"},
              flags.latent);
  line.option({.flags = "--method", .value = "NAME", .doc = "which way to look", .default_text = "auto"},
              flags.question.method);
  line.option({.flags = "--adjust", .value = "KIND", .doc = "which adjustment set", .default_text = "minimal"},
              flags.question.adjust);
  line.toggle({.flags = "--all-sets",
               .value = "",
               .doc = "list all adjustment or front-door sets (with --adjust minimal the minimal ones)"},
              flags.question.all_sets);
  line.option({.flags = "--max-results",
               .value = "N",
               .doc = "list at most so many sets",
               .default_text = std::to_string(flags.question.max_results)},
              flags.question.max_results, at_least(1));
  line.toggle({.flags = "--explain", .value = "", .doc = "show what was tried and the steps of ID"}, flags.explain);
  flags.output.add_to(line, {"txt", "json"});
}

// The nodes named, or else the ones the file marks. Errors: InvalidArgument for none, and for a latent one.
NodeSet chosen(const QueryGraph& graph, const std::vector<std::string>& names, const NodeSet& marked,
               const std::string& flag) {
  const NodeSet nodes = names.empty() ? marked : nodes_named(graph.graph(), names);
  if (nodes.empty()) {
    throw InvalidArgument("no " + flag + " is given", "the command line", "Name it: --" + flag + " NAME.");
  }
  for (const NodeId v : nodes) {
    if (!std::binary_search(graph.latents.begin(), graph.latents.end(), v)) continue;
    throw InvalidArgument("the " + flag + " '" + graph.graph().name(v) + "' is latent", "the command line",
                          "Ask for something that is measured.");
  }
  return nodes;
}

void refuse_overlap(const MixedGraph& graph, const NodeSet& a, const NodeSet& b, const char* words) {
  for (const NodeId v : a) {
    if (!std::binary_search(b.begin(), b.end(), v)) continue;
    throw InvalidArgument("'" + graph.name(v) + "' is " + words, "the command line", "Each node plays one part.");
  }
}

}  // namespace

ExitCode run_identify(const Arguments& arguments) {
  CommandLine line("identify", "GRAPH --treatment X --outcome Y [options]",
                   "Finds out how an effect can be computed from what is observed. Exit code 4 when it cannot.");
  IdentifyFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (flags.graph.empty()) throw InvalidArgument("a graph is needed", "the command line", line.see_help());
  flags.output.check();
  const QueryGraph graph = read_query_graph(flags.graph, flags.latent);
  EffectQuestion& question = flags.question;
  question.x = chosen(graph, flags.treatment, graph.roles.exposures, "treatment");
  question.y = chosen(graph, flags.outcome, graph.roles.outcomes, "outcome");
  if (!flags.given.empty()) question.z = chosen(graph, flags.given, {}, "given");
  refuse_overlap(graph.graph(), question.x, question.y, "both treatment and outcome");
  refuse_overlap(graph.graph(), question.z, question.x, "both given and treatment");
  refuse_overlap(graph.graph(), question.z, question.y, "both given and outcome");

  const EffectAnswer answer = answer_effect(graph, question);
  flags.output.write(flags.output.format_or("txt") == "json" ? effect_json(graph, question, answer).dump(2) + "\n"
                                                             : effect_text(graph, question, answer, flags.explain));
  if (answer.sets_status != Status::Ok) return exit_code_for(answer.sets_status);
  return answer.found() ? ExitCode::Ok : ExitCode::NoAnswer;
}

}  // namespace causal::cli
