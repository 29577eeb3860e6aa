#include "estimate_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "causal/estimation/estimate_json.hpp"
#include "estimator_flags.hpp"
#include "file_errors.hpp"
#include "json_list.hpp"
#include "progress_line.hpp"

namespace causal::cli {
namespace {

using estimation::EffectData;
using estimation::Estimate;
using estimation::EstimatorEntry;
using estimation::Strategy;

/// Flags about one run of the command rather than about the estimate.
constexpr std::array<std::string_view, 17> kNotRecorded{
    "output", "format",      "json",    "force",  "report",    "effects",      "quiet",   "verbose",     "progress",
    "color",  "save-config", "dry-run", "config", "no-timing", "time-limit-s", "threads", "memory-limit"};

std::vector<std::string> with_base_columns(const std::vector<std::string>& terms) {
  std::vector<std::string> columns;
  for (const std::string& term : terms) {
    columns.push_back(term);
    std::size_t begin = 0;
    while (begin <= term.size()) {
      const std::size_t end = std::min(term.find(':', begin), term.size());
      const std::string factor = term.substr(begin, end - begin);
      columns.push_back(factor);
      columns.push_back(factor.substr(0, factor.rfind('^')));
      begin = end + 1;
    }
  }
  return columns;
}

/// The columns of the table that the question mentions.
std::vector<int> mentioned_columns(const Dataset& table, const estimation::EffectColumns& columns,
                                   bool outcome_may_be_missing) {
  std::vector<std::string> names;
  for (const auto* terms : {&columns.covariates, &columns.instruments, &columns.mediators}) {
    const std::vector<std::string> part = with_base_columns(*terms);
    names.insert(names.end(), part.begin(), part.end());
  }
  names.insert(names.end(), {columns.treatment, columns.cluster, columns.propensity});
  if (!outcome_may_be_missing) names.push_back(columns.outcome);
  std::vector<int> mentioned;
  for (int j = 0; j < table.cols(); ++j) {
    const bool is_weight = table.roles().weight == j;
    if (is_weight || std::find(names.begin(), names.end(), table.column(j).name) != names.end()) mentioned.push_back(j);
  }
  return mentioned;
}

/// The rows without a missing cell in these columns.
std::vector<std::int64_t> complete_rows(const Dataset& table, const std::vector<int>& columns) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    const bool complete =
        std::none_of(columns.begin(), columns.end(), [&](int j) { return std::isnan(table.values()(i, j)); });
    if (complete) rows.push_back(i);
  }
  return rows;
}

Strategy strategy_of(const std::string& identified_by, const estimation::EffectColumns& columns) {
  if (identified_by == "frontdoor") return Strategy::Frontdoor;
  if (identified_by == "iv") return Strategy::Instrument;
  if (identified_by == "backdoor") return Strategy::Backdoor;
  if (!columns.instruments.empty()) return Strategy::Instrument;
  if (!columns.mediators.empty()) return Strategy::Mediation;
  return Strategy::Backdoor;
}

std::string default_method(Strategy strategy, const EffectData& data) {
  switch (strategy) {
    case Strategy::Instrument:
      return "iv";
    case Strategy::Frontdoor:
      return "frontdoor";
    case Strategy::Mediation:
      return "mediation";
    case Strategy::Backdoor:
      break;
  }
  return data.arms.empty() ? "regression" : "aipw";
}

/// Few rows, one partition into folds: a word of caution.
std::optional<std::string> unsteady_folds(const EstimatorEntry& method, const EffectData& data,
                                          const estimation::EstimatorOptions& options) {
  constexpr Eigen::Index kFewRows = 1000;
  if (data.n() >= kFewRows) return std::nullopt;
  bool one_partition = false;
  bool no_folds = false;
  for (const OptionRecord& option : estimator_option_records(std::string(method.info.name), options)) {
    if (option.name == "repeats") one_partition = option.value == "1";
    if (option.name == "folds") no_folds = option.value == "1";
  }
  if (!one_partition || no_folds) return std::nullopt;
  return fmt::format(
      "{} rests on one random partition of {} rows into folds and moves with --seed; --repeats 9 takes "
      "the median over nine",
      method.info.name, data.n());
}

/// Errors: InvalidArgument for a method whose columns were not given, or that cannot take such a treatment.
void check_fits(const EstimatorEntry& method, const EffectData& data) {
  const auto refuse = [&](std::string_view what, std::string_view hint) {
    throw InvalidArgument(fmt::format("method {} needs {}", method.info.name, what), "the command line",
                          std::string(hint));
  };
  if (method.strategy == Strategy::Instrument && data.instruments.count() == 0) {
    refuse("an instrument", "Name it: --instruments Z, or a graph that has one.");
  }
  if ((method.strategy == Strategy::Frontdoor || method.strategy == Strategy::Mediation) &&
      data.mediators.count() == 0) {
    refuse("a mediator", "Name it: --mediators M, or a graph that has one.");
  }
  if (!method.takes_doses) require_two_arms(data, method.info.name);
  if (!method.weights_missing_outcomes) require_outcomes(data, method.info.name);
}

io::Json text_or_null(const std::string& text) { return text.empty() ? io::Json() : io::Json(text); }

io::Json question_json(const EstimateRun& run) {
  const estimation::EffectColumns& columns = run.question.columns;
  io::Json json = io::Json::object();
  json.set("outcome", columns.outcome);
  json.set("treatment", columns.treatment);
  const bool levels = !run.data.arm_levels.empty();
  const auto level = [&](int arm) { return levels ? run.data.arm_levels[static_cast<std::size_t>(arm)] : ""; };
  json.set("treated", text_or_null(level(run.data.treated)));
  json.set("control", text_or_null(level(run.data.control)));
  json.set("identified_by", run.question.identified_by);
  json.set("adjustment_set", json_list(columns.covariates));
  json.set("instruments", json_list(columns.instruments));
  json.set("mediators", json_list(columns.mediators));
  json.set("cluster", text_or_null(columns.cluster));
  json.set("propensity", text_or_null(columns.propensity));
  return json;
}

}  // namespace

void EstimateFlags::read_methods(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    if ((word == "-m" || word == "--method") && i + 1 < arguments.size()) methods = split_list(arguments[i + 1]);
    if (word.starts_with("--method=")) methods = split_list(word.substr(9));
  }
  for (const std::string& method : methods) {
    if (method != "auto") static_cast<void>(estimation::find_estimator(method));
  }
}

void EstimateFlags::declare(CommandLine& line) {
  line.example("causal estimate data/nsw.csv --treatment treat --outcome re78 --adjust age,educ,black,re74,re75",
               "the effect of a programme, doubly robust");
  line.example("causal estimate data.csv --treatment X --outcome Y --graph model.dagitty",
               "the graph says what to adjust for");
  line.example("causal estimate data.csv --treatment X --outcome Y --adjust A,B -m regression,ipw,aipw,tmle",
               "several methods side by side");
  line.example("causal estimate data.csv --treatment X --outcome Y --instruments Z -m iv", "by an instrument");
  input.add_to(line);
  question.add_to(line);
  line.heading("Method");
  line.option({.flags = "-m,--method",
               .value = "A,B,..",
               .doc = "estimators; causal list estimators shows them",
               .default_text = "auto"},
              methods);
  line.option({.flags = "--level", .value = "X", .doc = "confidence level", .default_text = "0.95"}, level,
              open_interval(0, 1));
  line.toggle(
      {.flags = "--censoring-weights", .value = "", .doc = "keep rows whose outcome is missing and weight for them"},
      censoring_weights);
  std::vector<std::string> with_options = methods;
  std::erase(with_options, "auto");
  if (methods == std::vector<std::string>{"auto"}) with_options = {"aipw"};
  line.heading(fmt::format("Options of {}", fmt::join(with_options, ", ")));
  add_estimator_flags(line, with_options, options);
  output.add_to(line, {"txt", "json", "csv"});
  line.option(
      {.flags = "--effects", .value = "F.csv", .doc = "with -m cate: also write the predicted effect of every row"},
      effects);
  line.option({.flags = "--report", .value = "F.html", .doc = "also write a page for the browser"}, report);
  run.add_to(line);
}

EstimateRun prepare_estimate(EstimateFlags& flags, const RunOptions& options) {
  static_cast<void>(options);
  EstimateRun run;
  const MissingCells missing = flags.input.missing;
  if (missing == MissingCells::Pairwise) {
    throw InvalidArgument("--missing pairwise is for independence tests", "the command line",
                          "An estimate needs complete rows: --missing drop.");
  }
  flags.input.missing = MissingCells::Pairwise;  // Only columns that are used matter; they are looked at below.
  run.input = flags.input.load(flags.run);
  flags.input.missing = missing;
  if (!run.input.data) throw InvalidArgument("an estimate needs the rows", run.input.path, "Give the data.");
  run.question = flags.question.settle(run.input.data->names());
  if (run.question.identified_by.empty() || run.question.identified_by == "no_effect") return run;
  Dataset table = *run.input.data;
  if (missing == MissingCells::Drop) {
    std::vector<std::int64_t> rows =
        complete_rows(table, mentioned_columns(table, run.question.columns, flags.censoring_weights));
    if (std::ssize(rows) < table.rows()) {
      run.warnings.push_back(fmt::format("dropped {} of {} rows with missing cells in the columns used",
                                         grouped(table.rows() - std::ssize(rows)), grouped(table.rows())));
      table = table.select_rows(rows);
      run.rows = std::move(rows);
    }
  }
  run.data = reading(run.input.path, [&] { return effect_data(table, run.question.columns); });
  if (run.data.missing_outcomes > 0 && !flags.censoring_weights) {
    throw DataError(fmt::format("outcome '{}' is missing in {} rows", run.data.outcome_name, run.data.missing_outcomes),
                    run.input.path, "Use --missing drop, or --censoring-weights to weight for them.");
  }
  const Strategy strategy = strategy_of(run.question.identified_by, run.question.columns);
  for (const std::string& name : flags.methods) {
    const EstimatorEntry& method =
        estimation::find_estimator(name == "auto" ? default_method(strategy, run.data) : name);
    check_fits(method, run.data);
    if (run.question.identified_by != "given" && method.strategy != strategy) {
      throw InvalidArgument(fmt::format("the graph identifies the effect by {}, and method {} works otherwise",
                                        run.question.identified_by, name),
                            "the command line", "Choose another method, or another way to look: --identify.");
    }
    if (auto warning = unsteady_folds(method, run.data, flags.options)) run.warnings.push_back(std::move(*warning));
    run.methods.push_back(&method);
  }
  return run;
}

std::vector<Estimate> run_estimator(const EstimatorEntry& method, const EffectData& data, const EstimateFlags& flags,
                                    const RunOptions& run) {
  estimation::EstimatorOptions options = flags.options;
  estimation::EstimatorOptions::with(options, method.info.name, [&](auto& chosen) {
    chosen.level = flags.level;
    chosen.run = run;
    if constexpr (requires { chosen.modifiers; }) {
      if (!flags.modifiers.empty()) chosen.modifiers = flags.modifiers;
    }
  });
  return method.run(data, options);
}

io::Json estimate_json(const EstimateFlags& flags, const EstimateRun& run, const std::vector<Estimate>& estimates,
                       const CommandLine& line) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.estimate/1");
  json.set("question", question_json(run));
  io::Json items = io::Json::array();
  for (const Estimate& estimate : estimates) items.push(estimation::estimate_to_json(estimate));
  json.set("estimates", std::move(items));
  io::Json record = io::Json::object();
  record.set("tool", "causal");
  record.set("version", CAUSAL_VERSION);
  record.set("seed", flags.run.options.seed);
  io::Json data = io::Json::object();
  data.set("sha256", run.input.sha256);
  data.set("n", run.input.n());
  data.set("p", run.input.data->cols());
  record.set("data", std::move(data));
  io::Json options = io::Json::object();
  for (const EstimatorEntry* method : run.methods) {
    io::Json own = io::Json::object();
    for (const OptionRecord& option : estimator_option_records(std::string(method->info.name), flags.options)) {
      own.set(option.name, option.value);
    }
    options.set(std::string(method->info.name), std::move(own));
  }
  record.set("options", std::move(options));
  io::Json words = io::Json::object();
  for (const auto& [flag, value] : line.given_values()) {
    if (std::find(kNotRecorded.begin(), kNotRecorded.end(), flag) == kNotRecorded.end()) words.set(flag, value);
  }
  record.set("flags", std::move(words));
  record.set("warnings", json_list(run.warnings));
  json.set("run", std::move(record));
  return json;
}

Arguments words_of_record(const io::Json& record, const std::string& data) {
  if (record.find("schema") == nullptr || record.at("schema").as_string() != "causal.estimate/1") {
    throw DataError("this is no record of causal estimate", "member 'schema'",
                    "Make one: causal estimate data.csv ... -o run.json");
  }
  std::string path = data;
  if (path.empty()) {
    const io::Json* timing = record.find("timing");
    if (timing == nullptr) {
      throw DataError("the record does not say where its data are", "member 'timing'", "Name them: --data FILE.");
    }
    path = timing->at("data_path").as_string();
  }
  Arguments words{path};
  for (const auto& [flag, value] : record.at("run").at("flags").as_object()) {
    words.push_back(fmt::format("--{}={}", flag, value.as_string()));
  }
  return words;
}

}  // namespace causal::cli
