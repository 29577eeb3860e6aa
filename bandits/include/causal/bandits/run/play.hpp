#pragma once
// Runs: a policy against an environment, round by round.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "causal/bandits/environment/environment.hpp"
#include "causal/bandits/policy/policy.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct PlayOptions {
  std::int64_t horizon = 1000;
  std::uint64_t seed = 0;        ///< Of noise and policy.
  std::uint32_t instance = 0;    ///< Tells runs under one seed apart; policies with the same one share their noise.
  std::int64_t first_round = 0;  ///< Where a run goes on whose policy was loaded.
  double optimal_within = 0.01;  ///< An arm counts as optimal when its mean is this close to the best.
  RunOptions run = {};           ///< Stop and time limit are looked at before every round; nothing else is read.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "round at which the run ends", at_least(0)}, self.horizon);
    visitor(Field{"seed", "of noise and policy"}, self.seed);
    visitor(Field{"instance", "tells runs under one seed apart"}, self.instance);
    visitor(Field{"first_round", "where the run begins", at_least(0)}, self.first_round);
    visitor(Field{"optimal_within", "distance from the best mean that counts as optimal", at_least(0)},
            self.optimal_within);
  }
};

/// What happened, one entry a round.
struct Trace {
  int n = 0;
  std::int64_t first_round = 0;
  std::vector<std::uint8_t> bits;     ///< Entries of the actions, n a round.
  std::vector<double> reward;         ///< Seen.
  std::vector<double> mean;           ///< Exact mean of the action played.
  std::vector<double> best_mean;      ///< Of the best action of that round.
  std::vector<std::uint8_t> optimal;  ///< 1 where mean >= best_mean - optimal_within.
  std::vector<std::uint8_t> alarms;   ///< How many changes the policy found in that round, at most 255.
  bool exact = true;                  ///< False when the search for the best action passed its budget.
  bool more_settings = false;         ///< The environment has nodes with more than two settings.

  [[nodiscard]] std::size_t rounds() const { return reward.size(); }
  [[nodiscard]] Action action(std::size_t k) const;
  /// Sum of best_mean - mean over the first `rounds` entries (all of them: -1).
  [[nodiscard]] double pseudo_regret(std::int64_t rounds = -1) const;
  /// The same with the rewards seen in place of the means: noisier, may be negative.
  [[nodiscard]] double realised_regret(std::int64_t rounds = -1) const;
  /// Share of optimal actions in the last `rounds` entries.
  [[nodiscard]] double optimal_rate(std::int64_t rounds) const;

  friend bool operator==(const Trace&, const Trace&) = default;
};

/// Plays rounds first_round to horizon - 1. Every round has its own streams, so a run that is stopped, saved and gone
/// on with gives the rounds it would have given. A run that is told to stop has the rounds played so far. Errors:
/// InvalidArgument for an option out of range, 2^32 rounds or more, an environment that is not linear, does not know its
/// best mean and has more than 2^20 actions.
[[nodiscard]] Trace play(const Environment& environment, Policy& policy, const PlayOptions& options);

/// Makes the policy of one repeat.
using PolicyFactory = std::function<PolicyPtr(std::uint32_t repeat)>;

/// `repeats` runs with instance + 0, 1, 2, ..., spread over run.threads threads; the same for every number of threads.
/// Of `run`, only `threads` is read: the seed is that of `options`.
[[nodiscard]] std::vector<Trace> play_repeats(const Environment& environment, const PolicyFactory& make_policy,
                                              const PlayOptions& options, int repeats, const RunOptions& run = {});

/// round,action,reward,mean,best_mean,regret,pseudo_regret,realised_regret,optimal,alarms; numbers round trip. The
/// action is action_hex, and action_text when more_settings.
void write_trace_csv(std::ostream& out, const Trace& trace);

/// Rows of a log, and the actions that were played in it.
struct BanditLog {
  std::vector<Action> actions;
  std::vector<std::vector<double>> rows;
};
/// What a policy would have seen: the rounds of the log whose action is the one that the policy chooses.
struct ReplayResult {
  std::vector<std::size_t> used;  ///< Indices of these rounds.
  double reward_sum = 0;
};
/// Plays the log: a round counts, and the policy learns from it, when the policy chooses the action that was played, up
/// to bits that `relevant` (empty: all count) marks with 0. Unbiased when the log's actions were uniformly random.
/// Errors: InvalidArgument for a log whose actions and rows differ in number. Source: Li, Chu, Langford and Wang,
/// "Unbiased offline evaluation of contextual-bandit-based news article recommendation algorithms", WSDM 2011.
[[nodiscard]] ReplayResult replay(const BanditLog& log, Policy& policy, int reward, std::uint64_t seed,
                                  std::span<const std::uint8_t> relevant = {});

}  // namespace causal::bandits
