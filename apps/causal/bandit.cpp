// causal bandit compare|run|pomis|simulate|replay|detect|ope: which nodes to intervene on, found by playing.

#include "bandit.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "causal/run/error.hpp"
#include "option_flags.hpp"
#include "verbs.hpp"

namespace causal::cli {
namespace {

constexpr std::array<Command, 7> kVerbs{{
    {"compare", "play policies against each other on random systems", run_bandit_compare},
    {"run", "play one policy on one random system and write every round", run_bandit_run},
    {"pomis", "the sets of nodes of a graph that are worth setting", run_bandit_pomis},
    {"simulate", "draw a system and a log of random actions on it", run_bandit_simulate},
    {"replay", "show a policy the rounds of a log whose action it would have chosen", run_bandit_replay},
    {"detect", "find out in a log which mechanisms changed, and when", run_bandit_detect},
    {"ope", "estimate from a log what another policy would have earned", run_bandit_ope},
}};

constexpr std::string_view kMore =
    "\nExamples\n"
    "  causal bandit compare --policies order_thompson,csl_ucb,ucb1 --instances 20\n"
    "  causal bandit pomis graph.dagitty --outcome Y\n"
    "\ncausal bandit VERB --help says more; causal list policies shows the policies;\n"
    "recommended and paper stand for order_thompson and csl_ucb.\n";

}  // namespace

void BanditFlags::read_policies(const Arguments& arguments, const std::string& flag) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    if (word == flag && i + 1 < arguments.size()) policies = split_list(arguments[i + 1]);
    if (word.starts_with(flag + "=")) policies = split_list(word.substr(flag.size() + 1));
  }
  resolve_presets();
}

void BanditFlags::resolve_presets() {
  for (std::string& policy : policies) policy = std::string(bandits::find_policy(policy).info.name);
}

void BanditFlags::add_systems(CommandLine& line, bool whole) {
  line.heading("Systems");
  line.option({.flags = "--nodes", .value = "N", .doc = "nodes of each system", .default_text = "10"}, nodes,
              closed_interval(1, 256));
  line.option({.flags = "--edge-probability",
               .value = "X",
               .doc = "probability of an edge in each mechanism, in (0, 1]",
               .default_text = value_text(systems.arms.edge_probability),
               .aliases = "--edge-prob"},
              systems.arms.edge_probability, {0, 1, true, false});
  add_option_flags(line, systems.arms, {"edge_probability"});
  if (whole) add_option_flags(line, systems);
}

void BanditFlags::settle_systems(const CommandLine& line) {
  const bool layered = bandits::is_layered(systems.systems);
  const std::string family = fmt::format("{} systems", enum_name(systems.systems));
  const auto refuse = [&line](const char* flag, bool idle, const std::string& where) {
    if (!idle || !line.given(flag)) return;
    throw InvalidArgument(fmt::format("{} has no effect {}", flag, where), "the command line", line.see_help());
  };
  for (const char* flag : {"--edge-probability", "--offset", "--no-shuffle-labels"}) {
    refuse(flag, layered, "on " + family);
  }
  refuse("--layers", systems.systems != bandits::SystemFamily::Hierarchical, "on " + family);
  refuse("--edges-per-node", systems.systems != bandits::SystemFamily::ScaleFree, "on " + family);
  refuse("--change-columns", systems.change_at == 0, "without --change-at");
  if (systems.change_at >= grid.horizon) {
    throw InvalidArgument(
        fmt::format("--change-at = {} must be less than --horizon = {}", systems.change_at, grid.horizon),
        "the command line", line.see_help());
  }
  if (!layered) return;
  if (line.given("--weight-min")) systems.layered.weight_min = systems.arms.weight_min;
  if (line.given("--weight-max")) systems.layered.weight_max = systems.arms.weight_max;
}

std::vector<bandits::GridPolicy> BanditFlags::grid_policies() const {
  std::vector<bandits::GridPolicy> made;
  for (const std::string& name : policies) {
    const bandits::PolicyEntry& entry = bandits::find_policy(name);
    made.push_back(
        {name, [this, &entry](const bandits::LinearArms& drawn) { return entry.make(drawn, grid.horizon, options); }});
  }
  return made;
}

ExitCode run_bandit(const Arguments& arguments) { return run_verb("bandit", kVerbs, kMore, arguments); }

}  // namespace causal::cli
