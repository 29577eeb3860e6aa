// causal debias fit and compare: what is made of calibration rows.

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "causal/estimation/debias/debias_compare.hpp"
#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/io/file.hpp"
#include "causal/io/json.hpp"
#include "causal/run/error.hpp"
#include "debias.hpp"
#include "input_flags.hpp"
#include "json_list.hpp"
#include "option_flags.hpp"
#include "output_flags.hpp"
#include "render/debias_report.hpp"
#include "run_flags.hpp"
#include "run_record.hpp"
#include "table_files.hpp"

namespace causal::cli {

enum class DebiasMethod { Tweedie, Lcc, Naive };

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::DebiasMethod> {
  using M = causal::cli::DebiasMethod;
  static constexpr std::array<std::pair<M, std::string_view>, 3> names{
      {{M::Tweedie, "tweedie"}, {M::Lcc, "lcc"}, {M::Naive, "naive"}}};
};

namespace causal::cli {
namespace {

struct CalibrationFlags {
  InputFlags input;
  OutputFlags output;
  RunFlags run;
  std::string prediction;
  std::string outcome;

  void add_columns(CommandLine& line) {
    line.heading("Columns");
    line.option({.flags = "--prediction", .value = "COL", .doc = "what the model predicted"}, prediction);
    line.option({.flags = "--outcome", .value = "COL", .doc = "what was measured"}, outcome);
  }
  void check() const {
    if (prediction.empty() || outcome.empty()) {
      throw InvalidArgument("--prediction and --outcome are needed", "the command line",
                            "Name the columns: --prediction f --outcome y.");
    }
    if (prediction == outcome) {
      throw InvalidArgument(fmt::format("'{}' is given as prediction and as outcome", prediction), "the command line");
    }
  }
  [[nodiscard]] Dataset table() const {
    const Input loaded = input.load(run);
    if (!loaded.data) throw InvalidArgument("rows are needed, not their statistics", input.data);
    return *loaded.data;
  }
};

struct FitFlags : CalibrationFlags {
  DebiasMethod method = DebiasMethod::Tweedie;
  estimation::TweedieOptions tweedie;
  estimation::LccOptions lcc;
  std::string upstream;
  std::string report;
};

std::unique_ptr<estimation::Debiaser> fitted(const FitFlags& flags, const Dataset& table) {
  const Eigen::VectorXd f = numbers_of(table, flags.prediction, "prediction");
  const Eigen::VectorXd y = numbers_of(table, flags.outcome, "outcome");
  if (flags.method == DebiasMethod::Naive) {
    return std::make_unique<estimation::NaiveDebiaser>(estimation::NaiveDebiaser::fit(f, y));
  }
  if (flags.method == DebiasMethod::Lcc) {
    estimation::LccOptions options = flags.lcc;
    options.label_noise_var = flags.tweedie.label_noise_var;
    return std::make_unique<estimation::LccDebiaser>(estimation::LccDebiaser::fit(f, y, options));
  }
  estimation::TweedieOptions options = flags.tweedie;
  options.threads = flags.run.options.threads;
  estimation::TweedieSample sample{f, y};
  Eigen::VectorXd other;
  if (!flags.upstream.empty()) {
    options.score_source = estimation::ScoreSource::Upstream;
    other = numbers_of(read_table_file(flags.upstream), flags.prediction, "prediction");
    sample.upstream = {other.data(), static_cast<std::size_t>(other.size())};
  }
  return std::make_unique<estimation::TweedieDebiaser>(estimation::TweedieDebiaser::fit(sample, options));
}

std::string summary_of(const estimation::Debiaser& debiaser) {
  std::string text = fmt::format("{} on {} rows", debiaser.method(), debiaser.calibration().n);
  for (const estimation::Figure& figure : debiaser.diagnostics().figures) {
    text += fmt::format(", {} {:.4g}", figure.name, figure.value);
  }
  return text;
}

/// The page of a fitted correction: its map over the range of the calibration predictions, and the score behind it.
std::string page_of(const estimation::Debiaser& debiaser, const io::Json& file, const Arguments& arguments) {
  constexpr int kPoints = 201;
  const estimation::CalibrationSummary& rows = debiaser.calibration();
  const Eigen::VectorXd u = Eigen::VectorXd::LinSpaced(kPoints, rows.least, rows.most);
  const Eigen::VectorXd corrected = debiaser.apply(u);
  const std::vector<double> x(u.begin(), u.end());
  render::DebiasPage page;
  page.method = debiaser.method();
  std::vector<std::string> words{"causal", "debias", "fit"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  page.command = shell_line(words);
  for (const estimation::Figure& figure : debiaser.diagnostics().figures) {
    page.figures.emplace_back(figure.name, figure.value);
  }
  page.correction = {{"corrected", x, {corrected.begin(), corrected.end()}}, {"as predicted", x, x}};
  const double sigma = debiaser.diagnostics().find("sigma").value_or(0);
  if (debiaser.method() == "tweedie" && sigma > 0) {
    const Eigen::VectorXd score = (u - corrected) / (sigma * sigma);
    page.score = {{"score", x, {score.begin(), score.end()}}};
  }
  page.warnings = debiaser.warnings();
  return render::debias_report(file, page);
}

struct CompareFlags : CalibrationFlags {
  estimation::DebiasCompareOptions options;
};

std::string as_text(const std::vector<estimation::DebiasComparison>& found, const CompareFlags& flags) {
  std::string text = fmt::format(
      "{:<10}{:>10}{:>10}{:>15}{:>10}{:>10}{:>10}  groups by {}\n", "method", "score", "slope", "contrast_rmse", "mae",
      "rmse", "bias", flags.options.select_on == estimation::ContrastGroups::Target ? "outcome" : "prediction");
  for (const estimation::DebiasComparison& one : found) {
    text += fmt::format("{:<10}{:>10.4g}{:>10.4g}{:>15.4g}{:>10.4g}{:>10.4g}{:>10.2g}\n", one.name, one.score,
                        one.slope, one.contrast_rmse, one.mae, one.rmse, one.mean_bias);
  }
  return text;
}

std::string as_json(const std::vector<estimation::DebiasComparison>& found, const CompareFlags& flags) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.debias_comparison/1");
  json.set("select_on", enum_name(flags.options.select_on));
  json.set("folds", flags.options.folds);
  json.set("contrasts", flags.options.contrasts);
  json.set("seed", flags.run.options.seed);
  io::Json items = io::Json::array();
  for (const estimation::DebiasComparison& one : found) {
    io::Json item = io::Json::object();
    item.set("method", one.name);
    item.set("score", one.score);
    item.set("slope", one.slope);
    item.set("contrast_rmse", one.contrast_rmse);
    item.set("mean_bias", one.mean_bias);
    item.set("mae", one.mae);
    item.set("rmse", one.rmse);
    item.set("flags", one.flags);
    item.set("warnings", json_list(one.warnings));
    items.push(std::move(item));
  }
  json.set("comparison", std::move(items));
  return json.dump(2) + "\n";
}

}  // namespace

ExitCode run_debias_fit(const Arguments& arguments) {
  CommandLine line("debias fit", "DATA --prediction F --outcome Y [options]",
                   "Fits a correction of predicted outcomes on rows that have both, not used to train the model.");
  FitFlags flags;
  line.example("causal debias fit calibration.csv --prediction f --outcome y -o map.json", "Tweedie's correction");
  line.example("causal debias fit calibration.csv --prediction f --outcome y --method lcc -o map.json", "a line");
  flags.input.add_to(line);
  flags.add_columns(line);
  line.heading("Correction");
  line.option({.flags = "--method", .value = "NAME", .doc = "how to correct", .default_text = "tweedie"}, flags.method);
  line.option({.flags = "--upstream",
               .value = "FILE",
               .doc = "a table whose predictions give the score (same column name), for --method tweedie"},
              flags.upstream);
  add_option_flags(line, flags.tweedie);
  add_option_flags(line, flags.lcc, {"label_noise_var"});
  flags.output.add_to(line, {"json"});
  line.option({.flags = "--report", .value = "F.html", .doc = "also write a page with plots of correction and score"},
              flags.report);
  flags.run.add_to(line);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.check();
  refuse_same_files({flags.output.path, flags.report}, {flags.input.data, flags.upstream});
  flags.output.check();
  if (!flags.report.empty()) io::check_writable(flags.report, flags.output.force);
  const Dataset table = flags.table();
  if (flags.run.dry_run) {
    flags.output.write(fmt::format("{} on {} calibration rows\n", enum_name(flags.method), table.rows()));
    return ExitCode::Ok;
  }
  const std::unique_ptr<estimation::Debiaser> debiaser = fitted(flags, table);
  flags.run.say(summary_of(*debiaser));
  for (const std::string& warning : debiaser->warnings()) flags.run.warn(warning);
  const io::Json file = debiaser->to_json();
  flags.output.write(file.dump() + "\n");
  if (!flags.report.empty()) write_output(flags.report, page_of(*debiaser, file, arguments), flags.output.force);
  return ExitCode::Ok;
}

ExitCode run_debias_compare(const Arguments& arguments) {
  CommandLine line("debias compare", "DATA --prediction F --outcome Y [options]",
                   "Compares corrections on contrasts between groups of held-out calibration rows.");
  CompareFlags flags;
  line.example("causal debias compare calibration.csv --prediction f --outcome y", "best first");
  flags.input.add_to(line);
  flags.add_columns(line);
  line.heading("Comparison");
  add_option_flags(line, flags.options);
  flags.output.add_to(line, {"txt", "json"});
  flags.run.add_to(line);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.check();
  refuse_same_files({flags.output.path}, {flags.input.data});
  flags.output.check();
  const Dataset table = flags.table();
  flags.options.run = flags.run.options;
  if (flags.run.dry_run) {
    flags.output.write(fmt::format("{} folds of {} calibration rows\n", flags.options.folds, table.rows()));
    return ExitCode::Ok;
  }
  const auto found = estimation::compare_debiasers(numbers_of(table, flags.prediction, "prediction"),
                                                   numbers_of(table, flags.outcome, "outcome"), flags.options);
  for (const estimation::DebiasComparison& one : found) {
    for (const std::string& warning : one.warnings) flags.run.warn(one.name + ": " + warning);
  }
  flags.output.write(flags.output.format_or("txt") == "json" ? as_json(found, flags) : as_text(found, flags));
  return ExitCode::Ok;
}

}  // namespace causal::cli
