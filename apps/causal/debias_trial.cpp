// causal debias apply and ate: what a fitted correction makes of a trial.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/debias/streaming_ate.hpp"
#include "causal/io/file.hpp"
#include "causal/io/npy_stream.hpp"
#include "causal/io/options_json.hpp"
#include "causal/io/sha256.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"
#include "debias.hpp"
#include "input_flags.hpp"
#include "option_flags.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"
#include "table_files.hpp"

namespace causal::cli {
namespace {

constexpr std::int64_t kPiece = 1 << 19;  // Rows of a .npy file held at a time.

struct TrialFlags {
  std::string map;
  InputFlags input;
  OutputFlags output;
  RunFlags run;
  std::string prediction;

  void add_operands(CommandLine& line) {
    line.operand("MAP", "a correction made by causal debias fit", map);
    input.add_to(line);
    line.heading("Columns");
    line.option({.flags = "--prediction", .value = "COL", .doc = "what the model predicted"}, prediction);
  }
  void check(const CommandLine& line) const {
    if (map.empty() || input.data.empty()) {
      throw InvalidArgument("a correction and a table are needed: MAP DATA", "the command line", line.see_help());
    }
    if (prediction.empty()) {
      throw InvalidArgument("--prediction is needed", "the command line", "Name the column: --prediction f.");
    }
    if (!input.cov.empty()) throw InvalidArgument("rows are needed, not a covariance matrix", "--cov");
  }
  /// Whether the file can be read in pieces.
  [[nodiscard]] bool streams() const {
    return is_npy(input.data) && input.columns.empty() && input.exclude.empty() && input.missing == MissingCells::Error;
  }
  [[nodiscard]] Dataset table() const {
    const Input loaded = input.load(run);
    if (!loaded.data) throw InvalidArgument("rows are needed, not their statistics", input.data);
    return *loaded.data;
  }
};

/// The place of column X1, X2, ... of a .npy file.
int npy_column(const io::NpyColumns& columns, const std::string& name) {
  std::vector<std::string> names;
  for (int j = 0; j < columns.cols(); ++j) {
    names.push_back(fmt::format("X{}", j + 1));
    if (names.back() == name) return j;
  }
  throw InvalidArgument(fmt::format("no column is called '{}'", name), "the columns of a .npy file are X1, X2, ...",
                        nearest_name_hint(name, names));
}

struct ApplyFlags : TrialFlags {
  std::string column = "corrected";
};

/// Row by row into another .npy file; only the column of predictions is held.
void apply_in_pieces(const ApplyFlags& flags, const estimation::Debiaser& debiaser) {
  const io::NpyColumns columns(flags.input.data);
  Eigen::VectorXd corrected(columns.rows());
  const std::span<double> all(corrected.data(), static_cast<std::size_t>(corrected.size()));
  columns.read(npy_column(columns, flags.prediction), 0, all);
  debiaser.apply(all, all, flags.run.options.threads);
  io::AtomicWriter writer(flags.output.path, flags.output.force);
  io::NpyRows rows(writer.stream(), columns.rows(), columns.cols() + 1);
  for (std::int64_t begin = 0; begin < columns.rows(); begin += kPiece) {
    const std::int64_t count = std::min(kPiece, columns.rows() - begin);
    Eigen::MatrixXd block(count, columns.cols() + 1);
    for (int j = 0; j < columns.cols(); ++j) {
      columns.read(j, begin, {block.col(j).data(), static_cast<std::size_t>(count)});
    }
    block.col(columns.cols()) = corrected.segment(begin, count);
    rows.write(block);
  }
  writer.commit();
}

Dataset with_column(const Dataset& table, const std::string& name, const Eigen::VectorXd& values) {
  Eigen::MatrixXd all(table.rows(), table.cols() + 1);
  all << table.values(), values;
  std::vector<Column> columns = table.columns();
  columns.push_back({name, VariableType::Continuous, {}});
  return Dataset(std::move(all), std::move(columns), table.roles());
}

struct AteFlags : TrialFlags {
  std::string treatment;
  std::string propensity;
  std::string calibration;
  std::string id;
  estimation::DebiasedEffectOptions options;
};

struct Trial {
  estimation::Estimate estimate;
  std::string sha256;
  std::int64_t n = 0;
  int p = 0;
};

Trial ate_in_pieces(const AteFlags& flags, const estimation::Debiaser& debiaser) {
  const io::NpyColumns columns(flags.input.data);
  std::vector<std::string> names{flags.prediction, flags.treatment};
  const std::string& weights = flags.input.weights;
  if (!flags.propensity.empty()) names.push_back(flags.propensity);
  if (!weights.empty()) names.push_back(weights);
  std::vector<int> places;
  for (const std::string& name : names) places.push_back(npy_column(columns, name));
  estimation::StreamingAte effect(debiaser, flags.run.options.threads);
  std::vector<std::vector<double>> cells(names.size());
  for (std::int64_t begin = 0; begin < columns.rows(); begin += kPiece) {
    const auto count = static_cast<std::size_t>(std::min(kPiece, columns.rows() - begin));
    for (std::size_t c = 0; c < cells.size(); ++c) {
      cells[c].resize(count);
      columns.read(places[c], begin, cells[c]);
    }
    const std::span<const double> third =
        cells.size() > 2 ? std::span<const double>(cells[2]) : std::span<const double>();
    effect.push(cells[0], cells[1], flags.propensity.empty() ? std::span<const double>() : third,
                weights.empty() ? std::span<const double>() : third);
  }
  return {effect.finish(flags.options), io::sha256_of_file(flags.input.data), columns.rows(), columns.cols()};
}

/// A discrete treatment's levels as 0 and 1, the last one being the treated.
Eigen::VectorXd arms_of(const Dataset& table, const std::string& name, const RunFlags& run) {
  const int j = table.index_of(name);
  const std::vector<std::string>& levels = table.column(j).levels;
  const bool zero_one = levels.size() == 2 && levels[0] == "0" && levels[1] == "1";
  if (levels.size() == 2 && !zero_one && table.missing_counts()[static_cast<std::size_t>(j)] == 0) {
    run.say(fmt::format("treatment '{}': '{}' is taken as treated, '{}' as control", name, levels[1], levels[0]));
    return table.values().col(j);
  }
  return numbers_of(table, name, "treatment");
}

void refuse_calibration_rows(const AteFlags& flags, const Dataset& trial, const Eigen::VectorXd& predictions) {
  if (flags.calibration.empty()) return;
  const Dataset known = read_table_file(flags.calibration);
  const Eigen::VectorXd f = numbers_of(known, flags.prediction, "prediction");
  const auto span = [](const Eigen::VectorXd& v) {
    return std::span<const double>(v.data(), static_cast<std::size_t>(v.size()));
  };
  const auto ids_of = [&](const Dataset& table) {
    std::vector<std::string> ids;
    if (flags.id.empty()) return ids;
    const int j = table.index_of(flags.id);
    const std::vector<std::string>& levels = table.column(j).levels;
    for (const double value : table.values().col(j)) {
      ids.push_back(levels.empty() || std::isnan(value) ? fmt::format("{}", value)
                                                        : levels[static_cast<std::size_t>(value)]);
    }
    return ids;
  };
  const std::vector<std::string> known_ids = ids_of(known);
  const std::vector<std::string> trial_ids = ids_of(trial);
  estimation::refuse_shared_rows({span(f), {}, known_ids}, {span(predictions), {}, trial_ids});
}

Trial ate_of_table(const AteFlags& flags, const estimation::Debiaser& debiaser) {
  const Input input = flags.input.load(flags.run);
  if (!input.data) throw InvalidArgument("rows are needed, not their statistics", flags.input.data);
  const Dataset& table = *input.data;
  const Eigen::VectorXd f = numbers_of(table, flags.prediction, "prediction");
  refuse_calibration_rows(flags, table, f);
  estimation::TrialWeights weights;
  if (!flags.propensity.empty()) weights.propensity = numbers_of(table, flags.propensity, "propensity");
  if (!flags.input.weights.empty()) weights.weights = numbers_of(table, flags.input.weights, "weights");
  return {debiaser.ate(f, arms_of(table, flags.treatment, flags.run), weights, flags.options), input.sha256,
          table.rows(), table.cols()};
}

std::string as_text(const estimation::Estimate& estimate) {
  if (estimate.status != Status::Ok) return estimate.brief() + "\n";
  std::string text = fmt::format("{:<10}{:<8}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "method", "effect", "value",
                                 "std_error", "ci_low", "ci_high", "p_value", "n_used");
  text += fmt::format("{:<10}{:<8}{:>12.6g}{:>12.4g}{:>12.6g}{:>12.6g}{:>12.3g}{:>12}\n", estimate.method,
                      estimate.estimand, estimate.value, estimate.std_error, estimate.ci_low, estimate.ci_high,
                      estimate.p_value, estimate.n_used);
  text += fmt::format(
      "\n{:.4g} % interval. Uncorrected {:.6g}; standard error from the trial {:.4g}, from the calibration "
      "{:.4g}.\n",
      100 * estimate.level, estimate.diagnostics.find("naive_value").value_or(NAN),
      estimate.diagnostics.find("trial_std_error").value_or(NAN),
      estimate.diagnostics.find("calibration_std_error").value_or(NAN));
  return text;
}

}  // namespace

ExitCode run_debias_apply(const Arguments& arguments) {
  CommandLine line("debias apply", "MAP DATA --prediction F -o FILE [options]",
                   "Adds a column of corrected predictions, for averages: row by row they are worse predictions.");
  ApplyFlags flags;
  line.example("causal debias apply map.json trial.csv --prediction f -o out.csv", "a new column 'corrected'");
  flags.add_operands(line);
  line.option({.flags = "--column", .value = "NAME", .doc = "name of the new column", .default_text = flags.column},
              flags.column);
  flags.output.add_to(line, {"csv", "npy"});
  flags.run.add_to(line);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.check(line);
  refuse_same_files({flags.output.path}, {flags.map, flags.input.data});
  flags.output.check();
  const std::unique_ptr<estimation::Debiaser> debiaser = read_debiaser(flags.map);
  if (flags.run.dry_run) {
    flags.run.say(fmt::format("{} fitted on {} rows", debiaser->method(), debiaser->calibration().n));
    return ExitCode::Ok;
  }
  const bool to_npy = flags.output.format == "npy" || (flags.output.format.empty() && is_npy(flags.output.path));
  if (flags.streams() && to_npy && !flags.output.to_stdout()) {
    apply_in_pieces(flags, *debiaser);
    return ExitCode::Ok;
  }
  const Dataset table = flags.table();
  const Eigen::VectorXd corrected =
      debiaser->apply(numbers_of(table, flags.prediction, "prediction"), flags.run.options.threads);
  const std::string as = to_npy ? "table.npy" : flags.output.path.ends_with(".tsv") ? "table.tsv" : "table.csv";
  flags.output.write(table_text(with_column(table, flags.column, corrected), as));
  return ExitCode::Ok;
}

ExitCode run_debias_ate(const Arguments& arguments) {
  CommandLine line("debias ate", "MAP DATA --prediction F --treatment A [options]",
                   "Estimates the effect of a treatment on an outcome that was predicted, not measured.");
  AteFlags flags;
  line.example("causal debias ate map.json trial.csv --prediction f --treatment a", "a randomised trial");
  line.example("causal debias ate map.json trial.csv --prediction f --treatment a --propensity e --json",
               "weighted by the inverse of P(A = 1 | covariates)");
  flags.add_operands(line);
  line.option({.flags = "--treatment", .value = "COL", .doc = "0 or 1, or a column of two levels"}, flags.treatment);
  line.option({.flags = "--propensity", .value = "COL", .doc = "P(treatment = 1 | covariates)"}, flags.propensity);
  line.option({.flags = "--calibration",
               .value = "FILE",
               .doc = "the calibration rows: refuse trials that share rows with them"},
              flags.calibration);
  line.option({.flags = "--id", .value = "COL", .doc = "column that names a row in both files, for --calibration"},
              flags.id);
  line.heading("Estimate");
  add_option_flags(line, flags.options);
  flags.output.add_to(line, {"txt", "json"});
  flags.run.add_to(line);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.check(line);
  if (flags.treatment.empty()) {
    throw InvalidArgument("--treatment is needed", "the command line", "Name the column: --treatment a.");
  }
  if (!flags.propensity.empty() && !flags.input.weights.empty()) {
    throw InvalidArgument("--propensity and --weights are both given", "the command line", "Give one of them.");
  }
  refuse_same_files({flags.output.path}, {flags.map, flags.input.data, flags.calibration});
  flags.output.check();
  flags.options.run = flags.run.options;
  const std::unique_ptr<estimation::Debiaser> debiaser = read_debiaser(flags.map);
  if (flags.run.dry_run) {
    flags.run.say(fmt::format("{} fitted on {} rows", debiaser->method(), debiaser->calibration().n));
    return ExitCode::Ok;
  }
  const bool pieces = flags.streams() && flags.calibration.empty();
  const Trial trial = pieces ? ate_in_pieces(flags, *debiaser) : ate_of_table(flags, *debiaser);
  for (const std::string& warning : trial.estimate.warnings) flags.run.warn(warning);
  const TrialRecord record{.outcome = flags.prediction,
                           .treatment = flags.treatment,
                           .propensity = flags.propensity,
                           .sha256 = trial.sha256,
                           .n = trial.n,
                           .p = trial.p,
                           .seed = flags.run.options.seed};
  flags.output.write(flags.output.format_or("txt") == "json"
                         ? trial_json(record, trial.estimate, io::option_records(flags.options), line)
                         : as_text(trial.estimate));
  return exit_code_for(trial.estimate.status);
}

}  // namespace causal::cli
