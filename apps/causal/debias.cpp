// causal debias fit|apply|ate|compare|ppi: outcomes that a model predicted, with its shrinkage taken out.

#include "debias.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "causal/io/file.hpp"
#include "causal/io/parse_number.hpp"
#include "causal/run/error.hpp"
#include "error_text.hpp"
#include "file_errors.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

constexpr std::array<Command, 5> kVerbs{{
    {"fit", "fit a correction on rows with outcome and prediction, and save it", run_debias_fit},
    {"apply", "add corrected predictions to a table", run_debias_apply},
    {"ate", "the effect of a treatment in a trial with predicted outcomes", run_debias_ate},
    {"compare", "which correction suits the calibration rows", run_debias_compare},
    {"ppi", "means and effects when some rows have the measured outcome", run_debias_ppi},
}};

std::string usage() {
  std::string text = "Usage: causal debias VERB [options]\n\nVerbs\n";
  for (const Command& verb : kVerbs) text += fmt::format("  {:<8} {}\n", verb.name, verb.summary);
  return text +
         "\nExamples\n"
         "  causal debias fit calibration.csv --prediction f --outcome y -o map.json\n"
         "  causal debias ate map.json trial.csv --prediction f --treatment a --propensity e\n"
         "\ncausal debias VERB --help says more.\n";
}

}  // namespace

Eigen::VectorXd numbers_of(const Dataset& table, const std::string& name, const std::string& part) {
  const int j = table.index_of(name);
  const std::int64_t missing = table.missing_counts()[static_cast<std::size_t>(j)];
  if (missing > 0) {
    throw DataError(fmt::format("{} cells of the {} '{}' are missing", missing, part, name), {},
                    "Use --missing drop to leave their rows out.");
  }
  const Eigen::VectorXd values = table.values().col(j);
  const std::vector<std::string>& levels = table.column(j).levels;
  if (levels.empty()) return values;
  Eigen::VectorXd of_level(std::ssize(levels));
  for (std::size_t k = 0; k < levels.size(); ++k) {
    double number = 0;
    if (io::parse_number(levels[k], number) != io::NumberStatus::Ok) {
      throw DataError(fmt::format("the {} '{}' has the value '{}', which is no number", part, name, levels[k]));
    }
    of_level(static_cast<Eigen::Index>(k)) = number;
  }
  Eigen::VectorXd numbers(values.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) numbers(i) = of_level(static_cast<Eigen::Index>(values(i)));
  return numbers;
}

std::unique_ptr<estimation::Debiaser> read_debiaser(const std::string& path) {
  const io::MappedFile file(path);
  const io::Json json = io::Json::parse(file.bytes(), path);
  return reading(path, [&] { return estimation::Debiaser::from_json(json); });
}

ExitCode run_debias(const Arguments& arguments) {
  if (arguments.empty()) {
    write_stderr(usage());
    return ExitCode::Usage;
  }
  const std::string& first = arguments.front();
  if (first == "-h" || first == "--help" || first == "help") {
    write_stdout(usage());
    return ExitCode::Ok;
  }
  std::vector<std::string> names;
  for (const Command& verb : kVerbs) {
    if (verb.name == first) return verb.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(verb.name);
  }
  throw InvalidArgument(fmt::format("unknown verb '{}'", first), "the command line",
                        with_suggestion("See causal debias --help.", first, names));
}

}  // namespace causal::cli
