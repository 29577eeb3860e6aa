#include "causal/bandits/run/play.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <ostream>

#include "causal/bandits/selection/arm_search.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/stop.hpp"

namespace causal::bandits {
namespace {

struct Best {
  double mean = 0;
  bool exact = true;
};

Best best_of(const Environment& environment, std::int64_t round) {
  if (const LinearArms* const arms = environment.linear(round)) {
    const ArmSearchResult found = best_arm(*arms);
    return {found.value, found.status == Status::Ok};
  }
  if (const std::optional<double> mean = environment.best_mean(round)) return {*mean, true};
  double actions = 1;
  for (int j = 0; j < environment.n(); ++j) actions *= environment.settings(j);
  if (actions > 1 << 20) {
    throw InvalidArgument("play", "actions", std::to_string(actions),
                          "be at most 2^20 for an environment that is neither linear nor knows its best mean");
  }
  Best best{-std::numeric_limits<double>::infinity(), true};
  Action action(static_cast<std::size_t>(environment.n()), 0);
  std::size_t j = 0;
  do {
    best.mean = std::max(best.mean, environment.mean(action, round));
    for (j = 0; j < action.size() && ++action[j] >= environment.settings(static_cast<int>(j)); ++j) action[j] = 0;
  } while (j < action.size());
  return best;
}

std::size_t entries(std::int64_t rounds, std::size_t all) {
  return rounds < 0 ? all : std::min(all, static_cast<std::size_t>(rounds));
}

void write_number(std::ostream& out, double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.write(text, end - text);
}

}  // namespace

Action Trace::action(std::size_t k) const {
  const auto begin = bits.begin() + static_cast<std::ptrdiff_t>(k) * n;
  return {begin, begin + n};
}

double Trace::pseudo_regret(std::int64_t rounds) const {
  double sum = 0;
  for (std::size_t k = 0; k < entries(rounds, reward.size()); ++k) sum += best_mean[k] - mean[k];
  return sum;
}

double Trace::realised_regret(std::int64_t rounds) const {
  double sum = 0;
  for (std::size_t k = 0; k < entries(rounds, reward.size()); ++k) sum += best_mean[k] - reward[k];
  return sum;
}

double Trace::optimal_rate(std::int64_t rounds) const {
  const std::size_t count = entries(rounds, optimal.size());
  if (count == 0) return 0;
  const auto hits = std::count(optimal.end() - static_cast<std::ptrdiff_t>(count), optimal.end(), 1);
  return static_cast<double>(hits) / static_cast<double>(count);
}

Trace play(const Environment& environment, Policy& policy, const PlayOptions& options) {
  validate(options, "play");
  if (options.horizon > std::numeric_limits<std::uint32_t>::max()) {
    throw InvalidArgument("play", "horizon", std::to_string(options.horizon), "be less than 2^32");
  }
  Trace trace;
  trace.n = environment.n();
  trace.first_round = options.first_round;
  for (int j = 0; j < trace.n; ++j) trace.more_settings = trace.more_settings || environment.settings(j) > 2;
  const auto reward = static_cast<std::size_t>(environment.reward());
  const Episode episode{options.seed, options.instance};
  std::vector<double> row(static_cast<std::size_t>(environment.n()));
  std::int64_t segment = -1;
  Best best;
  const StopSignal stop(options.run);
  for (std::int64_t round = options.first_round; round < options.horizon && !stop.reached(); ++round) {
    if (environment.segment(round) != segment) {
      segment = environment.segment(round);
      best = best_of(environment, round);
      trace.exact = trace.exact && best.exact;
    }
    RandomStream stream(options.seed, RandomDomain::Policy, options.instance, static_cast<std::uint32_t>(round));
    const std::size_t alarms = policy.alarms().size();
    const Action action = policy.select(round, stream);
    environment.observe(action, episode, round, row);
    policy.update(action, row);
    trace.alarms.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(policy.alarms().size() - alarms, 255)));
    const double mean = environment.mean(action, round);
    trace.bits.insert(trace.bits.end(), action.begin(), action.end());
    trace.reward.push_back(row[reward]);
    trace.mean.push_back(mean);
    trace.best_mean.push_back(best.mean);
    trace.optimal.push_back(mean >= best.mean - options.optimal_within ? 1 : 0);
  }
  return trace;
}

std::vector<Trace> play_repeats(const Environment& environment, const PolicyFactory& make_policy,
                                const PlayOptions& options, int repeats, const RunOptions& run) {
  if (repeats < 0) throw InvalidArgument("play_repeats", "repeats", std::to_string(repeats), "not be negative");
  std::vector<Trace> traces(static_cast<std::size_t>(repeats));
  parallel_for(repeats, run.threads, [&](std::int64_t k) {
    PlayOptions mine = options;
    mine.instance += static_cast<std::uint32_t>(k);
    const PolicyPtr policy = make_policy(static_cast<std::uint32_t>(k));
    traces[static_cast<std::size_t>(k)] = play(environment, *policy, mine);
  });
  return traces;
}

void write_trace_csv(std::ostream& out, const Trace& trace) {
  out << "round,action,reward,mean,best_mean,regret,pseudo_regret,realised_regret,optimal,alarms\n";
  double pseudo = 0, realised = 0;
  for (std::size_t k = 0; k < trace.rounds(); ++k) {
    const double regret = trace.best_mean[k] - trace.mean[k];
    pseudo += regret;
    realised += trace.best_mean[k] - trace.reward[k];
    out << trace.first_round + static_cast<std::int64_t>(k) << ','
        << (trace.more_settings ? action_text(trace.action(k)) : action_hex(trace.action(k)));
    for (const double value : {trace.reward[k], trace.mean[k], trace.best_mean[k], regret, pseudo, realised}) {
      out << ',';
      write_number(out, value);
    }
    out << ',' << int{trace.optimal[k]} << ',' << int{trace.alarms[k]} << '\n';
  }
}

ReplayResult replay(const BanditLog& log, Policy& policy, int reward, std::uint64_t seed,
                    std::span<const std::uint8_t> relevant) {
  if (log.actions.size() != log.rows.size()) {
    throw InvalidArgument("replay", "rows", std::to_string(log.rows.size()), "be as many as the actions");
  }
  ReplayResult result;
  for (std::size_t t = 0; t < log.rows.size(); ++t) {
    RandomStream stream(seed, RandomDomain::Policy, 0, static_cast<std::uint32_t>(t));
    const Action chosen = policy.select(static_cast<std::int64_t>(result.used.size()), stream);
    const Action& played = log.actions[t];
    if (played.size() != chosen.size()) {
      throw InvalidArgument("replay", "action of round " + std::to_string(t), std::to_string(played.size()) + " bits",
                            "have one bit a node");
    }
    bool same = true;
    for (std::size_t j = 0; j < played.size(); ++j) {
      same = same && (played[j] == chosen[j] || (!relevant.empty() && relevant[j] == 0));
    }
    if (!same) continue;
    policy.update(played, log.rows[t]);
    result.used.push_back(t);
    result.reward_sum += log.rows[t][static_cast<std::size_t>(reward)];
  }
  return result;
}

}  // namespace causal::bandits
