// causal bandit compare: policies against each other on random systems.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "bandit.hpp"
#include "causal/io/file.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/run/parallel.hpp"
#include "interrupt.hpp"
#include "option_flags.hpp"
#include "policy_flags.hpp"
#include "progress_line.hpp"
#include "run_record.hpp"

namespace causal::cli {
namespace {

using bandits::GridResult;

struct CompareFlags : BanditFlags {
  std::vector<std::string> at;
  std::string report;
  std::string traces;
};

void declare(CommandLine& line, CompareFlags& flags) {
  line.example("causal bandit compare --instances 20 --horizon 500", "the recommended policies and the published one");
  line.example("causal bandit compare --policies order_thompson,ucb1 --nodes 6 --traces rounds.csv",
               "and every round of every run");
  line.heading("Policies");
  line.option({.flags = "--policies",
               .value = "NAME,..",
               .doc = "who plays; the others are compared with the first. causal list policies shows all",
               .default_text = "order_thompson,linear_thompson,csl_ucb"},
              flags.policies);
  add_policy_flags(line, flags.policies, flags.options);
  flags.add_systems(line, true);
  line.heading("Runs");
  add_option_flags(line, flags.grid);
  line.option({.flags = "--at", .value = "ROUND,..", .doc = "also the mean regret after these rounds"}, flags.at);
  flags.output.add_to(line, {"txt", "json"});
  line.option({.flags = "--traces", .value = "FILE.csv", .doc = "also write every round of every run"}, flags.traces);
  line.option({.flags = "--checkpoint",
               .value = "FILE",
               .doc = "keep finished runs here; a run that was stopped goes on from it"},
              flags.grid.checkpoint_path);
  line.option({.flags = "--report", .value = "FILE.html", .doc = "also write a page with curves of the regret"},
              flags.report);
  flags.run.add_to(line);
}

void settle(CompareFlags& flags) {
  flags.resolve_presets();
  for (const std::string& round : flags.at) {
    flags.grid.checkpoints.push_back(integer_from("--at", round, closed_interval(1, 4294967295.0)));
  }
  flags.grid.keep_traces = !flags.traces.empty();
  if (!flags.grid.keep_traces) return;
  const double bytes = (25.0 + flags.nodes) * static_cast<double>(flags.grid.horizon) * flags.grid.instances *
                       flags.grid.repeats * static_cast<double>(flags.policies.size());
  if (bytes > static_cast<double>(flags.run.options.memory_limit_bytes)) {
    throw BudgetError(fmt::format("the traces need {}", bytes_text(bytes)), "--traces",
                      "Take fewer instances or rounds, or raise --memory-limit.");
  }
}

// The tables of all runs below one another, each row with its run.
void write_traces(const GridResult& grid, const std::string& path, bool force) {
  std::string all;
  for (int instance = 0; instance < grid.instances; ++instance) {
    for (int repeat = 0; repeat < grid.repeats; ++repeat) {
      for (std::size_t p = 0; p < grid.policies.size(); ++p) {
        const bandits::GridRun& run = grid.at(instance, repeat, static_cast<int>(p));
        if (!run.trace) continue;
        std::ostringstream table;
        write_trace_csv(table, *run.trace);
        std::istringstream lines(table.str());
        std::string row;
        std::getline(lines, row);
        if (all.empty()) all = "policy,instance,repeat," + row + "\n";
        while (std::getline(lines, row)) all += fmt::format("{},{},{},{}\n", grid.policies[p], instance, repeat, row);
      }
    }
  }
  write_output(path, all, force);
}

}  // namespace

ExitCode run_bandit_compare(const Arguments& arguments) {
  const Stopwatch watch;
  CompareFlags flags;
  flags.policies = {"order_thompson", "linear_thompson", "csl_ucb"};
  flags.read_policies(arguments, "--policies");
  CommandLine line("bandit compare", "[options]", "Plays policies against each other on random linear systems.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.settle_systems(line);
  settle(flags);
  refuse_same_files({flags.output.path, flags.traces, flags.report, flags.grid.checkpoint_path}, {});
  flags.output.check();
  if (!flags.traces.empty()) io::check_writable(flags.traces, flags.output.force);
  if (!flags.report.empty()) io::check_writable(flags.report, flags.output.force);
  if (const std::string& path = flags.grid.checkpoint_path; !path.empty()) {
    if (path == "-" || (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path))) {
      throw InvalidArgument(fmt::format("--checkpoint {} is no file", path), "the command line",
                            "It is read and replaced: give the name of a file.");
    }
    io::check_writable(path, true);
  }
  static_cast<void>(flags.system(0));  // systems that cannot be drawn are refused before any work
  if (flags.run.dry_run) {
    flags.output.write(fmt::format("{} policies x {} instances x {} repeats, {} rounds each\n", flags.policies.size(),
                                   flags.grid.instances, flags.grid.repeats, flags.grid.horizon));
    return ExitCode::Ok;
  }
  flags.grid.identity = grid_identity(flags);
  const InterruptScope interrupts;
  ProgressLine progress(flags.run.progress_style());
  flags.grid.run = flags.run.options;
  flags.grid.run.stop = interrupts.token();
  flags.grid.run.progress = progress.callback();
  const GridResult grid = bandits::play_grid(
      flags.grid_policies(), [&flags](std::uint64_t seed) { return flags.system(seed); }, flags.grid);
  progress.clear();
  if (grid.resumed_runs > 0) {
    flags.run.say(
        fmt::format("{} of {} runs taken from {}", grid.resumed_runs, grid.runs.size(), flags.grid.checkpoint_path));
  }
  for (const std::string& warning : grid.warnings) flags.run.warn(warning);
  io::Json record = grid_json(flags, grid);
  if (!flags.run.no_timing) {
    RunStats stats;
    stats.threads_used = resolve_threads(flags.run.options.threads);
    record.set("timing", io::timing_to_json(watch.timing(line.name(), arguments, "", stats)));
  }
  flags.output.write(flags.output.format_or("txt") == "json" ? record.dump(2) + "\n" : grid_text(flags, grid));
  if (!flags.report.empty()) write_output(flags.report, bandit_page(record), flags.output.force);
  if (!flags.traces.empty()) write_traces(grid, flags.traces, flags.output.force);
  return exit_code_for(grid.status);
}

}  // namespace causal::cli
