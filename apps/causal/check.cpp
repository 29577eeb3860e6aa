// causal check DATA: what is in the table, and what may go wrong with it.

#include <fmt/format.h>

#include "causal/data/check.hpp"
#include "causal/io/json.hpp"
#include "command_line.hpp"
#include "input_flags.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"

namespace causal::cli {
namespace {

io::Json as_json(const DataReport& report, const std::string& sha256) {
  io::Json object = io::Json::object();
  object.set("schema", "causal.check/1");
  object.set("sha256", sha256);
  object.set("rows", report.rows);
  object.set("complete_rows", report.complete_rows);
  io::Json columns = io::Json::array();
  for (const ColumnSummary& column : report.columns) {
    io::Json item = io::Json::object();
    item.set("name", column.name);
    item.set("type", enum_name(column.type));
    item.set("distinct", column.distinct);
    item.set("missing", column.missing);
    item.set("min", column.min);
    item.set("max", column.max);
    item.set("mean", column.mean);
    item.set("sd", column.sd);
    columns.push(std::move(item));
  }
  object.set("columns", std::move(columns));
  io::Json findings = io::Json::array();
  for (const DataFinding& finding : report.findings) {
    io::Json item = io::Json::object();
    item.set("severity", enum_name(finding.severity));
    item.set("column", finding.column);
    item.set("message", finding.message);
    item.set("hint", finding.hint);
    findings.push(std::move(item));
  }
  object.set("findings", std::move(findings));
  return object;
}

std::string as_text(const DataReport& report) {
  std::size_t width = 6;
  for (const ColumnSummary& column : report.columns) width = std::max(width, column.name.size());
  std::string text = fmt::format("{} rows, {} of them complete, {} columns\n\n", grouped(report.rows),
                                 grouped(report.complete_rows), report.columns.size());
  text += fmt::format("{:<{}}  {:<10}  {:>9}  {:>7}  {:>10}  {:>10}  {:>10}  {:>10}\n", "column", width, "type",
                      "distinct", "missing", "min", "mean", "max", "sd");
  for (const ColumnSummary& column : report.columns) {
    text += fmt::format("{:<{}}  {:<10}  {:>9}  {:>7}  {:>10.4g}  {:>10.4g}  {:>10.4g}  {:>10.4g}\n", column.name,
                        width, enum_name(column.type), column.distinct, column.missing, column.min, column.mean,
                        column.max, column.sd);
  }
  text += "\n";
  for (const DataFinding& finding : report.findings) {
    text += fmt::format("{}: {}\n  {}\n", enum_name(finding.severity), finding.message, finding.hint);
  }
  if (report.findings.empty()) text += "nothing stands against an analysis\n";
  return text;
}

}  // namespace

ExitCode run_check(const Arguments& arguments) {
  CommandLine line("check", "DATA [options]",
                   "Shows what is in the table and what may go wrong with it. Exit code 3 when a run would refuse it.");
  line.example("causal check data.csv", "columns, types, missing cells, constant and copied columns");
  InputFlags input_flags;
  OutputFlags output;
  RunFlags run;
  input_flags.missing = MissingCells::Pairwise;  // Missing cells are something to report here, not to refuse.
  input_flags.add_to(line);
  output.add_to(line, {"txt", "json"});
  run.add_to(line);
  if (!line.parse(arguments)) return ExitCode::Ok;
  run.settle(line);
  output.check();
  const Input input = input_flags.load(run);
  if (!input.data) {
    throw InvalidArgument("check looks at rows, and a covariance matrix has none", input.path, "Give the data.");
  }
  const DataReport report = check_data(*input.data, {.run = run.options});
  output.write(output.format_or("txt") == "json" ? as_json(report, input.sha256).dump(2) + "\n" : as_text(report));
  return report.has_errors() ? ExitCode::BadInput : ExitCode::Ok;
}

}  // namespace causal::cli
