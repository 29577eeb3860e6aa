// causal bandit ope: what another policy would have earned, from the log of one that was played.

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "bandit.hpp"
#include "bandit_log.hpp"
#include "causal/bandits/run/off_policy.hpp"
#include "causal/data/level_numbers.hpp"
#include "json_list.hpp"
#include "option_flags.hpp"
#include "table_files.hpp"

namespace causal::cli {
namespace {

using bandits::OffPolicyResult;
using bandits::OffPolicyValue;

struct OpeFlags {
  LogFlags log;
  std::vector<std::string> target;
  std::string target_csv;
  double offset = 0;
  double propensity = 0.5;
  bandits::OffPolicyOptions options;
  OutputFlags output;
  RunFlags run;
};

struct Evaluation {
  std::vector<double> target;  // one a node of the log
  OffPolicyResult result;

  [[nodiscard]] std::array<std::pair<const char*, const OffPolicyValue*>, 4> values() const {
    return {{{"ips", &result.ips},
             {"snips", &result.snips},
             {"direct", &result.direct},
             {"doubly_robust", &result.doubly_robust}}};
  }
  /// Whether there is an estimate. Without a single round of weight above 0, ips is 0 whatever the rewards: that is
  /// none.
  [[nodiscard]] bool any() const {
    if (std::isfinite(result.direct.value) || std::isfinite(result.doubly_robust.value)) return true;
    return result.effective_sample_size > 0 && (std::isfinite(result.ips.value) || std::isfinite(result.snips.value));
  }
};

void declare(CommandLine& line, OpeFlags& flags) {
  line.example("causal bandit ope log.csv --reward Y --target X=1,Z=0.5", "by weights alone");
  line.example("causal bandit ope log.csv --reward Y --target X=1 --graph graph.json",
               "also by a fitted model, and by both together");
  flags.log.add_to(line, true);
  line.heading("Target");
  line.option({.flags = "--target",
               .value = "NODE=P,..",
               .doc = "probabilities with which the policy sets bits to 1; nodes that are not named: 0"},
              flags.target);
  line.option({.flags = "--target-csv",
               .value = "FILE",
               .doc = "one policy a row, one column a node: several policies at once"},
              flags.target_csv);
  line.heading("Estimate");
  line.option({.flags = "--propensity",
               .value = "X",
               .doc = "with which every bit of the log was 1, when it has no propensity columns",
               .default_text = "0.5"},
              flags.propensity, open_interval(0, 1));
  line.option({.flags = "--offset",
               .value = "X",
               .doc = "known mean of every noise term, for the fitted model",
               .default_text = "estimated by mechanism"},
              flags.offset);
  add_option_flags(line, flags.options, {"seed", "threads"});
  flags.output.add_to(line, {"txt", "json"});
  flags.run.add_to(line);
}

void set_target(std::vector<double>& target, const bandits::NamedLog& log, const std::string& node, double value,
                const std::string& where) {
  const auto k = static_cast<std::size_t>(log.index_of(node));
  if (!(value >= 0 && value <= 1)) {
    throw InvalidArgument(fmt::format("the probability {} of '{}' must lie in [0, 1]", value, node), where);
  }
  if (log.has_bit[k] == 0 && value != 0) {
    throw InvalidArgument(fmt::format("node '{}' has no bit in the log", node), where);
  }
  target[k] = value;
}

std::vector<std::vector<double>> targets_of(const OpeFlags& flags, const bandits::NamedLog& log) {
  const auto n = static_cast<std::size_t>(log.n());
  std::vector<std::vector<double>> targets;
  if (flags.target_csv.empty()) {
    targets.emplace_back(n, 0.0);
    for (const std::string& item : flags.target) {
      const std::size_t equals = item.rfind('=');
      if (equals == std::string::npos) {
        throw InvalidArgument(fmt::format("--target: '{}' has no probability", item), "the command line",
                              "Write NODE=P.");
      }
      const std::string node = item.substr(0, equals);
      set_target(targets.front(), log, node, number_from("--target", item.substr(equals + 1)), "--target");
    }
    return targets;
  }
  const Dataset table = read_table_file(flags.target_csv);
  targets.assign(static_cast<std::size_t>(table.rows()), std::vector<double>(n, 0.0));
  for (int j = 0; j < table.cols(); ++j) {
    const NumericCells cells = numeric_cells(table, j);
    if (cells.text_level) {
      throw DataError(
          fmt::format("column '{}' holds '{}', which is no number", table.column(j).name, *cells.text_level),
          flags.target_csv);
    }
    for (Eigen::Index t = 0; t < cells.values.size(); ++t) {
      const std::string where = fmt::format("{}, row {}", flags.target_csv, t + 1);
      set_target(targets[static_cast<std::size_t>(t)], log, table.column(j).name, cells.values(t), where);
    }
  }
  return targets;
}

std::vector<Evaluation> evaluate(OpeFlags& flags, const LogInput& input, bool estimated) {
  std::vector<Evaluation> evaluations;
  for (std::vector<double>& target : targets_of(flags, input.log)) evaluations.push_back({std::move(target), {}});
  const bool has_model = input.edges.has_value();
  const bool with_one = has_model && estimated;
  flags.options.relevant = input.relevant();
  if (with_one) flags.options.relevant.push_back(0);
  const LogInput used = with_one ? with_constant(input) : input;
  bandits::OffPolicyModel model;
  if (has_model) {
    Eigen::VectorXd offsets = Eigen::VectorXd::Constant(used.log.n(), flags.offset);
    if (with_one) offsets(used.log.n() - 1) = 1;
    model = {used.graphs(), {offsets, offsets}};
  }
  const std::vector<std::vector<double>> propensity = used.log.propensity_or(flags.propensity);
  flags.options.seed = flags.run.options.seed;
  flags.options.threads = flags.run.options.threads;
  for (Evaluation& evaluation : evaluations) {
    std::vector<double> target = evaluation.target;
    if (with_one) target.push_back(0);
    evaluation.result =
        evaluate_off_policy(used.log.log, propensity, target, used.reward, has_model ? &model : nullptr, flags.options);
  }
  return evaluations;
}

io::Json value_json(const OffPolicyValue& value) {
  io::Json json = io::Json::object();
  json.set("value", finite_json(value.value));
  json.set("ci_low", finite_json(value.ci_low));
  json.set("ci_high", finite_json(value.ci_high));
  json.set("status", to_string(value.status));
  json.set("reason", value.reason);
  return json;
}

std::string json_text(const OpeFlags& flags, const LogInput& input, const std::vector<Evaluation>& evaluations,
                      bool estimated) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.off_policy/1");
  json.set("log", log_json(flags.log, input));
  json.set("reward", flags.log.reward);
  json.set("graph", flags.log.graph.empty() ? io::Json() : io::Json(flags.log.graph));
  json.set("offset", estimated ? io::Json() : io::Json(flags.offset));
  json.set("propensity", input.log.propensity.empty() ? io::Json(flags.propensity) : io::Json());
  json.set("seed", flags.run.options.seed);
  json.set("level", flags.options.level);
  json.set("replicates", flags.options.replicates);
  std::vector<std::string> bits;
  for (std::size_t k = 0; k < input.log.names.size(); ++k) {
    if (flags.options.relevant[k] != 0) bits.push_back(input.log.names[k]);
  }
  json.set("relevant", json_list(bits));
  io::Json policies = io::Json::array();
  for (const Evaluation& evaluation : evaluations) {
    io::Json policy = io::Json::object();
    io::Json target = io::Json::object();
    for (std::size_t k = 0; k < evaluation.target.size(); ++k) {
      if (input.log.has_bit[k] != 0) target.set(input.log.names[k], evaluation.target[k]);
    }
    policy.set("target", std::move(target));
    for (const auto& [name, value] : evaluation.values()) policy.set(name, value_json(*value));
    policy.set("effective_sample_size", finite_json(evaluation.result.effective_sample_size));
    policy.set("largest_weight", finite_json(evaluation.result.largest_weight));
    policy.set("warnings", json_list(evaluation.result.warnings));
    policies.push(std::move(policy));
  }
  json.set("policies", std::move(policies));
  return json.dump(2) + "\n";
}

std::string target_text(const LogInput& input, const std::vector<double>& target) {
  std::string text;
  for (std::size_t k = 0; k < target.size(); ++k) {
    if (target[k] == 0) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", input.log.names[k], value_text(target[k]));
  }
  return text.empty() ? "no bit set" : text;
}

std::string text_of(const OpeFlags& flags, const LogInput& input, const std::vector<Evaluation>& evaluations) {
  std::string text;
  for (const Evaluation& evaluation : evaluations) {
    if (!text.empty()) text += '\n';
    text +=
        fmt::format("mean of {} under {}: {} rounds, worth {:.1f} of the target's own\n", flags.log.reward,
                    target_text(input, evaluation.target), input.log.rounds(), evaluation.result.effective_sample_size);
    text +=
        fmt::format("{:<16}{:>10}{:>24}\n", "", "value", fmt::format("{:.4g} % interval", 100 * flags.options.level));
    for (const auto& [name, value] : evaluation.values()) {
      if (!std::isfinite(value->value)) {
        text += fmt::format("{:<16}{:>10}  {}\n", name, "-", value->reason);
        continue;
      }
      text += fmt::format("{:<16}{:>10.4g}{:>24}\n", name, value->value,
                          fmt::format("[{:.4g}, {:.4g}]", value->ci_low, value->ci_high));
    }
  }
  return text;
}

}  // namespace

ExitCode run_bandit_ope(const Arguments& arguments) {
  OpeFlags flags;
  CommandLine line("bandit ope", "LOG --reward Y --target NODE=P,.. [options]",
                   "Estimates from a log the mean reward of another policy.");
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  validate(flags.options, "bandit ope");
  if (flags.target.empty() == flags.target_csv.empty()) {
    throw InvalidArgument("one of --target and --target-csv is needed", "the command line", line.see_help());
  }
  if (flags.log.graph.empty() && line.given("--offset")) {
    throw InvalidArgument("--offset has no effect without --graph", "the command line", line.see_help());
  }
  flags.output.check();
  refuse_same_files({flags.output.path}, {flags.log.path, flags.log.graph, flags.target_csv});
  const LogInput input = flags.log.load(line, flags.run);
  const bool estimated = !line.given("--offset");
  const std::vector<Evaluation> evaluations = evaluate(flags, input, estimated);
  bool all = true;
  for (const Evaluation& evaluation : evaluations) {
    for (const std::string& warning : evaluation.result.warnings) flags.run.warn(warning);
    all = all && evaluation.any();
  }
  const bool json = flags.output.format_or("txt") == "json";
  flags.output.write(json ? json_text(flags, input, evaluations, estimated) : text_of(flags, input, evaluations));
  return all ? ExitCode::Ok : ExitCode::NoAnswer;
}

}  // namespace causal::cli
