// causal bandit run: one policy on one random system, round by round.

#include <fmt/format.h>

#include <sstream>

#include "bandit.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/stop.hpp"
#include "interrupt.hpp"
#include "policy_flags.hpp"

namespace causal::cli {
namespace {

struct PlayFlags : BanditFlags {
  std::string policy = "order_thompson";
  std::int64_t instance = 0;
};

void declare(CommandLine& line, PlayFlags& flags) {
  line.example("causal bandit run --policy csl_ucb --horizon 500 -o rounds.csv", "one row a round");
  line.example("causal bandit run --policy csl_ucb --instance 7 --seed 1", "the run that compare --seed 1 had there");
  line.heading("Policy");
  line.option({.flags = "--policy",
               .value = "NAME",
               .doc = "who plays; causal list policies shows all",
               .default_text = flags.policy},
              flags.policy);
  add_policy_flags(line, flags.policies, flags.options);
  flags.add_systems(line, true);
  line.heading("Run");
  line.option({.flags = "--horizon", .value = "N", .doc = "rounds", .default_text = "1000"}, flags.grid.horizon,
              closed_interval(1, 4294967295.0));
  line.option({.flags = "--instance", .value = "K", .doc = "which system of the seed", .default_text = "0"},
              flags.instance, closed_interval(0, 999999));
  flags.output.add_to(line, {"csv"});
  flags.run.add_to(line);
}

}  // namespace

ExitCode run_bandit_run(const Arguments& arguments) {
  PlayFlags flags;
  flags.policies = {flags.policy};
  flags.read_policies(arguments, "--policy");
  CommandLine line("bandit run", "[options]", "Plays one policy on one random linear system; one row a round.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.settle_systems(line);
  flags.policy = std::string(bandits::find_policy(flags.policy).info.name);
  flags.output.check();
  const auto instance = static_cast<std::uint32_t>(flags.instance);
  const bandits::PolicyEntry& entry = bandits::find_policy(flags.policy);
  if (flags.run.dry_run) {
    flags.output.write(fmt::format("{} on system {}, {} rounds\n", flags.policy, instance, flags.grid.horizon));
    return ExitCode::Ok;
  }
  const bandits::RandomSystem system = flags.system(bandits::instance_seed(flags.run.options.seed, instance));
  const bandits::PolicyPtr policy = entry.make(system.arms, flags.grid.horizon, flags.options);
  const InterruptScope interrupts;
  RunOptions limits = flags.run.options;
  limits.stop = interrupts.token();
  const StopSignal stop(limits);
  const bandits::Trace trace =
      play(system.environment, *policy,
           {.horizon = flags.grid.horizon, .seed = flags.run.options.seed, .instance = instance, .run = limits});
  const bool stopped = trace.rounds() < static_cast<std::size_t>(flags.grid.horizon);
  if (stopped) flags.run.warn(fmt::format("stopped early, after {} of {} rounds", trace.rounds(), flags.grid.horizon));
  if (!trace.exact) flags.run.warn("the search for the best arm passed its budget: regret is a lower bound");
  flags.run.say(fmt::format("{}: regret {:.4g} after {} rounds, {:.0f} % optimal arms in the last 100", flags.policy,
                            trace.pseudo_regret(), trace.rounds(), 100 * trace.optimal_rate(100)));
  std::ostringstream table;
  write_trace_csv(table, trace);
  flags.output.write(table.str());
  return exit_code_for(stopped ? stop.status() : Status::Ok);
}

}  // namespace causal::cli
