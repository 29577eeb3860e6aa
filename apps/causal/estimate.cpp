// causal estimate DATA: the effect of one column on another, with its uncertainty.

#include <fmt/format.h>

#include <algorithm>

#include "causal/io/file.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/run/parallel.hpp"
#include "estimate_output.hpp"
#include "estimate_run.hpp"
#include "estimator_flags.hpp"
#include "interrupt.hpp"
#include "progress_line.hpp"

namespace causal::cli {
namespace {

using estimation::Estimate;

std::string plan_text(const EstimateFlags& flags, const EstimateRun& run) {
  std::string text = fmt::format("rows {}, covariate columns {}\n", run.data.n(), run.data.covariates.count());
  for (const estimation::EstimatorEntry* method : run.methods) {
    text += fmt::format("{}: {}\n", method->info.name, method->info.title);
    for (const OptionRecord& option : estimator_option_records(std::string(method->info.name), flags.options)) {
      text += fmt::format("  {} = {}\n", option.name, option.value);
    }
  }
  return text;
}

std::vector<Estimate> run_methods(const EstimateFlags& flags, const EstimateRun& run,
                                  const InterruptScope& interrupts) {
  ProgressLine progress(flags.run.progress_style());
  RunOptions options = flags.run.options;
  options.stop = interrupts.token();
  options.progress = progress.callback();
  std::vector<Estimate> estimates;
  for (const estimation::EstimatorEntry* method : run.methods) {
    std::vector<Estimate> some = run_estimator(*method, run.data, flags, options);
    for (Estimate& estimate : some) estimates.push_back(std::move(estimate));
    if (options.stop.stop_requested()) break;
  }
  return estimates;
}

/// Row numbers of the data, from 1, and the effect predicted for each.
std::string effects_csv(const EstimateFlags& flags, const EstimateRun& run, const RunOptions& options) {
  estimation::CateOptions chosen = flags.options.cate;
  chosen.level = flags.level;
  chosen.run = options;
  const estimation::CateEstimate effects = estimation::cate(run.data, chosen);
  std::string text = "row,effect\n";
  for (Eigen::Index i = 0; i < effects.effect.size(); ++i) {
    text +=
        fmt::format("{},{}\n", 1 + (run.rows.empty() ? i : run.rows[static_cast<std::size_t>(i)]), effects.effect(i));
  }
  return text;
}

/// Errors: InvalidArgument for --effects without the method that predicts them.
void check_effects(const EstimateFlags& flags) {
  if (flags.effects.empty()) return;
  if (std::find(flags.methods.begin(), flags.methods.end(), "cate") == flags.methods.end()) {
    throw InvalidArgument("--effects goes with -m cate", "the command line", "Add the method: -m cate.");
  }
  io::check_writable(flags.effects, flags.output.force);
}

Status worst_status(const std::vector<Estimate>& estimates, bool stopped) {
  if (stopped) return Status::Cancelled;
  const bool none = !estimates.empty() && std::all_of(estimates.begin(), estimates.end(), [](const Estimate& estimate) {
    return estimate.status == Status::Degenerate;
  });
  return none ? Status::Degenerate : Status::Ok;
}

void publish(const EstimateFlags& flags, const EstimateRun& run, const std::vector<Estimate>& estimates,
             const io::Json& record) {
  const std::string format = flags.output.format_or("txt");
  flags.output.write(format == "json"  ? record.dump(2) + "\n"
                     : format == "csv" ? estimates_csv(estimates)
                                       : estimates_text(estimates));
  if (!flags.report.empty()) write_output(flags.report, estimate_page(record), flags.output.force);
  if (format == "txt") flags.run.say(diagnostics_text(estimates));
  for (const std::string& warning : run.warnings) flags.run.warn(warning);
  for (const Estimate& estimate : estimates) {
    for (const std::string& warning : estimate.warnings) {
      flags.run.warn(fmt::format("{} {}: {}", estimate.method, estimate.estimand, warning));
    }
  }
}

}  // namespace

ExitCode run_estimate(const Arguments& arguments) {
  const Stopwatch watch;
  EstimateFlags flags;
  flags.read_methods(arguments);
  CommandLine line("estimate", "DATA --treatment X --outcome Y [options]",
                   "Estimates the effect of a treatment on an outcome, with its uncertainty.");
  flags.declare(line);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  refuse_same_files({flags.output.path, flags.report, flags.effects}, {flags.input.data, flags.question.graph});
  check_effects(flags);
  flags.output.check();
  if (!flags.report.empty()) io::check_writable(flags.report, flags.output.force);

  const InterruptScope interrupts;
  const EstimateRun run = prepare_estimate(flags, flags.run.options);
  if (!run.question.explanation.empty()) flags.run.say(run.question.explanation);
  if (run.question.identified_by.empty()) return ExitCode::NoAnswer;
  if (flags.run.dry_run) {
    flags.output.write(plan_text(flags, run));
    return ExitCode::Ok;
  }
  const std::vector<Estimate> estimates = run_methods(flags, run, interrupts);
  io::Json record = estimate_json(flags, run, estimates, line);
  if (!flags.run.no_timing) {
    RunStats stats;
    stats.threads_used = resolve_threads(flags.run.options.threads);
    record.set("timing", io::timing_to_json(watch.timing(line.name(), arguments, run.input.path, stats)));
  }
  publish(flags, run, estimates, record);
  if (!flags.effects.empty()) {
    write_output(flags.effects, effects_csv(flags, run, flags.run.options), flags.output.force);
  }
  return exit_code_for(worst_status(estimates, interrupts.token().stop_requested()));
}

}  // namespace causal::cli
