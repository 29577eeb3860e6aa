// causal discover DATA: learn a causal graph.

#include <fmt/format.h>

#include "algorithm_options.hpp"
#include "causal/discovery/registry.hpp"
#include "causal/io/file.hpp"
#include "causal/io/knowledge_file.hpp"
#include "causal/io/sha256.hpp"
#include "causal/run/parallel.hpp"
#include "command_line.hpp"
#include "data_check.hpp"
#include "file_errors.hpp"
#include "graph_comparison.hpp"
#include "graph_files.hpp"
#include "input_flags.hpp"
#include "interrupt.hpp"
#include "output_flags.hpp"
#include "report_page.hpp"
#include "render/changes_text.hpp"
#include "run_flags.hpp"
#include "run_plan.hpp"
#include "run_record.hpp"
#include "terminal.hpp"
#include "test_choice.hpp"

namespace causal::cli {
namespace {

struct DiscoverFlags {
  InputFlags input;
  OutputFlags output;
  RunFlags run;
  std::string algorithm = "pc";
  AlgorithmOptions options;
  std::string test = "auto";
  discovery::CiTestOptions test_options;
  std::string knowledge;
  std::string true_graph;
  std::string report;
};

/// Background knowledge and what identifies the file it came from.
struct KnowledgeInput {
  Knowledge knowledge;
  std::string sha256;
};

/// The algorithm the words ask for, read before parsing so that only its options become flags.
std::string algorithm_in(const Arguments& arguments) {
  std::string algorithm = "pc";
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    if ((word == "-a" || word == "--algorithm") && i + 1 < arguments.size()) algorithm = arguments[i + 1];
    if (word.starts_with("--algorithm=")) algorithm = word.substr(12);
  }
  return std::string(discovery::find_algorithm(algorithm).info.name);
}

void declare(CommandLine& line, DiscoverFlags& flags) {
  line.example("causal discover data.csv", "PC, the test chosen by the types of the columns");
  line.example("causal discover data.csv --alpha 0.05 -o graph.json --report graph.html",
               "keep the result, and a page to read in the browser");
  line.example("causal discover data.csv --knowledge tiers.json --true-graph truth.csv",
               "use what is known, and measure how far from the truth the result is");
  line.example("causal discover data.csv -a cdnod --time t --report g.html", "mechanisms that change over time");
  line.example("causal discover --cov cov.csv --n-samples 500", "from a covariance matrix");
  line.example("sort -R data.csv | causal discover - --no-header -f dot | dot -Tsvg > graph.svg", "in a pipe");
  flags.input.add_to(line);
  line.heading("Method");
  line.option(
      {.flags = "-a,--algorithm", .value = "NAME", .doc = "causal list algorithms shows them", .default_text = "pc"},
      flags.algorithm);
  line.option({.flags = "--test",
               .value = "NAME",
               .doc = "independence test; auto goes by the types of the columns",
               .default_text = "auto"},
              flags.test);
  line.option({.flags = "--knowledge", .value = "FILE", .doc = "tiers, forbidden and required edges (JSON, Tetrad)"},
              flags.knowledge);
  line.heading(fmt::format("Options of {}", flags.algorithm));
  add_algorithm_flags(line, flags.algorithm, flags.options);
  add_test_flags(line, flags.test, flags.test_options);
  flags.output.add_to(line, graph_format_names());
  line.option({.flags = "--report", .value = "F.html", .doc = "also write a page for the browser"}, flags.report);
  line.option({.flags = "--true-graph", .value = "FILE", .doc = "also compare with this graph, on stderr"},
              flags.true_graph);
  flags.run.add_to(line);
}

KnowledgeInput read_knowledge(const std::string& path, const std::vector<std::string>& names) {
  if (path.empty()) return {};
  const io::MappedFile file(path);
  KnowledgeInput input{reading(path, [&] { return io::read_knowledge(file.bytes(), path); }), io::sha256(file.bytes())};
  try {
    input.knowledge = io::expand_patterns(input.knowledge, names);
    const KnowledgeIndex index(input.knowledge, names);
  } catch (const Error& error) {
    // A contradiction, or a variable that the data do not have: the file is at fault, not the command line.
    throw GraphError(
        error.message(), error.where().empty() ? path : path + ": " + error.where(),
        error.hint().empty() ? "Correct the file: its variables must be columns that are used." : error.hint());
  }
  return input;
}

/// The true graph, if one is given, known to be about the same variables before the search begins.
std::optional<LearnedGraph> read_truth(const std::string& path, const std::vector<std::string>& names) {
  if (path.empty()) return std::nullopt;
  LearnedGraph truth = read_graph_file(path, "");
  try {
    (void)compare_with_truth(truth, learned_graph_from(MixedGraph(names, {}), GraphKind::Cpdag), CompareAs::Auto);
  } catch (const InvalidArgument& error) {
    throw GraphError(error.message(), path, "It must have the variables that are used: see --columns and --exclude.");
  }
  return truth;
}

/// The options of the algorithm, then those of its test by names like kci.width.
std::vector<OptionRecord> all_option_records(const DiscoverFlags& flags, std::string_view test) {
  std::vector<OptionRecord> records = option_records(flags.algorithm, flags.options);
  for (OptionRecord& record : test_option_records(test, flags.test_options)) {
    record.name = fmt::format("{}.{}", test, record.name);
    records.push_back(std::move(record));
  }
  return records;
}

RunPlan plan_of(const DiscoverFlags& flags, const Input& input, std::string_view test) {
  RunPlan plan{.algorithm = flags.algorithm,
               .test = std::string(test),
               .n = input.n(),
               .p = static_cast<int>(input.variable_names().size()),
               .has_rows = input.data.has_value(),
               .threads = resolve_threads(flags.run.options.threads)};
  for (const OptionRecord& record : all_option_records(flags, test)) {
    plan.options.emplace_back(record.name, record.value);
  }
  return plan;
}

void fill_record(LearnedGraph& graph, const DiscoverFlags& flags, const Input& input, std::string_view test,
                 const KnowledgeInput& knowledge) {
  RunRecord& run = graph.run;
  run.tool = "causal";
  run.version = CAUSAL_VERSION;
  run.algorithm = flags.algorithm;
  run.options = {{"test", std::string(test)}};
  for (OptionRecord& record : all_option_records(flags, test)) run.options.push_back(std::move(record));
  run.options.push_back({"missing", std::string(enum_name(flags.input.missing))});
  if (!knowledge.sha256.empty()) run.options.push_back({"knowledge_sha256", knowledge.sha256});
  run.seed = flags.run.options.seed;
  run.data_sha256 = input.sha256;
  run.n = input.n();
  run.p = static_cast<int>(graph.nodes.size());
  if (!input.data) return;
  for (LearnedNode& node : graph.nodes) {
    for (const Column& column : input.data->columns()) {
      if (column.name == node.name) node.type = column.type;
    }
  }
}

/// What stands for the changes, when nothing was said about it.
void say_surrogate(const Input& input, const std::string& node, const RunFlags& run) {
  const Roles& roles = input.data->roles();
  if (roles.time || roles.environment) return;
  run.say(fmt::format("neither --time nor --env: the order of the rows stands for time, as node '{}'", node));
}

/// Graph, report, comparison, summary: everything that leaves the command.
void publish(const LearnedGraph& graph, const std::optional<LearnedGraph>& truth, const DiscoverFlags& flags) {
  flags.output.write(graph_text(graph, output_graph_format(flags.output)));
  if (!flags.report.empty()) {
    write_output(flags.report, report_page(graph, truth ? &*truth : nullptr), flags.output.force);
  }
  for (const std::string& warning : graph.warnings) flags.run.warn(warning);
  if (const std::string changes = render::changes_text(graph); !changes.empty()) flags.run.say(changes);
  if (truth) flags.run.say(comparison_text(compare_with_truth(*truth, graph, CompareAs::Auto)));
  const double seconds = graph.timing ? graph.timing->total_s : 0;
  flags.run.say(graph.brief() + (graph.timing ? fmt::format(", {:.3g} s", seconds) : ""));
}

LearnedGraph search(const DiscoverFlags& flags, const Input& input, const discovery::CiTestEntry& test,
                    const Knowledge& knowledge, const InterruptScope& interrupts) {
  ProgressLine progress(flags.run.progress_style());
  RunOptions run = flags.run.options;
  run.stop = interrupts.token();
  run.progress = progress.callback();
  return run_algorithm(flags.algorithm, flags.options, run, {input, test, flags.test_options}, knowledge);
}

}  // namespace

ExitCode run_discover(const Arguments& arguments) {
  const Stopwatch watch;
  DiscoverFlags flags;
  flags.algorithm = algorithm_in(arguments);
  flags.test = test_in(arguments);
  CommandLine line("discover", "DATA [options]", "Learns a causal graph from data.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  refuse_same_files({flags.output.path, flags.report},
                    {flags.input.data, flags.input.cov, flags.knowledge, flags.true_graph});
  flags.output.check();
  if (!flags.report.empty()) io::check_writable(flags.report, flags.output.force);
  const std::string format = output_graph_format(flags.output);

  const InterruptScope interrupts;  // Before reading, which starts the threads that inherit its signal mask.
  const Input input = flags.input.load(flags.run);
  const std::vector<std::string> names = node_names(flags.algorithm, flags.options, input);
  const KnowledgeInput knowledge = read_knowledge(flags.knowledge, names);
  const std::optional<LearnedGraph> truth = read_truth(flags.true_graph, names);
  std::vector<std::string> data_warnings = refuse_bad_data(input, flags.run.options);
  if (auto warning = unused_weights(input)) data_warnings.push_back(std::move(*warning));
  const discovery::CiTestEntry& entry = has_surrogate(flags.algorithm) ? choose_node_test(flags.test, input, flags.run)
                                                                       : choose_test(flags.test, input, flags.run);
  if (has_surrogate(flags.algorithm)) say_surrogate(input, names.back(), flags.run);
  const RunPlan plan = plan_of(flags, input, entry.info.name);
  if (flags.run.dry_run) {
    flags.output.write(format == "json" && flags.output.json ? plan.json().dump(2) + "\n" : plan.text());
    return ExitCode::Ok;
  }
  plan.check_memory(flags.run.options.memory_limit_bytes);

  const double reading_s = watch.seconds();
  LearnedGraph graph = search(flags, input, entry, knowledge.knowledge, interrupts);
  graph.stats.phase_seconds.insert(graph.stats.phase_seconds.begin(), {"read", reading_s});
  fill_record(graph, flags, input, entry.info.name, knowledge);
  graph.warnings.insert(graph.warnings.begin(), data_warnings.begin(), data_warnings.end());
  if (!flags.run.no_timing) graph.timing = watch.timing(line.name(), arguments, input.path, graph.stats);
  publish(graph, truth, flags);
  return exit_code_for(graph.status);
}

}  // namespace causal::cli
