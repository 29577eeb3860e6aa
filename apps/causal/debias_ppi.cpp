// causal debias ppi DATA: outcomes measured in some rows, predicted in all of them.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/estimation/debias/ppi.hpp"
#include "causal/io/options_json.hpp"
#include "causal/run/error.hpp"
#include "debias.hpp"
#include "estimate_output.hpp"
#include "input_flags.hpp"
#include "option_flags.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"
#include "table_files.hpp"

namespace causal::cli {
namespace {

using estimation::Estimate;
using estimation::PpiArms;
using estimation::PpiData;

struct PpiFlags {
  InputFlags input;
  OutputFlags output;
  RunFlags run;
  std::string prediction, outcome, treatment, propensity, labelled;
  double quantile = 0;
  estimation::PpiContrast contrast = estimation::PpiContrast::Hajek;
  estimation::PpiOptions options;
};

void declare(CommandLine& line, PpiFlags& flags) {
  line.example("causal debias ppi trial.csv --prediction f --outcome y --treatment a --propensity e",
               "an effect; y is empty in the rows where it was not measured");
  line.example("causal debias ppi many.csv --labelled few.csv --prediction f --outcome y", "a mean, from two files");
  flags.input.add_to(line);
  line.heading("Columns");
  line.option({.flags = "--prediction", .value = "COL", .doc = "what the model predicted, in every row"},
              flags.prediction);
  line.option({.flags = "--outcome", .value = "COL", .doc = "what was measured; an empty cell: not measured"},
              flags.outcome);
  line.option({.flags = "--labelled", .value = "FILE", .doc = "rows with a measured outcome; those of DATA have none"},
              flags.labelled);
  line.option({.flags = "--treatment", .value = "COL", .doc = "0 or 1: the effect instead of the mean"},
              flags.treatment);
  line.option({.flags = "--propensity",
               .value = "COL",
               .doc = "P(treatment = 1 | covariates); the share of the treated when absent"},
              flags.propensity);
  line.heading("Estimate");
  line.option({.flags = "--quantile", .value = "Q", .doc = "that quantile instead of the mean"}, flags.quantile,
              open_interval(0, 1));
  line.option({.flags = "--contrast", .value = "NAME", .doc = "how outcomes become an effect", .default_text = "hajek"},
              flags.contrast);
  add_option_flags(line, flags.options, {"influence"});
  flags.output.add_to(line, {"txt", "json", "csv"});
  flags.run.add_to(line);
}

void check(const PpiFlags& flags, const CommandLine& line) {
  if (flags.input.data.empty()) throw InvalidArgument("no data given", "the command line", line.see_help());
  if (flags.prediction.empty() || flags.outcome.empty()) {
    throw InvalidArgument("--prediction and --outcome are needed", "the command line",
                          "Name the columns: --prediction f --outcome y.");
  }
  if (line.given("--quantile") && !flags.treatment.empty()) {
    throw InvalidArgument("--quantile and --treatment are both given", "the command line",
                          "The effect is one on the mean.");
  }
  if (!flags.propensity.empty() && flags.treatment.empty()) {
    throw InvalidArgument("--propensity goes with --treatment", "the command line");
  }
}

/// The rows of a table in which the column `outcome` has, or has not, a value.
Dataset rows_with_outcome(const Dataset& table, int outcome, bool measured) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    if (std::isnan(table.values()(i, outcome)) != measured) rows.push_back(i);
  }
  return table.select_rows(rows);
}

struct Groups {
  Dataset labelled;
  Dataset unlabelled;
  std::string sha256;
};

Groups read_groups(PpiFlags& flags) {
  flags.input.missing = MissingCells::Pairwise;  // An empty outcome says that it was not measured.
  const Input input = flags.input.load(flags.run);
  if (!input.data) throw InvalidArgument("rows are needed, not their statistics", flags.input.data);
  if (!flags.labelled.empty()) return {read_table_file(flags.labelled), *input.data, input.sha256};
  const int outcome = input.data->index_of(flags.outcome);
  return {rows_with_outcome(*input.data, outcome, true), rows_with_outcome(*input.data, outcome, false), input.sha256};
}

PpiData ppi_data(const Groups& groups, const PpiFlags& flags) {
  PpiData data{.outcome = numbers_of(groups.labelled, flags.outcome, "outcome"),
               .prediction = numbers_of(groups.labelled, flags.prediction, "prediction"),
               .unlabelled = numbers_of(groups.unlabelled, flags.prediction, "prediction")};
  if (!flags.input.weights.empty()) {
    data.weights = numbers_of(groups.labelled, flags.input.weights, "weight");
    data.unlabelled_weights = numbers_of(groups.unlabelled, flags.input.weights, "weight");
  }
  return data;
}

PpiArms ppi_arms(const Groups& groups, const PpiFlags& flags) {
  PpiArms arms;
  arms.treatment = numbers_of(groups.labelled, flags.treatment, "treatment");
  arms.unlabelled_treatment = numbers_of(groups.unlabelled, flags.treatment, "treatment");
  if (!flags.propensity.empty()) {
    arms.propensity = numbers_of(groups.labelled, flags.propensity, "propensity");
    arms.unlabelled_propensity = numbers_of(groups.unlabelled, flags.propensity, "propensity");
    return arms;
  }
  const double rows = static_cast<double>(arms.treatment.size() + arms.unlabelled_treatment.size());
  const double share = (arms.treatment.sum() + arms.unlabelled_treatment.sum()) / rows;
  arms.propensity = Eigen::VectorXd::Constant(arms.treatment.size(), share);
  arms.unlabelled_propensity = Eigen::VectorXd::Constant(arms.unlabelled_treatment.size(), share);
  return arms;
}

Estimate estimate_of(const Groups& groups, const PpiFlags& flags) {
  estimation::PpiOptions options = flags.options;
  options.influence = false;
  options.run = flags.run.options;
  const PpiData data = ppi_data(groups, flags);
  if (!flags.treatment.empty()) return ppi_ate(data, ppi_arms(groups, flags), flags.contrast, options);
  return flags.quantile > 0 ? ppi_quantile(data, flags.quantile, options) : ppi_mean(data, options);
}

}  // namespace

ExitCode run_debias_ppi(const Arguments& arguments) {
  CommandLine line("debias ppi", "DATA --prediction F --outcome Y [options]",
                   "Prediction-powered inference: valid whatever the predictions are worth, because some rows have the "
                   "measured outcome.");
  PpiFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  check(flags, line);
  refuse_same_files({flags.output.path}, {flags.input.data, flags.labelled});
  flags.output.check();
  const Groups groups = read_groups(flags);
  if (flags.run.dry_run) {
    flags.output.write(
        fmt::format("{} rows with a measured outcome, {} without\n", groups.labelled.rows(), groups.unlabelled.rows()));
    return ExitCode::Ok;
  }
  const Estimate estimate = estimate_of(groups, flags);
  const std::string format = flags.output.format_or("txt");
  if (format == "json") {
    const TrialRecord record{.outcome = flags.outcome,
                             .treatment = flags.treatment,
                             .propensity = flags.propensity,
                             .sha256 = groups.sha256,
                             .n = groups.labelled.rows() + groups.unlabelled.rows(),
                             .p = groups.unlabelled.cols(),
                             .seed = flags.run.options.seed};
    flags.output.write(trial_json(record, estimate, io::option_records(flags.options), line));
  } else {
    flags.output.write(format == "csv" ? estimates_csv({estimate}) : estimates_text({estimate}));
  }
  if (format == "txt") flags.run.say(diagnostics_text({estimate}));
  for (const std::string& warning : estimate.warnings) flags.run.warn(warning);
  return exit_code_for(estimate.status);
}

}  // namespace causal::cli
