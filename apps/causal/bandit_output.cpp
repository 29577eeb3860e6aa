// The record and the table of a grid of bandit runs.

#include <fmt/format.h>

#include <optional>

#include "bandit.hpp"
#include "json_list.hpp"
#include "policy_flags.hpp"
#include "render/bandit_report.hpp"
#include "render/page_parts.hpp"
#include "run_record.hpp"

namespace causal::cli {
namespace {

using bandits::GridResult;
using bandits::GridRun;
using bandits::PairedComparison;
using bandits::PolicySummary;

io::Json number_or_null(const std::optional<double>& value) { return value ? io::Json(*value) : io::Json(); }

io::Json paired_json(const PairedComparison& paired) {
  io::Json json = io::Json::object();
  json.set("ratio", number_or_null(paired.ratio));
  json.set("ratio_low", number_or_null(paired.ratio_low));
  json.set("ratio_high", number_or_null(paired.ratio_high));
  json.set("better", paired.better);
  json.set("worse", paired.worse);
  json.set("equal", paired.equal);
  json.set("p_value", paired.p_value);
  json.set("p_holm", paired.p_holm);
  return json;
}

io::Json interval_json(const std::optional<bandits::RegretInterval>& interval) {
  if (!interval) return io::Json();
  io::Json json = io::Json::object();
  json.set("low", interval->low);
  json.set("high", interval->high);
  return json;
}

io::Json summary_json(const BanditFlags& flags, const PolicySummary& summary) {
  io::Json json = io::Json::object();
  json.set("policy", summary.name);
  io::Json regret = io::Json::object();
  regret.set("mean", summary.mean_regret);
  regret.set("median", summary.median_regret);
  regret.set("low", summary.low_regret);
  regret.set("high", summary.high_regret);
  json.set("regret", std::move(regret));
  json.set("mean_interval", interval_json(summary.mean_interval));
  json.set("median_interval", interval_json(summary.median_interval));
  io::Json at = io::Json::array();
  for (std::size_t k = 0; k < summary.mean_regret_at.size(); ++k) {
    io::Json point = io::Json::object();
    point.set("round", flags.grid.checkpoints[k]);
    point.set("mean_regret", summary.mean_regret_at[k]);
    at.push(std::move(point));
  }
  json.set("regret_at", std::move(at));
  io::Json curve = io::Json::array();
  for (const bandits::CurvePoint& one : summary.curve) {
    io::Json point = io::Json::object();
    point.set("round", one.round);
    point.set("mean", one.mean);
    point.set("median", one.median);
    point.set("low", one.low);
    point.set("high", one.high);
    point.set("optimal_rate", one.optimal_rate);
    curve.push(std::move(point));
  }
  json.set("curve", std::move(curve));
  json.set("alarms", summary.alarms);
  json.set("optimal_rate", summary.optimal_rate);
  json.set("average_reward", summary.average_reward);
  json.set("against_first", summary.against_first ? paired_json(*summary.against_first) : io::Json());
  return json;
}

io::Json runs_json(const GridResult& grid) {
  io::Json runs = io::Json::array();
  for (int instance = 0; instance < grid.instances; ++instance) {
    for (int repeat = 0; repeat < grid.repeats; ++repeat) {
      for (std::size_t p = 0; p < grid.policies.size(); ++p) {
        const GridRun& run = grid.at(instance, repeat, static_cast<int>(p));
        if (!run.done) continue;
        io::Json json = io::Json::object();
        json.set("policy", grid.policies[p]);
        json.set("instance", instance);
        json.set("repeat", repeat);
        json.set("pseudo_regret", run.pseudo_regret);
        json.set("realised_regret", run.realised_regret);
        json.set("optimal_rate", run.optimal_rate);
        json.set("average_reward", run.average_reward);
        runs.push(std::move(json));
      }
    }
  }
  return runs;
}

std::string paired_text(const PairedComparison& paired) {
  std::string text = paired.ratio ? fmt::format("  {:>7.3g}", *paired.ratio) : fmt::format("  {:>7}", "-");
  text += fmt::format(" {:>16}", paired.ratio_low && paired.ratio_high
                                     ? fmt::format("[{:.3g}, {:.3g}]", *paired.ratio_low, *paired.ratio_high)
                                     : "-");
  return text + fmt::format(" {:>8} {:>9.2g}", fmt::format("{}:{}", paired.better, paired.worse), paired.p_holm);
}

io::Json systems_json(const BanditFlags& flags) {
  io::Json systems = io::Json::object();
  systems.set("nodes", flags.nodes);
  const auto add = [&](const Field& field, const auto& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_enum_v<T>) {
      systems.set(std::string(field.name), enum_name(value));
    } else {
      systems.set(std::string(field.name), value);
    }
  };
  bandits::RandomSystemOptions::visit(flags.systems, add);
  bandits::RandomArmsOptions arms = flags.systems.arms;
  if (bandits::is_layered(flags.systems.systems)) {  // these have weights of their own
    arms.weight_min = flags.systems.layered.weight_min;
    arms.weight_max = flags.systems.layered.weight_max;
  }
  bandits::RandomArmsOptions::visit(arms, add);
  return systems;
}

io::Json policies_json(const BanditFlags& flags) {
  io::Json policies = io::Json::array();
  for (const std::string& name : flags.policies) {
    io::Json policy = io::Json::object();
    policy.set("policy", name);
    policy.set("knows", enum_name(bandits::find_policy(name).knows));
    io::Json values = io::Json::object();
    for (const OptionRecord& option : policy_option_records(name, flags.options)) {
      values.set(option.name, option.value);
    }
    policy.set("options", std::move(values));
    policies.push(std::move(policy));
  }
  return policies;
}

}  // namespace

io::Json grid_json(const BanditFlags& flags, const GridResult& grid) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.bandit/1");
  json.set("status", to_string(grid.status));
  json.set("seed", flags.run.options.seed);
  json.set("systems", systems_json(flags));
  io::Json options = io::Json::object();
  bandits::GridOptions::visit(
      flags.grid, [&](const Field& field, const auto& value) { options.set(std::string(field.name), value); });
  json.set("options", std::move(options));
  json.set("complete_instances", grid.complete_instances);
  json.set("policies", policies_json(flags));
  io::Json summaries = io::Json::array();
  for (const PolicySummary& summary : grid.summaries) summaries.push(summary_json(flags, summary));
  json.set("summaries", std::move(summaries));
  json.set("runs", runs_json(grid));
  json.set("warnings", json_list(grid.warnings));
  return json;
}

std::string grid_identity(const BanditFlags& flags) {
  std::string text;
  const io::Json systems = systems_json(flags);
  for (const auto& [name, value] : systems.as_object()) text += fmt::format("{} {}\n", name, value.dump());
  for (const std::string& policy : flags.policies) {
    for (const OptionRecord& option : policy_option_records(policy, flags.options)) {
      text += fmt::format("{}: {} {}\n", policy, option.name, option.value);
    }
  }
  return text;
}

std::string bandit_page(const io::Json& record) {
  render::ReportContext context;
  for (const io::Json& policy : record.at("policies").as_array()) {
    const std::string& name = policy.at("policy").as_string();
    for (const bandits::PolicyEntry& entry : bandits::policies()) {
      if (entry.info.name == name) render::add_method(context, entry.info);  // a record may be of another build
    }
  }
  if (const io::Json* timing = record.find("timing")) {
    std::vector<std::string> words{"causal"};
    for (const io::Json& word : timing->at("command").as_array()) words.push_back(word.as_string());
    context.command = shell_line(words);
  }
  return render::bandit_report(record, context);
}

std::string grid_text(const BanditFlags& flags, const GridResult& grid) {
  std::string text = fmt::format("{} systems of {} nodes, {} rounds; optimal: share of optimal arms in the last {}\n",
                                 grid.complete_instances, flags.nodes, flags.grid.horizon,
                                 std::min(flags.grid.last_rounds, flags.grid.horizon));
  if (grid.summaries.empty()) return text + "no system was finished by all policies\n";
  const std::string quantiles = fmt::format("{:.4g} % of runs", 100 * flags.grid.level);
  text += fmt::format("{:<20}{:>8}{:>9}{:>18}{:>9}{:>8}", "regret", "median", "mean", quantiles, "optimal", "reward");
  for (const std::int64_t round : flags.grid.checkpoints) text += fmt::format("{:>9}", fmt::format("@{}", round));
  if (grid.summaries.size() > 1) {
    text += fmt::format("  {:>7} {:>16} {:>8} {:>9}", "ratio", "interval", "won:lost", "p (Holm)");
  }
  text += '\n';
  for (const PolicySummary& one : grid.summaries) {
    text += fmt::format("{:<20}{:>8.0f}{:>9.0f}{:>18}{:>9.2f}{:>8.1f}", one.name, one.median_regret, one.mean_regret,
                        fmt::format("{:.0f} to {:.0f}", one.low_regret, one.high_regret), one.optimal_rate,
                        one.average_reward);
    for (const double regret : one.mean_regret_at) text += fmt::format("{:>9.0f}", regret);
    if (one.against_first) text += paired_text(*one.against_first);
    text += '\n';
  }
  if (grid.summaries.size() > 1) {
    text += fmt::format("ratio of medians, interval and sign test: against {}, system by system\n",
                        grid.summaries.front().name);
  }
  return text;
}

}  // namespace causal::cli
