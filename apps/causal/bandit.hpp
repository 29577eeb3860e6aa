#pragma once
// What the parts of causal bandit share: the systems that are played, the policies that play them, the record.

#include <string>
#include <vector>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/run/grid.hpp"
#include "causal/bandits/run/policy_registry.hpp"
#include "causal/io/json.hpp"
#include "command_line.hpp"
#include "commands.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"

namespace causal::cli {

/// What compare and run both ask for.
struct BanditFlags {
  std::vector<std::string> policies;
  bandits::PolicyOptions options;
  int nodes = 10;
  bandits::RandomArmsOptions arms;
  bandits::GridOptions grid;
  OutputFlags output;
  RunFlags run;

  /// The names after `flag`, before parsing: they decide which options there are. Errors: InvalidArgument that suggests
  /// the nearest name.
  void read_policies(const Arguments& arguments, const std::string& flag);
  void add_systems(CommandLine& line);
  [[nodiscard]] bandits::LinearArms system(std::uint64_t seed) const;
  [[nodiscard]] std::vector<bandits::GridPolicy> grid_policies() const;
};

/// The record of a grid, causal.bandit/1 without its timing.
[[nodiscard]] io::Json grid_json(const BanditFlags& flags, const bandits::GridResult& grid);
/// The table of a grid: one line a policy.
[[nodiscard]] std::string grid_text(const BanditFlags& flags, const bandits::GridResult& grid);

ExitCode run_bandit_compare(const Arguments& arguments);
ExitCode run_bandit_run(const Arguments& arguments);
ExitCode run_bandit_pomis(const Arguments& arguments);
ExitCode run_bandit_simulate(const Arguments& arguments);
ExitCode run_bandit_replay(const Arguments& arguments);
ExitCode run_bandit_detect(const Arguments& arguments);
ExitCode run_bandit_ope(const Arguments& arguments);

}  // namespace causal::cli
