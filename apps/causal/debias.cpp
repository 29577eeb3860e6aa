// causal debias fit|apply|ate|compare|ppi: outcomes that a model predicted, with its shrinkage taken out.

#include "debias.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "causal/data/level_numbers.hpp"
#include "causal/io/file.hpp"
#include "causal/run/error.hpp"
#include "file_errors.hpp"
#include "verbs.hpp"

namespace causal::cli {
namespace {

constexpr std::array<Command, 5> kVerbs{{
    {"fit", "fit a correction on rows with outcome and prediction, and save it", run_debias_fit},
    {"apply", "add corrected predictions to a table", run_debias_apply},
    {"ate", "the effect of a treatment in a trial with predicted outcomes", run_debias_ate},
    {"compare", "which correction suits the calibration rows", run_debias_compare},
    {"ppi", "means and effects when some rows have the measured outcome", run_debias_ppi},
}};

constexpr std::string_view kMore =
    "\nExamples\n"
    "  causal debias fit calibration.csv --prediction f --outcome y -o map.json\n"
    "  causal debias ate map.json trial.csv --prediction f --treatment a --propensity e\n"
    "\ncausal debias VERB --help says more.\n";

}  // namespace

Eigen::VectorXd numbers_of(const Dataset& table, const std::string& name, const std::string& part) {
  const int j = table.index_of(name);
  const std::int64_t missing = table.missing_counts()[static_cast<std::size_t>(j)];
  if (missing > 0) {
    throw DataError(fmt::format("{} cells of the {} '{}' are missing", missing, part, name), {},
                    "Use --missing drop to leave their rows out.");
  }
  NumericCells cells = numeric_cells(table, j);
  if (cells.text_level) {
    throw DataError(fmt::format("the {} '{}' has the value '{}', which is no number", part, name, *cells.text_level));
  }
  return std::move(cells.values);
}

std::unique_ptr<estimation::Debiaser> read_debiaser(const std::string& path) {
  const io::MappedFile file(path);
  const io::Json json = io::Json::parse(file.bytes(), path);
  return reading(path, [&] { return estimation::Debiaser::from_json(json); });
}

ExitCode run_debias(const Arguments& arguments) { return run_verb("debias", kVerbs, kMore, arguments); }

}  // namespace causal::cli
