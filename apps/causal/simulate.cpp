// causal simulate: data from a random, or a given, linear causal model, or from a process that changes.

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "causal/graph/random_graph.hpp"
#include "causal/io/file.hpp"
#include "causal/io/format.hpp"
#include "causal/scm/linear_sem.hpp"
#include "command_line.hpp"
#include "graph_files.hpp"
#include "option_flags.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"
#include "simulate_process.hpp"
#include "table_files.hpp"
#include "terminal.hpp"

namespace causal::cli {

/// Which random graphs.
enum class GraphModel { ErdosRenyi, ScaleFree };

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::GraphModel> {
  static constexpr std::array<std::pair<cli::GraphModel, std::string_view>, 2> names{
      {{cli::GraphModel::ErdosRenyi, "er"}, {cli::GraphModel::ScaleFree, "scale-free"}}};
};

namespace causal::cli {
namespace {

struct SimulateFlags {
  int nodes = 10;
  double degree = 2;
  double density = 0;
  std::int64_t n = 1000;
  GraphModel model = GraphModel::ErdosRenyi;
  LinearSemOptions sem;
  std::string scm;
  std::optional<ChangingProcess> process;
  std::string graph_out;
  std::string output = "-";
  bool force = false;
  RunFlags run;
};

void declare(CommandLine& line, SimulateFlags& flags) {
  line.example("causal simulate --nodes 20 --degree 3 --n 1000 -o data.csv --graph-out truth.json",
               "a random model: its data and its graph");
  line.example("causal simulate --scm truth.json --n 500 --seed 7 -o more.csv",
               "more data from a model written before");
  line.example("causal simulate --process cdnod-1 -o data.csv --graph-out truth.json",
               "data whose mechanisms change with time, and what is true of them");
  line.heading("Model");
  line.option({.flags = "--nodes", .value = "P", .doc = "variables", .default_text = "10"}, flags.nodes,
              closed_interval(1, 100000));
  line.option({.flags = "--degree", .value = "X", .doc = "expected neighbours of a node", .default_text = "2"},
              flags.degree, at_least(0));
  line.option({.flags = "--density", .value = "X", .doc = "expected share of pairs with an edge, instead of --degree"},
              flags.density, closed_interval(0, 1));
  line.option({.flags = "--graph",
               .value = "NAME",
               .doc = "random graphs; in scale-free ones a node joins degree/2 others",
               .default_text = "er"},
              flags.model);
  add_option_flags(line, flags.sem);
  line.option({.flags = "--scm",
               .value = "FILE",
               .doc = "take the DAG from a graph file and the coefficients from the strengths of its edges; noise "
                      "variances are drawn as above"},
              flags.scm);
  FlagSpec process{.flags = "--process",
                   .value = "NAME",
                   .doc = "a process whose mechanisms change with time or between domains, instead of a random model"};
  for (const auto& [value, name] : EnumNames<ChangingProcess>::names) process.choices.emplace_back(name);
  line.option(std::move(process),
              [&flags](const std::string& text) { flags.process = enum_from_name<ChangingProcess>(text); });
  line.heading("Data");
  line.option({.flags = "--n",
               .value = "N",
               .doc = "rows; with --process as many as published when absent",
               .default_text = "1000"},
              flags.n, at_least(1));
  line.option({.flags = "-o,--output", .value = "FILE", .doc = "CSV, .tsv or .npy; standard output when absent"},
              flags.output);
  line.option({.flags = "--graph-out", .value = "FILE", .doc = "also write the true graph; format by extension"},
              flags.graph_out);
  line.toggle({.flags = "--force", .value = "", .doc = "overwrite files that exist"}, flags.force);
  flags.run.add_to(line);
}

Dag random_graph(const SimulateFlags& flags, bool density_given) {
  const double other_nodes = std::max(1, flags.nodes - 1);
  const double degree = density_given ? flags.density * other_nodes : flags.degree;
  if (degree > other_nodes) {
    throw InvalidArgument(fmt::format("--degree = {} must be at most --nodes - 1 = {}", degree, other_nodes),
                          "the command line");
  }
  const std::uint64_t seed = flags.run.options.seed;
  if (flags.model == GraphModel::ErdosRenyi) return random_dag_er(flags.nodes, degree, seed);
  // Each new node brings its edges and receives as many on average.
  return random_dag_scale_free(flags.nodes, std::max(1, static_cast<int>(std::lround(degree / 2))), seed);
}

/// A model over the DAG of a file, with the strengths of its edges as coefficients.
LinearSem model_of_file(const SimulateFlags& flags) {
  const LearnedGraph graph = read_graph_file(flags.scm, "");
  Dag dag(graph.graph());
  std::vector<double> weights;
  for (const LearnedEdge& edge : graph.edges) {
    if (!std::isfinite(edge.strength)) {
      throw DataError("an edge has no strength to use as coefficient: " + edge_text(edge.edge, graph.names()),
                      flags.scm, "Write the model with causal simulate --graph-out F.json, or fill in the strengths.");
    }
    weights.push_back(edge.strength);
  }
  const LinearSem random = LinearSem::random(dag, flags.sem, flags.run.options.seed);
  return LinearSem(std::move(dag), std::move(weights), random.intercepts(), random.variances(), flags.sem.noise);
}

/// The DAG with its coefficients as strengths: what --scm reads.
LearnedGraph graph_of(const LinearSem& sem, const SimulateFlags& flags) {
  LearnedGraph graph = learned_graph_from(sem.dag().graph(), GraphKind::Dag);
  for (std::size_t k = 0; k < graph.edges.size(); ++k) graph.edges[k].strength = sem.weights()[k];
  graph.run.version = CAUSAL_VERSION;
  graph.run.algorithm = "simulate";
  graph.run.seed = flags.run.options.seed;
  graph.run.n = flags.n;
  graph.run.p = sem.dag().n();
  return graph;
}

void check_memory(double bytes, const SimulateFlags& flags, const char* place) {
  if (bytes <= static_cast<double>(flags.run.options.memory_limit_bytes)) return;
  throw BudgetError(fmt::format("the table needs {}, more than the limit", bytes_text(bytes)), place,
                    "Draw fewer rows, or raise --memory-limit.");
}

void publish(const Dataset& data, const LearnedGraph& truth, const SimulateFlags& flags) {
  write_output(flags.output, table_text(data, flags.output), flags.force);
  if (!flags.graph_out.empty()) {
    write_output(flags.graph_out, graph_text(truth, graph_format_of(flags.graph_out)), flags.force);
  }
}

ExitCode simulate_model(const SimulateFlags& flags, bool density_given) {
  const LinearSem sem = flags.scm.empty()
                            ? LinearSem::random(random_graph(flags, density_given), flags.sem, flags.run.options.seed)
                            : model_of_file(flags);
  const std::size_t edges = sem.dag().graph().edges().size();
  const double bytes = static_cast<double>(flags.n) * sem.dag().n() * sizeof(double);
  if (flags.run.dry_run) {
    write_stdout(fmt::format("{} nodes, {} edges, {} rows, about {} of data\n", sem.dag().n(), edges, grouped(flags.n),
                             bytes_text(bytes)));
    return ExitCode::Ok;
  }
  check_memory(bytes, flags, "--n and --nodes");
  publish(sem.sample(flags.n, flags.run.options), graph_of(sem, flags), flags);
  flags.run.say(fmt::format("{} rows of {} variables, {} edges, seed {}", grouped(flags.n), sem.dag().n(), edges,
                            flags.run.options.seed));
  return ExitCode::Ok;
}

ExitCode simulate_process(const SimulateFlags& flags) {
  const ChangingProcess process = *flags.process;
  const double bytes = process_bytes(process, flags.n);
  if (flags.run.dry_run) {
    write_stdout(
        fmt::format("{}, {} rows, about {} of data\n", enum_name(process), grouped(flags.n), bytes_text(bytes)));
    return ExitCode::Ok;
  }
  check_memory(bytes, flags, "--n");
  const ProcessDraw draw = draw_process(process, flags.n, flags.run.options);
  publish(draw.data, draw.truth, flags);
  flags.run.say(fmt::format("{} rows of {} variables and the surrogate '{}', {} edges, seed {}", grouped(flags.n),
                            draw.truth.run.p, draw.truth.nodes.back().name, draw.truth.edges.size(),
                            flags.run.options.seed));
  return ExitCode::Ok;
}

}  // namespace

ExitCode run_simulate(const Arguments& arguments) {
  CommandLine line("simulate", "[options]", "Draws a causal model and data from it.");
  SimulateFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  validate(flags.sem, "simulate");
  if (flags.process) {
    refuse_model_flags(line);
    if (!line.given("--n")) flags.n = default_rows(*flags.process);
    if (flags.n < fewest_rows(*flags.process)) {
      throw InvalidArgument(fmt::format("--n = {} must be at least {} for {}", flags.n, fewest_rows(*flags.process),
                                        enum_name(*flags.process)),
                            "the command line");
    }
  }
  const auto graph_format = io::format_from_extension(flags.output);
  if (graph_format && *graph_format != io::GraphFormat::Csv && *graph_format != io::GraphFormat::Txt) {
    throw InvalidArgument("data cannot be written in a graph format", flags.output,
                          "Write .csv, .tsv or .npy; --graph-out takes the graph.");
  }
  refuse_same_files({flags.output, flags.graph_out}, {flags.scm});
  if (!is_stdout(flags.output)) io::check_writable(flags.output, flags.force);
  if (!flags.graph_out.empty()) io::check_writable(flags.graph_out, flags.force);

  return flags.process ? simulate_process(flags) : simulate_model(flags, line.given("--density"));
}

}  // namespace causal::cli
