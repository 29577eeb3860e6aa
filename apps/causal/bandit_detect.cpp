// causal bandit detect: which mechanisms changed in the course of a log, and when.

#include <fmt/format.h>

#include "bandit.hpp"
#include "bandit_log.hpp"
#include "causal/bandits/change/mechanism_monitor.hpp"
#include "json_list.hpp"
#include "option_flags.hpp"

namespace causal::cli {
namespace {

using bandits::MechanismAlarm;

struct DetectFlags {
  LogFlags log;
  bandits::MonitorOptions monitor;
  double offset = 0;
  OutputFlags output;
  RunFlags run;
};

// Rounds that a mechanism was played, and its innovations since it last restarted.
struct Watched {
  std::int64_t rounds = 0;
  std::int64_t innovations = 0;
};

struct Detected {
  std::vector<MechanismAlarm> alarms;
  std::vector<Watched> watched;  ///< 2 node + bit
};

void declare(CommandLine& line, DetectFlags& flags) {
  line.example("causal bandit detect log.csv --graph graph.json", "alarms of all mechanisms, in order");
  line.example("causal bandit detect log.csv --graph graph.json --detector kl --window 20 --offset 1",
               "the published statistic, with known means of the noise");
  flags.log.add_to(line, false);
  line.heading("Detector");
  add_option_flags(line, flags.monitor);
  line.option({.flags = "--offset",
               .value = "X",
               .doc = "known mean of every noise term",
               .default_text = "estimated by mechanism"},
              flags.offset);
  flags.output.add_to(line, {"txt", "json"});
  flags.run.add_to(line);
}

// With `estimated` offsets the last node is the constant 1, whose own value is known.
Detected detect(const DetectFlags& flags, const LogInput& input, bool estimated) {
  const int n = input.log.n();
  Eigen::VectorXd offsets = Eigen::VectorXd::Constant(n, flags.offset);
  if (estimated) offsets(n - 1) = 1;
  bandits::MechanismMonitor monitor({offsets, offsets}, input.graphs(), flags.monitor);
  Detected out;
  out.watched.resize(static_cast<std::size_t>(2 * n));
  for (std::size_t t = 0; t < input.log.rounds(); ++t) {
    const bandits::Action& action = input.log.log.actions[t];
    const auto alarms = monitor.add(static_cast<std::int64_t>(t), action, input.log.log.rows[t]);
    out.alarms.insert(out.alarms.end(), alarms.begin(), alarms.end());
    for (std::size_t j = 0; j < action.size(); ++j) ++out.watched[2 * j + action[j]].rounds;
  }
  for (std::size_t k = 0; k < out.watched.size(); ++k) {
    out.watched[k].innovations =
        static_cast<std::int64_t>(monitor.innovations(static_cast<int>(k % 2), static_cast<int>(k / 2)).size());
  }
  return out;
}

std::string json_text(const DetectFlags& flags, const LogInput& input, const Detected& detected, bool estimated) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.bandit_alarms/1");
  json.set("log", log_json(flags.log, input));
  io::Json options = io::Json::object();
  bandits::MonitorOptions::visit(flags.monitor, [&](const Field& field, const auto& value) {
    options.set(std::string(field.name), value_text(value));
  });
  json.set("options", std::move(options));
  json.set("offset", estimated ? io::Json() : io::Json(flags.offset));
  io::Json alarms = io::Json::array();
  for (const MechanismAlarm& alarm : detected.alarms) {
    io::Json entry = io::Json::object();
    entry.set("round", alarm.round);
    entry.set("node", input.log.names[static_cast<std::size_t>(alarm.mechanism.node)]);
    entry.set("bit", alarm.mechanism.bit);
    entry.set("changed_at", alarm.changed_at);
    entry.set("statistic", finite_json(alarm.statistic));
    entry.set("threshold", alarm.threshold);
    entry.set("rows", alarm.rows);
    alarms.push(std::move(entry));
  }
  json.set("alarms", std::move(alarms));
  io::Json mechanisms = io::Json::array();
  for (std::size_t j = 0; j < input.log.names.size(); ++j) {
    for (const std::size_t bit : {0U, 1U}) {
      if (bit == 1 && input.log.has_bit[j] == 0) continue;
      const Watched& watched = detected.watched[2 * j + bit];
      io::Json entry = io::Json::object();
      entry.set("node", input.log.names[j]);
      entry.set("bit", static_cast<std::int64_t>(bit));
      entry.set("rounds", watched.rounds);
      entry.set("innovations", watched.innovations);
      mechanisms.push(std::move(entry));
    }
  }
  json.set("mechanisms", std::move(mechanisms));
  return json.dump(2) + "\n";
}

std::string text_of(const LogInput& input, const Detected& detected) {
  std::string text = fmt::format("{} alarm{} in {} rounds\n", detected.alarms.size(),
                                 detected.alarms.size() == 1 ? "" : "s", input.log.rounds());
  if (detected.alarms.empty()) return text;
  text += fmt::format("{:>8}  {:<16}{:>4}{:>12}{:>11}{:>11}{:>8}\n", "round", "node", "bit", "changed at", "statistic",
                      "threshold", "rows");
  for (const MechanismAlarm& alarm : detected.alarms) {
    text += fmt::format("{:>8}  {:<16}{:>4}{:>12}{:>11.4g}{:>11.4g}{:>8}\n", alarm.round,
                        input.log.names[static_cast<std::size_t>(alarm.mechanism.node)], alarm.mechanism.bit,
                        alarm.changed_at, alarm.statistic, alarm.threshold, alarm.rows);
  }
  return text;
}

}  // namespace

ExitCode run_bandit_detect(const Arguments& arguments) {
  DetectFlags flags;
  CommandLine line("bandit detect", "LOG --graph FILE [options]",
                   "Watches every mechanism of a logged system for changes.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  validate(flags.monitor, "bandit detect");
  if (flags.log.path.empty() || flags.log.graph.empty()) {
    throw InvalidArgument("a log and --graph are needed", "the command line", line.see_help());
  }
  flags.output.check();
  refuse_same_files({flags.output.path}, {flags.log.path, flags.log.graph});
  const LogInput input = flags.log.load(line, flags.run);
  const bool estimated = !line.given("--offset");
  const Detected detected = detect(flags, estimated ? with_constant(input) : input, estimated);
  const bool json = flags.output.format_or("txt") == "json";
  flags.output.write(json ? json_text(flags, input, detected, estimated) : text_of(input, detected));
  return ExitCode::Ok;
}

}  // namespace causal::cli
