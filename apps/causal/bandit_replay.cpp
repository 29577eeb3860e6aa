// causal bandit replay: a policy meets the rounds of a log whose action it would have chosen.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "bandit.hpp"
#include "bandit_log.hpp"
#include "causal/math/student_t.hpp"
#include "json_list.hpp"
#include "policy_flags.hpp"
#include "table_files.hpp"

namespace causal::cli {
namespace {

struct ReplayFlags {
  LogFlags log;
  std::string policy = "order_thompson";
  bandits::PolicyOptions options;
  std::vector<std::string> relevant;
  double offset = 0;
  double level = 0.95;
  OutputFlags output;
  RunFlags run;
};

// Mean of some rewards and its interval; NaN where there are too few.
struct MeanReward {
  std::int64_t rounds = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

struct Replayed {
  std::vector<std::uint8_t> relevant;
  bandits::ReplayResult result;
  MeanReward policy;
  MeanReward log;
  std::vector<std::string> warnings;
};

void declare(CommandLine& line, ReplayFlags& flags, const std::vector<std::string>& policies) {
  line.example("causal bandit replay log.csv --reward Y --policy ucb1", "a policy that needs nothing but the log");
  line.example("causal bandit replay log.csv --reward Y --policy linear_thompson --graph graph.json --offset 1",
               "one that is told the graph and the means of the noise");
  flags.log.add_to(line, true);
  line.heading("Policy");
  line.option({.flags = "--policy",
               .value = "NAME",
               .doc = "who plays; causal list policies shows all",
               .default_text = flags.policy},
              flags.policy);
  line.option({.flags = "--offset",
               .value = "X",
               .doc = "mean of every noise term, for policies that must know it",
               .default_text = "0"},
              flags.offset);
  add_policy_flags(line, policies, flags.options);
  line.heading("Replay");
  line.option({.flags = "--relevant",
               .value = "NODE,..",
               .doc = "only the bits of these nodes must agree; with --graph by default the ancestors of the reward"},
              flags.relevant);
  line.option({.flags = "--level", .value = "X", .doc = "of the confidence intervals", .default_text = "0.95"},
              flags.level, open_interval(0, 1));
  flags.output.add_to(line, {"txt", "json", "csv"});
  flags.run.add_to(line);
}

MeanReward mean_of(const std::vector<double>& rewards, double level) {
  MeanReward out;
  out.rounds = static_cast<std::int64_t>(rewards.size());
  if (rewards.empty()) return out;
  const double count = static_cast<double>(rewards.size());
  double sum = 0, squares = 0;
  for (const double y : rewards) sum += y;
  out.mean = sum / count;
  if (rewards.size() < 2) return out;
  for (const double y : rewards) squares += (y - out.mean) * (y - out.mean);
  const double half = student_t_quantile(0.5 + level / 2, count - 1) * std::sqrt(squares / (count - 1) / count);
  out.low = out.mean - half;
  out.high = out.mean + half;
  return out;
}

// The model with the edges of the graph: its weights are told to no policy.
bandits::LinearArms told_model(const ReplayFlags& flags, const LogInput& input) {
  const auto graphs = input.graphs();
  const Eigen::VectorXd offsets = Eigen::VectorXd::Constant(input.log.n(), flags.offset);
  return bandits::LinearArms({graphs[0].cast<double>(), graphs[1].cast<double>()}, {offsets, offsets}, input.reward);
}

Replayed replay_log(const ReplayFlags& flags, const LogInput& input) {
  const bandits::PolicyEntry& entry = bandits::find_policy(flags.policy);
  Replayed out;
  out.relevant = input.relevant();
  if (!flags.relevant.empty()) {
    out.relevant.assign(out.relevant.size(), 0);
    for (const std::string& name : flags.relevant) {
      const auto node = static_cast<std::size_t>(input.log.index_of(name));
      if (input.log.has_bit[node] == 0) {
        throw InvalidArgument(fmt::format("node '{}' has no bit in the log", name), "--relevant");
      }
      out.relevant[node] = 1;
    }
  }
  out.warnings = input.log.uniformity_warnings();
  // The policy will meet about so many rounds: some plan by the number of rounds to come.
  double expected = static_cast<double>(input.log.rounds());
  for (const std::uint8_t bit : out.relevant) expected /= bit != 0 ? 2 : 1;
  const auto horizon = static_cast<std::int64_t>(std::max(1.0, expected));
  const bandits::PolicyPtr policy = entry.make(told_model(flags, input), horizon, flags.options);
  out.result = replay(input.log.log, *policy, input.reward, flags.run.options.seed, out.relevant);
  std::vector<double> all, used;
  for (const auto& row : input.log.log.rows) all.push_back(row[static_cast<std::size_t>(input.reward)]);
  for (const std::size_t t : out.result.used) used.push_back(all[t]);
  out.log = mean_of(all, flags.level);
  out.policy = mean_of(used, flags.level);
  return out;
}

io::Json mean_json(const MeanReward& mean) {
  io::Json json = io::Json::object();
  json.set("rounds", mean.rounds);
  json.set("mean_reward", finite_json(mean.mean));
  json.set("ci_low", finite_json(mean.low));
  json.set("ci_high", finite_json(mean.high));
  return json;
}

std::vector<std::string> names_of_bits(const LogInput& input, const Replayed& replayed) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < replayed.relevant.size(); ++k) {
    if (replayed.relevant[k] != 0) names.push_back(input.log.names[k]);
  }
  return names;
}

std::string json_text(const ReplayFlags& flags, const LogInput& input, const Replayed& replayed) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.bandit_replay/1");
  json.set("log", log_json(flags.log, input));
  json.set("reward", flags.log.reward);
  json.set("policy", flags.policy);
  io::Json options = io::Json::object();
  for (const OptionRecord& option : policy_option_records(flags.policy, flags.options)) {
    options.set(option.name, option.value);
  }
  json.set("options", std::move(options));
  const bool told = bandits::find_policy(flags.policy).knows != bandits::PolicyKnowledge::Nothing;
  json.set("offset", told ? io::Json(flags.offset) : io::Json());
  json.set("seed", flags.run.options.seed);
  json.set("level", flags.level);
  json.set("bits_that_must_agree", json_list(names_of_bits(input, replayed)));
  json.set("replayed", mean_json(replayed.policy));
  json.set("logged", mean_json(replayed.log));
  json.set("warnings", json_list(replayed.warnings));
  return json.dump(2) + "\n";
}

std::string line_text(const std::string& name, const MeanReward& mean) {
  return fmt::format("{:<20}{:>8}{:>14}{:>24}\n", name, mean.rounds,
                     mean.rounds > 0 ? fmt::format("{:.4g}", mean.mean) : "-",
                     std::isfinite(mean.low) ? fmt::format("[{:.4g}, {:.4g}]", mean.low, mean.high) : "-");
}

std::string text_of(const ReplayFlags& flags, const LogInput& input, const Replayed& replayed) {
  const std::vector<std::string> bits = names_of_bits(input, replayed);
  std::string text = fmt::format("{} of {} rounds had the action that {} chose, in the bits of {}\n",
                                 replayed.policy.rounds, replayed.log.rounds, flags.policy, fmt::join(bits, ", "));
  text += fmt::format("{:<20}{:>8}{:>14}{:>24}\n", "", "rounds", "mean reward",
                      fmt::format("{:.4g} % interval", 100 * flags.level));
  return text + line_text(flags.policy, replayed.policy) + line_text("log", replayed.log);
}

// The rounds used, as a log with one column more, their number from 0.
std::string used_rounds(const LogInput& input, const Replayed& replayed, const bandits::LogFormat& format) {
  bandits::NamedLog used{input.log.names, {}, input.log.has_bit, {}};
  for (const std::size_t t : replayed.result.used) {
    used.log.actions.push_back(input.log.log.actions[t]);
    used.log.rows.push_back(input.log.log.rows[t]);
    if (!input.log.propensity.empty()) used.propensity.push_back(input.log.propensity[t]);
  }
  std::ostringstream table;
  write_bandit_log(table, used, format);
  std::istringstream lines(table.str());
  std::string row, text;
  std::getline(lines, row);
  text = "round," + row + "\n";
  for (const std::size_t t : replayed.result.used) {
    std::getline(lines, row);
    text += fmt::format("{},{}\n", t, row);
  }
  return text;
}

std::string policy_named(const Arguments& arguments, std::string name) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == "--policy" && i + 1 < arguments.size()) name = arguments[i + 1];
    if (arguments[i].starts_with("--policy=")) name = arguments[i].substr(std::string("--policy=").size());
  }
  return std::string(bandits::find_policy(name).info.name);
}

}  // namespace

ExitCode run_bandit_replay(const Arguments& arguments) {
  ReplayFlags flags;
  CommandLine line("bandit replay", "LOG --reward Y [options]",
                   "Plays a policy on the rounds of a log whose action it would have chosen.");
  declare(line, flags, {policy_named(arguments, flags.policy)});
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  flags.output.check();
  refuse_same_files({flags.output.path}, {flags.log.path, flags.log.graph});
  const bandits::PolicyEntry& entry = bandits::find_policy(flags.policy);
  if (entry.knows == bandits::PolicyKnowledge::OffsetsAndGraphs && flags.log.graph.empty()) {
    throw InvalidArgument(fmt::format("{} must know the graph: --graph FILE", flags.policy), "the command line",
                          "causal list policies shows what each policy must know.");
  }
  const LogInput input = flags.log.load(line, flags.run);
  if (entry.knows != bandits::PolicyKnowledge::Nothing && !line.given("--offset")) {
    flags.run.say(fmt::format("{} must know the mean of every noise term, and is told 0: see --offset", flags.policy));
  }
  const Replayed replayed = replay_log(flags, input);
  for (const std::string& warning : replayed.warnings) flags.run.warn(warning + ": a replay may be biased");
  const bool csv = !flags.output.json && flags.output.format.empty() && flags.output.path.ends_with(".csv");
  const std::string format = csv ? "csv" : flags.output.format_or("txt");
  if (format == "csv") {
    flags.run.say(text_of(flags, input, replayed));
    flags.output.write(used_rounds(input, replayed, flags.log.format));
  } else {
    flags.output.write(format == "json" ? json_text(flags, input, replayed) : text_of(flags, input, replayed));
  }
  if (!replayed.result.used.empty()) return ExitCode::Ok;
  flags.run.warn("no round of the log had the action that the policy chose: there is no estimate");
  return ExitCode::NoAnswer;
}

}  // namespace causal::cli
