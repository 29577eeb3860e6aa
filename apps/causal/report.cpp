// causal report RUN.json: an HTML page of a finished run.

#include <optional>

#include "bandit.hpp"
#include "causal/io/file.hpp"
#include "causal/io/json.hpp"
#include "command_line.hpp"
#include "estimate_output.hpp"
#include "file_errors.hpp"
#include "graph_files.hpp"
#include "output_flags.hpp"
#include "report_page.hpp"

namespace causal::cli {
namespace {

/// The record in the file, if it has that schema.
std::optional<io::Json> record_of(std::string_view wanted, std::string_view text, const std::string& path) {
  if (text.find(wanted) == std::string_view::npos) return std::nullopt;
  io::Json json = io::Json::parse(text, path);
  const io::Json* schema = json.find("schema");
  if (schema == nullptr || !schema->is_string() || schema->as_string() != wanted) return std::nullopt;
  return json;
}

}  // namespace

ExitCode run_report(const Arguments& arguments) {
  CommandLine line(
      "report", "RUN.json -o FILE.html [options]",
      "Makes a page for the browser of a finished run: graph, estimates or policies, assumptions, options.");
  line.example("causal discover data.csv -o run.json && causal report run.json -o run.html", "run now, read later");
  std::string path;
  std::string output = "-";
  std::string true_graph;
  bool force = false;
  line.operand(
      "RUN.json",
      "the JSON that causal discover, estimate, refute or bandit compare wrote; a graph also from standard input (-)",
      path);
  line.option({.flags = "-o,--output", .value = "FILE", .doc = "the page; standard output when absent"}, output);
  line.option({.flags = "--true-graph", .value = "FILE", .doc = "also compare with this graph"}, true_graph);
  line.toggle({.flags = "--force", .value = "", .doc = "overwrite a file that exists"}, force);
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (path.empty()) {
    throw InvalidArgument("no run given", "the command line", "causal report run.json -o run.html");
  }
  if (!is_stdout(output)) io::check_writable(output, force);
  if (path != "-") {
    const io::MappedFile file(path);
    if (const auto record = record_of("causal.estimate/1", file.bytes(), path)) {
      write_output(output, reading(path, [&] { return estimate_page(*record); }), force);
      return ExitCode::Ok;
    }
    if (const auto record = record_of("causal.bandit/1", file.bytes(), path)) {
      write_output(output, reading(path, [&] { return bandit_page(*record); }), force);
      return ExitCode::Ok;
    }
  }
  const LearnedGraph graph = read_graph_file(path, "");
  if (true_graph.empty()) {
    write_output(output, report_page(graph, nullptr), force);
  } else {
    const LearnedGraph truth = read_graph_file(true_graph, "");
    write_output(output, report_page(graph, &truth), force);
  }
  return ExitCode::Ok;
}

}  // namespace causal::cli
