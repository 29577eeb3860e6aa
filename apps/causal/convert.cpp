// causal convert IN OUT: graphs, and tables, from one format to another.

#include "causal/io/file.hpp"
#include "command_line.hpp"
#include "graph_files.hpp"
#include "output_flags.hpp"
#include "table_files.hpp"

namespace causal::cli {
namespace {

struct ConvertFlags {
  std::string input;
  std::string output;
  std::string from;
  std::string to;
  bool force = false;
};

void declare(CommandLine& line, ConvertFlags& flags) {
  line.example("causal convert graph.json graph.dot", "formats by extension");
  line.example("causal convert model.txt --from dagitty - --to json", "formats by name, to standard output");
  line.example("causal convert data.csv data.npy", "a numeric table");
  line.operand("IN", "a graph, or a table when one side is .npy; - for standard input", flags.input);
  line.operand("OUT", "where to write; - for standard output", flags.output);
  line.option({.flags = "--from",
               .value = "NAME",
               .doc = "format of IN; by extension and content when absent",
               .choices = graph_format_names()},
              flags.from);
  line.option({.flags = "--to",
               .value = "NAME",
               .doc = "format of OUT; by its extension when absent",
               .choices = graph_format_names()},
              flags.to);
  line.toggle({.flags = "--force", .value = "", .doc = "overwrite a file that exists"}, flags.force);
}

}  // namespace

ExitCode run_convert(const Arguments& arguments) {
  CommandLine line("convert", "IN OUT [--from NAME] [--to NAME]", "Changes the format of a graph or a table.");
  ConvertFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (flags.output.empty()) {
    throw InvalidArgument("two files are needed: IN and OUT", "the command line",
                          "causal convert graph.json graph.dot");
  }
  if (!is_stdout(flags.output)) io::check_writable(flags.output, flags.force);
  if (is_npy(flags.input) || is_npy(flags.output)) {
    write_output(flags.output, table_text(read_table_file(flags.input), flags.output), flags.force);
    return ExitCode::Ok;
  }
  if (flags.to.empty() && is_stdout(flags.output)) {
    throw InvalidArgument("the format of standard output is not known", "the command line", "Name it: --to json.");
  }
  const std::string to = flags.to.empty() ? graph_format_of(flags.output) : flags.to;
  write_output(flags.output, graph_text(read_graph_file(flags.input, flags.from), to), flags.force);
  return ExitCode::Ok;
}

}  // namespace causal::cli
