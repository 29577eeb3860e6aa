#pragma once
// What the parts of causal bandit share: the systems that are played, the policies that play them, the record.

#include <string>
#include <vector>

#include "causal/bandits/environment/random_system.hpp"
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
  bandits::RandomSystemOptions systems;
  bandits::GridOptions grid;
  OutputFlags output;
  RunFlags run;

  /// The names after `flag`, before parsing: they decide which options there are. Errors: InvalidArgument that suggests
  /// the nearest name.
  void read_policies(const Arguments& arguments, const std::string& flag);
  /// Puts policies in the place of presets.
  void resolve_presets();
  /// Nodes and the law of edges and weights; with `whole` also the family, the noise and a change.
  void add_systems(CommandLine& line, bool whole);
  /// After parsing: weights for layered families. Errors: InvalidArgument for flags that would have no effect on the
  /// family or without a change, and for a change after the last round.
  void settle_systems(const CommandLine& line);
  [[nodiscard]] bandits::RandomSystem system(std::uint64_t seed) const { return random_system(nodes, systems, seed); }
  [[nodiscard]] std::vector<bandits::GridPolicy> grid_policies() const;
};

/// The record of a grid, causal.bandit/1 without its timing.
[[nodiscard]] io::Json grid_json(const BanditFlags& flags, const bandits::GridResult& grid);
/// The table of a grid: one line a policy.
[[nodiscard]] std::string grid_text(const BanditFlags& flags, const bandits::GridResult& grid);
/// What a grid consists of beside its options, as lines of text: for checkpoints.
[[nodiscard]] std::string grid_identity(const BanditFlags& flags);
/// The page of a causal.bandit/1 record, with what the registry says of its policies. Errors: DataError for a member
/// that is missing or of the wrong type.
[[nodiscard]] std::string bandit_page(const io::Json& record);

ExitCode run_bandit_compare(const Arguments& arguments);
ExitCode run_bandit_run(const Arguments& arguments);
ExitCode run_bandit_pomis(const Arguments& arguments);
ExitCode run_bandit_simulate(const Arguments& arguments);
ExitCode run_bandit_replay(const Arguments& arguments);
ExitCode run_bandit_detect(const Arguments& arguments);
ExitCode run_bandit_ope(const Arguments& arguments);

}  // namespace causal::cli
