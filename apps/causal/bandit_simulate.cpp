// causal bandit simulate: a log of random actions from a random linear system, and what is true of that system.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "bandit.hpp"
#include "bandit_log.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/io/file.hpp"
#include "graph_files.hpp"
#include "json_list.hpp"
#include "option_flags.hpp"

namespace causal::cli {

/// What --change-at does to the mechanisms that the best arm uses.
enum class LoggedChange { Weights, Mean, Sd };

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::LoggedChange> {
  static constexpr std::array<std::pair<cli::LoggedChange, std::string_view>, 3> names{
      {{cli::LoggedChange::Weights, "weights"}, {cli::LoggedChange::Mean, "mean"}, {cli::LoggedChange::Sd, "sd"}}};
};

namespace causal::cli {
namespace {

using bandits::Action;
using bandits::ArmColumn;
using bandits::LinearArms;
using bandits::LinearEnvironment;
using bandits::LinearNoise;
using bandits::NamedLog;

struct SimulateFlags : BanditFlags {
  std::int64_t rounds = 1000;
  double bits_probability = 0.5;
  double noise_sd = 1;
  std::int64_t change_at = 0;
  int change_columns = 1;
  LoggedChange change = LoggedChange::Weights;
  double change_size = 0;
  std::string truth;
  std::string graph_out;
};

// One stretch of rounds.
struct Piece {
  std::int64_t first_round = 0;
  LinearArms arms;
  LinearNoise noise;
};

struct System {
  std::vector<std::string> names;
  std::vector<Piece> pieces;
  std::vector<ArmColumn> changed;
};

void declare(CommandLine& line, SimulateFlags& flags) {
  line.example("causal bandit simulate --nodes 6 --rounds 500 -o log.csv --graph-out graph.json",
               "a log of random actions, and the graph behind it");
  line.example("causal bandit simulate --rounds 2000 --change-at 1000 --truth truth.json -o log.csv",
               "one mechanism of the best arm changes half-way");
  flags.add_systems(line, false);
  line.heading("Log");
  line.option({.flags = "--rounds", .value = "T", .doc = "rows of the log", .default_text = "1000"}, flags.rounds,
              closed_interval(1, 4294967295.0));
  line.option({.flags = "--bits-probability",
               .value = "X",
               .doc = "with which each bit is 1, in (0, 1); other than 0.5 it is logged too",
               .default_text = "0.5"},
              flags.bits_probability, open_interval(0, 1));
  line.option({.flags = "--noise-sd", .value = "X", .doc = "sd of every noise term", .default_text = "1"},
              flags.noise_sd, at_least(0));
  line.heading("Change");
  line.option({.flags = "--change-at", .value = "R", .doc = "first round after a change; absent: nothing changes"},
              flags.change_at, closed_interval(1, 4294967295.0));
  line.option({.flags = "--change-columns",
               .value = "K",
               .doc = "mechanisms of the best arm that change, drawn with repetition",
               .default_text = "1"},
              flags.change_columns, closed_interval(1, 256));
  line.option({.flags = "--change",
               .value = "WHAT",
               .doc = "weights drawn anew until another arm is best, the mean or the sd of the noise",
               .default_text = "weights"},
              flags.change);
  line.option({.flags = "--change-size",
               .value = "X",
               .doc = "for mean: rise in sd of the noise; for sd: its factor",
               .default_text = "2 for mean, 3 for sd"},
              flags.change_size);
  line.heading("Output");
  line.option({.flags = "-o,--output", .value = "FILE", .doc = "the log as CSV; standard output when absent"},
              flags.output.path);
  line.option({.flags = "--truth", .value = "FILE.json", .doc = "also write the model, its best arm and what changed"},
              flags.truth);
  line.option({.flags = "--graph-out", .value = "FILE", .doc = "also write the graph; format by extension"},
              flags.graph_out);
  line.toggle({.flags = "--force", .value = "", .doc = "overwrite files that exist"}, flags.output.force);
  flags.run.add_to(line);
}

// Errors: InvalidArgument for flags that do not go together.
void check(const CommandLine& line, const SimulateFlags& flags) {
  if (!line.given("--change-at")) {
    for (const char* flag : {"--change", "--change-columns", "--change-size"}) {
      if (line.given(flag)) {
        throw InvalidArgument(fmt::format("{} needs --change-at", flag), "the command line", line.see_help());
      }
    }
    return;
  }
  if (flags.change_at >= flags.rounds) {
    throw InvalidArgument(
        fmt::format("--change-at = {} must be less than --rounds = {}", flags.change_at, flags.rounds),
        "the command line");
  }
  if (flags.change == LoggedChange::Weights && line.given("--change-size")) {
    throw InvalidArgument("--change-size has no effect on --change weights", "the command line", line.see_help());
  }
  if (flags.change == LoggedChange::Sd && !(flags.change_size > 0)) {
    throw InvalidArgument(fmt::format("--change-size = {} must be positive for --change sd", flags.change_size),
                          "the command line");
  }
}

// Y is the reward, X1, X2, ... are the other nodes.
std::vector<std::string> names_of(const LinearArms& arms) {
  std::vector<std::string> names;
  for (int j = 0; j < arms.n(); ++j) {
    names.push_back(j == arms.reward() ? "Y" : fmt::format("X{}", names.size() + (j > arms.reward() ? 0 : 1)));
  }
  return names;
}

System draw(const SimulateFlags& flags) {
  const std::uint64_t seed = flags.run.options.seed;
  LinearNoise noise;
  for (auto& sd : noise.sd) sd.assign(static_cast<std::size_t>(flags.nodes), flags.noise_sd);
  System system;
  system.pieces.push_back({0, random_arms_er(flags.nodes, flags.systems.arms, bandits::instance_seed(seed, 0)), noise});
  const LinearArms& arms = system.pieces.front().arms;
  system.names = names_of(arms);
  if (flags.change_at == 0) return system;
  Piece after{flags.change_at, arms, noise};
  if (flags.change == LoggedChange::Weights) {
    bandits::ChangedArms changed =
        change_graph(arms, flags.change_columns, flags.systems.arms, bandits::instance_seed(seed, 1));
    if (!changed.arms) {
      throw InvalidArgument("no change was found: " + changed.reason, "--change-columns",
                            "Change more of them, or take another --seed.");
    }
    after.arms = std::move(*changed.arms);
    system.changed = std::move(changed.columns);
  } else {
    const Action best = best_arm(arms).action;
    std::array<Eigen::VectorXd, 2> offsets{arms.offsets(0), arms.offsets(1)};
    RandomStream stream(bandits::instance_seed(seed, 1), RandomDomain::Environment);
    for (int k = 0; k < flags.change_columns; ++k) {
      const auto node = static_cast<std::size_t>(stream.below(static_cast<std::uint64_t>(arms.n())));
      const ArmColumn column{best[node], static_cast<int>(node)};
      if (std::find(system.changed.begin(), system.changed.end(), column) != system.changed.end()) continue;
      system.changed.push_back(column);
      if (flags.change == LoggedChange::Mean) offsets[best[node]](column.node) += flags.change_size * flags.noise_sd;
      if (flags.change == LoggedChange::Sd) after.noise.sd[best[node]][node] *= flags.change_size;
    }
    after.arms = LinearArms({arms.weights(0), arms.weights(1)}, offsets, arms.reward());
  }
  system.pieces.push_back(std::move(after));
  return system;
}

// Rounds of each piece from an environment of its own: noise of another sd is not part of the arms.
NamedLog logged(const SimulateFlags& flags, const System& system) {
  NamedLog log;
  for (const Piece& piece : system.pieces) {
    NamedLog part = random_log(LinearEnvironment(piece.arms, piece.noise), system.names, flags.rounds,
                               flags.bits_probability, flags.run.options.seed);
    if (log.names.empty()) {
      log = std::move(part);
      continue;
    }
    // The bits are the same in both.
    for (auto t = static_cast<std::size_t>(piece.first_round); t < log.rounds(); ++t) {
      log.log.rows[t] = std::move(part.log.rows[t]);
    }
  }
  return log;
}

io::Json column_json(const System& system, const ArmColumn& column) {
  io::Json json = io::Json::object();
  json.set("node", system.names[static_cast<std::size_t>(column.node)]);
  json.set("bit", column.bit);
  return json;
}

io::Json piece_json(const System& system, const Piece& piece) {
  io::Json json = io::Json::object();
  json.set("first_round", piece.first_round);
  const bandits::ArmSearchResult best = best_arm(piece.arms);
  std::vector<std::string> on;
  for (std::size_t j = 0; j < best.action.size(); ++j) {
    if (best.action[j] != 0) on.push_back(system.names[j]);
  }
  io::Json arm = io::Json::object();
  arm.set("bits_on", json_list(on));
  arm.set("mean_reward", mean_reward(piece.arms, best.action));
  arm.set("proven", best.status == Status::Ok);
  json.set("best_arm", std::move(arm));
  io::Json mechanisms = io::Json::array();
  for (int j = 0; j < piece.arms.n(); ++j) {
    for (const int bit : {0, 1}) {
      io::Json mechanism = column_json(system, {bit, j});
      mechanism.set("offset", piece.arms.offset(bit, j));
      mechanism.set("noise_sd", piece.noise.sd[static_cast<std::size_t>(bit)][static_cast<std::size_t>(j)]);
      io::Json parents = io::Json::array();
      for (const bandits::WeightedParent& parent : piece.arms.parents(bit, j)) {
        io::Json entry = io::Json::object();
        entry.set("node", system.names[static_cast<std::size_t>(parent.node)]);
        entry.set("weight", parent.weight);
        parents.push(std::move(entry));
      }
      mechanism.set("parents", std::move(parents));
      mechanisms.push(std::move(mechanism));
    }
  }
  json.set("mechanisms", std::move(mechanisms));
  return json;
}

io::Json truth_json(const SimulateFlags& flags, const System& system) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.bandit_truth/1");
  json.set("seed", flags.run.options.seed);
  json.set("rounds", flags.rounds);
  json.set("bits_probability", flags.bits_probability);
  json.set("nodes", json_list(system.names));
  json.set("reward", "Y");
  io::Json pieces = io::Json::array();
  for (const Piece& piece : system.pieces) pieces.push(piece_json(system, piece));
  json.set("pieces", std::move(pieces));
  json.set("change", flags.change_at == 0 ? io::Json() : io::Json(std::string(enum_name(flags.change))));
  io::Json changed = io::Json::array();
  for (const ArmColumn& column : system.changed) changed.push(column_json(system, column));
  json.set("changed", std::move(changed));
  return json;
}

// The edges of any mechanism of any piece: they have one order.
LearnedGraph graph_of(const System& system) {
  std::vector<Edge> edges;
  const int n = static_cast<int>(system.names.size());
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const bool edge = std::any_of(system.pieces.begin(), system.pieces.end(), [&](const Piece& piece) {
        return piece.arms.weights(0)(i, j) != 0 || piece.arms.weights(1)(i, j) != 0;
      });
      if (edge) edges.push_back(directed(i, j));
    }
  }
  return learned_graph_from(MixedGraph(system.names, std::move(edges)), GraphKind::Dag);
}

}  // namespace

ExitCode run_bandit_simulate(const Arguments& arguments) {
  SimulateFlags flags;
  CommandLine line("bandit simulate", "[options]", "Draws a linear system and a log of random actions on it.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  if (!line.given("--change-size")) flags.change_size = flags.change == LoggedChange::Sd ? 3 : 2;
  check(line, flags);
  const std::string graph_format = flags.graph_out.empty() ? "" : graph_format_of(flags.graph_out);
  refuse_same_files({flags.output.path, flags.truth, flags.graph_out}, {});
  flags.output.check();
  for (const std::string& path : {flags.truth, flags.graph_out}) {
    if (!path.empty()) io::check_writable(path, flags.output.force);
  }
  const double bytes = (10.0 * flags.nodes + 100) * static_cast<double>(flags.rounds) * 4;
  if (flags.run.dry_run) {
    write_stdout(fmt::format("{} nodes, {} rounds, about {}\n", flags.nodes, flags.rounds, bytes_text(bytes)));
    return ExitCode::Ok;
  }
  if (bytes > static_cast<double>(flags.run.options.memory_limit_bytes)) {
    throw BudgetError(fmt::format("the log needs {}, more than the limit", bytes_text(bytes)), "--rounds and --nodes",
                      "Draw fewer rounds, or raise --memory-limit.");
  }
  const System system = draw(flags);
  std::ostringstream table;
  write_bandit_log(table, logged(flags, system));
  flags.output.write(table.str());
  if (!flags.truth.empty()) {
    write_output(flags.truth, truth_json(flags, system).dump(2) + "\n", flags.output.force);
  }
  if (!flags.graph_out.empty()) {
    write_output(flags.graph_out, graph_text(graph_of(system), graph_format), flags.output.force);
  }
  flags.run.say(
      fmt::format("{} rounds of {} nodes, reward Y, seed {}", flags.rounds, flags.nodes, flags.run.options.seed));
  return ExitCode::Ok;
}

}  // namespace causal::cli
