// causal do MODEL: what a variable would be if others were set, and what it would have been.

#include <algorithm>
#include <set>

#include "causal/io/file.hpp"
#include "causal/io/scm_json.hpp"
#include "command_line.hpp"
#include "do_query.hpp"
#include "error_text.hpp"
#include "file_errors.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

struct DoFlags {
  DoQuestion question;
  std::vector<std::string> set, given, after;
  std::string diagram;
  RunFlags run;
  OutputFlags output;
};

void declare(CommandLine& line, DoFlags& flags) {
  DoQuestion& question = flags.question;
  line.example("causal do g.dagitty --table joint.csv --set s=1 --query c", "a graph and what was observed");
  line.example("causal do asia.bif --set smoke=no --query lung,bronc", "a Bayesian network");
  line.example("causal do model.json --given X=0.5,H=1,Y=1.5 --set H=2 --query Y", "what would have been");
  line.operand("MODEL", "a graph (with --table), a .bif network or a causal.scm/1 file; - for standard input",
               question.model);
  line.option({.flags = "--query", .value = "Y,..", .doc = "what is asked for"}, question.query);
  line.option({.flags = "--set", .value = "X=V,..", .doc = "what is forced to a value"}, flags.set);
  line.option({.flags = "--given",
               .value = "Z=V,..",
               .doc = "what was seen without the intervention: a counterfactual question"},
              flags.given);
  line.option({.flags = "--after", .value = "Z=V,..", .doc = "what is seen under the intervention"}, flags.after);
  line.option({.flags = "--table",
               .value = "FILE",
               .doc = "of a graph: a CSV with one column per variable and one named p, or rows of data"},
              question.table);
  line.option({.flags = "--latent", .value = "U,..", .doc = "of a graph: not measured, besides the file's latents"},
              question.latent);
  line.toggle({.flags = "--independent-responses",
               .value = "",
               .doc = "assume that what a table says for different parents is independent where a counterfactual needs "
                      "to know"},
              question.independent_responses);
  line.option({.flags = "--samples",
               .value = "N",
               .doc = "draws where there is no exact way",
               .default_text = std::to_string(question.samples)},
              question.samples, at_least(1));
  line.option(
      {.flags = "--diagram",
       .value = "FILE",
       .doc = "draw the string diagram before and after surgery: FILE.before.EXT and FILE.after.EXT; .dot, .tex "
              "or .json"},
      flags.diagram);
  flags.run.add_to(line);
  flags.output.add_to(line, {"txt", "json"});
}

std::vector<Setting> settings_from(const std::string& flag, const std::vector<std::string>& words) {
  std::vector<Setting> settings;
  std::set<std::string> seen;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InvalidArgument("'" + word + "' is no NAME=VALUE", flag, "Write " + flag + " name=value,other=value.");
    }
    settings.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    if (!seen.insert(settings.back().first).second) {
      throw InvalidArgument("'" + settings.back().first + "' is given twice", flag, "Give each variable one value.");
    }
  }
  return settings;
}

void check(const DoQuestion& question, const CommandLine& line) {
  if (question.model.empty()) throw InvalidArgument("a model is needed", "the command line", line.see_help());
  if (question.query.empty()) {
    throw InvalidArgument("no --query is given", "the command line", "Name what is asked for: --query Y.");
  }
  std::set<std::string> names;
  for (const std::string& name : question.query) {
    if (!names.insert(name).second) throw InvalidArgument("'" + name + "' is asked for twice", "--query");
  }
  for (const auto* settings : {&question.set, &question.after}) {
    for (const auto& [name, value] : *settings) {
      if (names.insert(name).second) continue;
      throw InvalidArgument("'" + name + "' plays two parts in one world", "the command line",
                            "A variable is set, seen after, or asked for.");
    }
  }
}

DoAnswer answer_of(const DoQuestion& question) {
  if (question.model.ends_with(".bif")) return do_on_network(question);
  if (question.model.ends_with(".json") && question.table.empty()) {
    const std::string text = std::string(io::MappedFile(question.model).bytes());
    const io::Json json = io::Json::parse(text, question.model);
    const io::Json* schema = json.find("schema");
    if (schema != nullptr && schema->is_string() && schema->as_string().starts_with("causal.scm/")) {
      return do_on_scm(question, reading(question.model, [&] { return io::scm_from_json(json); }));
    }
  }
  return do_on_graph(question);
}

ExitCode exit_code_of(const DoAnswer& answer) {
  if (!answer.refusal) return ExitCode::Ok;
  return answer.refusal->kind == "budget_exceeded" ? ExitCode::Budget : ExitCode::NoAnswer;
}

}  // namespace

ExitCode run_do(const Arguments& arguments) {
  CommandLine line("do", "MODEL --query Y [--set X=V] [--given Z=V] [options]",
                   "Computes what would be if variables were set. Exit code 4 when that is not determined.");
  DoFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  DoQuestion& question = flags.question;
  question.run = flags.run.options;
  question.set = settings_from("--set", flags.set);
  question.given = settings_from("--given", flags.given);
  question.after = settings_from("--after", flags.after);
  check(question, line);
  flags.output.check();
  std::array<std::string, 2> diagrams;
  if (!flags.diagram.empty()) diagrams = diagram_paths(flags.diagram);
  refuse_same_files({flags.output.path, diagrams[0], diagrams[1]}, {question.model, question.table});
  for (const std::string& path : diagrams) {
    if (!path.empty()) io::check_writable(path, flags.output.force);
  }

  if (flags.run.dry_run) {
    write_stdout(question_text(question) + "\n");
    return ExitCode::Ok;
  }
  const DoAnswer answer = answer_of(question);
  for (const std::string& warning : answer.warnings) flags.run.warn(warning);
  if (!flags.diagram.empty()) {
    const auto texts = diagram_texts(answer.picture, flags.diagram);
    for (std::size_t i = 0; i < 2; ++i) write_output(diagrams[i], texts[i], flags.output.force);
  }
  flags.output.write(flags.output.format_or("txt") == "json" ? do_json(question, answer).dump(2) + "\n"
                                                             : do_text(question, answer));
  return exit_code_of(answer);
}

}  // namespace causal::cli
