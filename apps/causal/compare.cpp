// causal compare G1 G2: how far two graphs are apart.

#include "command_line.hpp"
#include "graph_comparison.hpp"
#include "graph_files.hpp"
#include "output_flags.hpp"

namespace causal::cli {

ExitCode run_compare(const Arguments& arguments) {
  CommandLine line("compare", "TRUTH GUESS [options]", "Measures how far a graph is from the true one.");
  line.example("causal compare truth.json learned.json", "SHD, and precision and recall of edges and arrowheads");
  line.example("causal compare truth.csv learned.dot --as cpdag --json", "as equivalence classes, for a program");
  std::string truth;
  std::string guess;
  CompareAs as = CompareAs::Auto;
  OutputFlags output;
  line.operand("TRUTH", "the true graph, in any format; - for standard input", truth);
  line.operand("GUESS", "the graph to judge; nodes are matched by name", guess);
  line.option({.flags = "--as",
               .value = "KIND",
               .doc = "cpdag takes a DAG for its equivalence class; auto does so when only one graph is a DAG",
               .default_text = "auto"},
              as);
  output.add_to(line, {"txt", "json"});
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (guess.empty()) {
    throw InvalidArgument("two graphs are needed", "the command line", "causal compare truth.json learned.json");
  }
  output.check();
  const NamedComparison comparison = compare_with_truth(read_graph_file(truth, ""), read_graph_file(guess, ""), as);
  output.write(output.format_or("txt") == "json" ? comparison_json(comparison).dump(2) + "\n"
                                                 : comparison_text(comparison));
  return ExitCode::Ok;
}

}  // namespace causal::cli
