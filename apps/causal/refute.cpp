// causal refute RUN.json: checks that an estimate should pass, and how strong an unmeasured confounder must be to undo
// it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "causal/estimation/estimate_json.hpp"
#include "causal/io/file.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/run/nearest_name.hpp"
#include "causal/run/parallel.hpp"
#include "estimate_output.hpp"
#include "estimate_run.hpp"
#include "file_errors.hpp"
#include "interrupt.hpp"
#include "option_flags.hpp"
#include "progress_line.hpp"
#include "refutation_output.hpp"

namespace causal::cli {
namespace {

using estimation::EffectData;
using estimation::EffectEstimator;
using estimation::Estimate;
using estimation::Refutation;
using estimation::RefuteOptions;

using Check = Refutation (*)(const EffectData&, const EffectEstimator&, const RefuteOptions&);

constexpr std::array<std::pair<std::string_view, Check>, 5> kChecks{
    {{"placebo_treatment", estimation::placebo_treatment},
     {"dummy_outcome", estimation::dummy_outcome},
     {"random_common_cause", estimation::random_common_cause},
     {"data_subset", estimation::data_subset},
     {"bootstrap_with_noise", estimation::bootstrap_with_noise}}};
constexpr std::array<std::string_view, 3> kOtherChecks{"unobserved_common_cause", "e_value", "omitted_variable"};

struct RefuteFlags {
  std::string record;
  std::string data;
  std::vector<std::string> checks;
  std::vector<std::string> methods;
  std::vector<std::string> benchmarks;
  RefuteOptions options;
  OutputFlags output;
  RunFlags run;
  std::string report;
};

std::vector<std::string> all_checks() {
  std::vector<std::string> names;
  for (const auto& entry : kChecks) names.emplace_back(entry.first);
  for (const std::string_view name : kOtherChecks) names.emplace_back(name);
  return names;
}

void declare(CommandLine& line, RefuteFlags& flags) {
  line.example("causal estimate data.csv ... -o run.json && causal refute run.json", "estimate, then check");
  line.example("causal refute run.json --checks placebo_treatment,omitted_variable --benchmark age,income",
               "two checks; how strong a confounder must be in terms of covariates");
  line.operand("RUN.json", "the record that causal estimate wrote with -o", flags.record);
  line.option({.flags = "--data", .value = "FILE", .doc = "the data, if they are no longer where the record says"},
              flags.data);
  line.heading("Checks");
  line.option({.flags = "--checks",
               .value = "A,B,..",
               .doc = fmt::format("which: {}", fmt::join(all_checks(), ", ")),
               .default_text = "all"},
              flags.checks);
  line.option({.flags = "-m,--method", .value = "A,B,..", .doc = "of which methods; all of the record when absent"},
              flags.methods);
  line.option({.flags = "--benchmark",
               .value = "COL,..",
               .doc = "covariates that the strength of a confounder is compared with"},
              flags.benchmarks);
  add_option_flags(line, flags.options);
  flags.output.add_to(line, {"txt", "json"});
  line.option({.flags = "--report", .value = "F.html", .doc = "also write a page for the browser"}, flags.report);
  flags.run.add_to(line);
}

void check_names(const RefuteFlags& flags) {
  const std::vector<std::string> known = all_checks();
  for (const std::string& name : flags.checks) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw InvalidArgument(fmt::format("no check is called '{}'", name), "--checks", nearest_name_hint(name, known));
  }
}

bool wants(const RefuteFlags& flags, std::string_view check) {
  return flags.checks.empty() || std::find(flags.checks.begin(), flags.checks.end(), check) != flags.checks.end();
}

/// The run of the record again: its flags, parsed as causal estimate parses them, and its data.
EstimateRun prepare_again(const io::Json& record, const RefuteFlags& flags, EstimateFlags& estimate) {
  const Arguments words = words_of_record(record, flags.data);
  estimate.read_methods(words);
  CommandLine line("estimate", "", "");
  estimate.declare(line);
  try {
    static_cast<void>(line.parse(words));
  } catch (const InvalidArgument& error) {
    throw DataError("the flags of the record cannot be used: " + error.message(), "member 'run.flags'",
                    "Make the record again with causal estimate.");
  }
  estimate.run.quiet = true;
  EstimateRun run = prepare_estimate(estimate, flags.run.options);
  if (run.input.sha256 != record.at("run").at("data").at("sha256").as_string()) {
    throw DataError("the data are not those of the record: their SHA-256 differs", run.input.path,
                    "Estimate again, or name the right file: --data FILE.");
  }
  if (run.methods.empty()) throw DataError("the record has no estimate to check", flags.record);
  return run;
}

std::vector<const estimation::EstimatorEntry*> chosen_methods(const RefuteFlags& flags, const EstimateRun& run) {
  if (flags.methods.empty()) return run.methods;
  std::vector<const estimation::EstimatorEntry*> chosen;
  std::vector<std::string> names;
  for (const auto* method : run.methods) names.emplace_back(method->info.name);
  for (const std::string& name : flags.methods) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) {
      throw InvalidArgument(fmt::format("the record has no estimate by '{}'", name), "--method",
                            nearest_name_hint(name, names));
    }
    chosen.push_back(run.methods[static_cast<std::size_t>(at - names.begin())]);
  }
  return chosen;
}

Checked check_method(const estimation::EstimatorEntry& method, const EffectData& data, const RefuteFlags& flags,
                     const EstimateFlags& estimate, const RunOptions& run) {
  // Replicates use the threads; an estimator inside them has one.
  RunOptions inner = flags.run.options;
  inner.threads = 1;
  inner.seed = estimate.run.options.seed;
  const EffectEstimator estimator = [&](const EffectData& changed) {
    return run_estimator(method, changed, estimate, inner).front();
  };
  const Estimate original = estimator(data);
  Checked checked{original.method, original.estimand, {}, {}};
  RefuteOptions options = flags.options;
  options.run = run;
  for (const auto& [name, check] : kChecks) {
    if (!wants(flags, name) || run.stop.stop_requested()) continue;
    checked.refutations.push_back(check(data, estimator, options));
  }
  if (wants(flags, "unobserved_common_cause") && !run.stop.stop_requested()) {
    checked.curves.push_back(estimation::unobserved_common_cause(data, estimator, {.run = run}));
  }
  return checked;
}

double outcome_std_dev(const EffectData& data) {
  double sum = 0, squares = 0, n = 0;
  for (const double y : data.outcome) {
    if (std::isnan(y)) continue;
    sum += y;
    squares += y * y;
    n += 1;
  }
  return std::sqrt((squares - sum * sum / n) / (n - 1));
}

Sensitivity sensitivity_of(const RefuteFlags& flags, const EstimateRun& run, const std::vector<Estimate>& estimates) {
  Sensitivity sensitivity;
  if (wants(flags, "e_value")) {
    for (const Estimate& estimate : estimates) {
      const std::string name = estimate.method + " " + estimate.estimand;
      if (!(estimate.std_error > 0) || run.data.arms.empty()) {
        sensitivity.skipped.push_back(fmt::format("no E-value of {}: it needs two arms and a standard error", name));
        continue;
      }
      const double sd = outcome_std_dev(run.data);
      sensitivity.e_values.emplace_back(
          name, estimation::e_value_of_difference(estimate.value / sd, estimate.std_error / sd));
    }
  }
  if (wants(flags, "omitted_variable")) {
    try {
      sensitivity.omitted.push_back(estimation::omitted_variable_bias(run.data, {.benchmarks = flags.benchmarks}));
      sensitivity.contours.push_back(estimation::confounder_contours(sensitivity.omitted.back().coefficient));
    } catch (const DataError& error) {
      sensitivity.skipped.push_back("no omitted-variable bounds: " + error.message());
    }
  }
  return sensitivity;
}

Status worst_status(const std::vector<Checked>& checked) {
  for (const Checked& one : checked) {
    for (const Refutation& refutation : one.refutations) {
      if (refutation.status == Status::Cancelled || refutation.status == Status::TimeLimit) return refutation.status;
    }
    for (const estimation::UnobservedCommonCause& curve : one.curves) {
      if (curve.status == Status::Cancelled || curve.status == Status::TimeLimit) return curve.status;
    }
  }
  return Status::Ok;
}

/// The record with other refutations, sensitivity and timing.
io::Json extended(const io::Json& record, io::Json refutations, io::Json sensitivity, std::optional<io::Json> timing) {
  io::Json result = io::Json::object();
  for (const auto& [key, value] : record.as_object()) {
    if (key != "refutations" && key != "sensitivity" && key != "timing") result.set(key, value);
  }
  result.set("refutations", std::move(refutations));
  result.set("sensitivity", std::move(sensitivity));
  if (timing) result.set("timing", std::move(*timing));
  return result;
}

}  // namespace

ExitCode run_refute(const Arguments& arguments) {
  const Stopwatch watch;
  RefuteFlags flags;
  CommandLine line("refute", "RUN.json [options]",
                   "Checks an estimate: placebo treatments, random covariates, subsets, unmeasured confounders.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  if (flags.record.empty()) {
    throw InvalidArgument("no record given", "the command line",
                          "causal estimate data.csv ... -o run.json, then causal refute run.json.");
  }
  check_names(flags);
  refuse_same_files({flags.output.path, flags.report}, {flags.record, flags.data});
  flags.output.check();
  if (!flags.report.empty()) io::check_writable(flags.report, flags.output.force);

  const InterruptScope interrupts;
  const io::MappedFile file(flags.record);
  const io::Json record = io::Json::parse(file.bytes(), flags.record);
  EstimateFlags estimate;
  const EstimateRun run = reading(flags.record, [&] { return prepare_again(record, flags, estimate); });
  std::vector<Estimate> estimates;
  for (const io::Json& item : record.at("estimates").as_array()) {
    estimates.push_back(reading(flags.record, [&] { return estimation::estimate_from_json(item); }));
  }
  const Sensitivity sensitivity = sensitivity_of(flags, run, estimates);  // First: it may refuse a benchmark.
  std::vector<Checked> checked;
  {
    ProgressLine progress(flags.run.progress_style());
    RunOptions options = flags.run.options;
    options.stop = interrupts.token();
    options.progress = progress.callback();
    for (const auto* method : chosen_methods(flags, run)) {
      checked.push_back(check_method(*method, run.data, flags, estimate, options));
    }
  }
  std::optional<io::Json> timing;
  if (!flags.run.no_timing) {
    RunStats stats;
    stats.threads_used = resolve_threads(flags.run.options.threads);
    timing = io::timing_to_json(watch.timing(line.name(), arguments, run.input.path, stats));
  }
  const io::Json result = extended(record, refutations_json(checked), sensitivity_json(sensitivity), std::move(timing));
  flags.output.write(flags.output.format_or("txt") == "json" ? result.dump(2) + "\n"
                                                             : refutations_text(checked, sensitivity));
  if (!flags.report.empty()) write_output(flags.report, estimate_page(result), flags.output.force);
  for (const Checked& one : checked) {
    for (const Refutation& refutation : one.refutations) {
      for (const std::string& warning : refutation.warnings) {
        flags.run.warn(fmt::format("{} {}: {}", one.method, refutation.check, warning));
      }
    }
  }
  return exit_code_for(worst_status(checked));
}

}  // namespace causal::cli
