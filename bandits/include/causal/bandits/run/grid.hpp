#pragma once
// Many policies on many random systems, and what can be said of them afterwards.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "causal/bandits/environment/random_system.hpp"
#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::bandits {

/// One column of a comparison: a name, and how the policy is made for a system. Called from several threads at once.
struct GridPolicy {
  std::string name;
  std::function<PolicyPtr(const LinearArms& arms)> make;
};
/// Draws a system; a function of the seed. Called from several threads at once.
using InstanceFactory = std::function<RandomSystem(std::uint64_t seed)>;

struct GridOptions {
  std::int64_t horizon = 1000;
  int instances = 100;
  int repeats = 1;                             ///< Runs of each policy on each instance, with noise of their own.
  std::int64_t last_rounds = 100;              ///< The rate of optimal arms is that of the last so many rounds.
  double optimal_within = 0.01;                ///< As in PlayOptions.
  double level = 0.95;                         ///< Of quantiles and intervals.
  int bootstrap = 2000;                        ///< Resamples of instances behind an interval.
  std::vector<std::int64_t> checkpoints = {};  ///< Rounds after which the mean regret is told as well.
  int curve_points = 60;                       ///< Of the curves of regret, evenly spaced, the last at the horizon.
  bool keep_traces = false;                    ///< All rounds of all runs: about (25 + n) bytes each.
  /// File that holds the finished runs, so that a stopped grid can go on where it was; empty: none. It is read first
  /// when it is there, written at most every five seconds and at the end.
  std::string checkpoint_path = {};
  /// Everything that decides the runs but cannot be seen here (policies with their options, the law of the systems), as
  /// text: a checkpoint with another one is refused, and the first line that differs is named.
  std::string identity = {};
  RunOptions run = {};  ///< Time limit and stop are looked at between runs, never inside one.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "rounds of a run", closed_interval(1, 4294967295.0)}, self.horizon);
    visitor(Field{"instances", "random systems", closed_interval(1, 1e6)}, self.instances);
    visitor(Field{"repeats", "runs of each policy on each system", closed_interval(1, 1000)}, self.repeats);
    visitor(Field{"last_rounds", "rounds at the end that the rate of optimal arms is of", at_least(1)},
            self.last_rounds);
    visitor(Field{"optimal_within", "distance from the best mean that counts as optimal", at_least(0)},
            self.optimal_within);
    visitor(Field{"level", "of quantiles and intervals", open_interval(0, 1)}, self.level);
    visitor(Field{"bootstrap", "resamples behind an interval", closed_interval(100, 1e6)}, self.bootstrap);
    visitor(Field{"curve_points", "points of the curves of regret", closed_interval(1, 1e4)}, self.curve_points);
  }
};

/// One run of the grid.
struct GridRun {
  bool done = false;  ///< False when the grid was stopped before it.
  double pseudo_regret = 0;
  double realised_regret = 0;
  double optimal_rate = 0;
  double average_reward = 0;
  std::vector<double> regret_at;      ///< Per checkpoint; a later one than the horizon tells the final regret.
  std::vector<double> curve_regret;   ///< After each of curve_rounds().
  std::vector<double> curve_optimal;  ///< Share of optimal actions since the round before.
  std::int64_t alarms = 0;            ///< Changes that the policy found.
  bool exact = true;                  ///< As in Trace.
  std::optional<Trace> trace;         ///< When keep_traces.
};

/// Rounds of the points of a curve: min(points, horizon) of them, ascending, the last one the horizon.
[[nodiscard]] std::vector<std::int64_t> curve_rounds(std::int64_t horizon, int points);

/// Pseudo-regret over runs after so many rounds, and the share of optimal actions since the point before.
struct CurvePoint {
  std::int64_t round = 0;
  double mean = 0, median = 0;
  double low = 0, high = 0;  ///< (1 -+ level) / 2 quantiles.
  double optimal_rate = 0;
};

/// The policy against the first one, instance by instance (means over repeats).
struct PairedComparison {
  std::optional<double> ratio;  ///< Median regret over that of the first; nothing when the latter is 0.
  /// Percentile interval of the ratio over resampled instances; nothing when a resample has no ratio.
  std::optional<double> ratio_low, ratio_high;
  int better = 0, worse = 0, equal = 0;  ///< Instances with less, more, the same regret.
  double p_value = 1;                    ///< Two-sided sign test of `better` against `worse`, exact.
  double p_holm = 1;                     ///< The same, adjusted for the number of policies compared (Holm).
};

/// Both ends of an interval of a regret.
struct RegretInterval {
  double low = 0, high = 0;
  friend bool operator==(const RegretInterval&, const RegretInterval&) = default;
};

struct PolicySummary {
  std::string name;
  double mean_regret = 0, median_regret = 0;  ///< Final pseudo-regret, over runs.
  double low_regret = 0, high_regret = 0;     ///< Its (1 -+ level) / 2 quantiles, interpolated linearly.
  /// Percentile intervals of mean and median over resampled instances, repeats kept together; every policy sees the
  /// same resamples. Nothing when there is one instance only. The mean of a heavy tail is covered less often than
  /// `level` says when instances are few.
  std::optional<RegretInterval> mean_interval, median_interval;
  double optimal_rate = 0;  ///< Mean over runs.
  double average_reward = 0;
  std::vector<CurvePoint> curve;
  double alarms = 0;                              ///< Changes found, mean over runs.
  std::vector<double> mean_regret_at;             ///< Per checkpoint.
  std::optional<PairedComparison> against_first;  ///< Nothing for the first policy.
};

struct GridResult {
  std::vector<std::string> policies;
  int instances = 0, repeats = 0;
  std::vector<std::uint64_t> instance_seeds;  ///< What the factory was called with.
  std::vector<GridRun> runs;                  ///< See `at`.
  /// Over the instances that all policies have finished: the comparison stays paired when the grid was stopped. Empty
  /// when there is none.
  std::vector<PolicySummary> summaries;
  int complete_instances = 0;
  std::int64_t resumed_runs = 0;  ///< Taken from the checkpoint.
  Status status = Status::Ok;     ///< TimeLimit or Cancelled with what was finished.
  std::vector<std::string> warnings;

  [[nodiscard]] const GridRun& at(int instance, int repeat, int policy) const {
    const auto n_policies = static_cast<std::int64_t>(policies.size());
    return runs[static_cast<std::size_t>((static_cast<std::int64_t>(instance) * repeats + repeat) * n_policies +
                                         policy)];
  }
};

/// Seed of the system of that number under the grid's seed.
[[nodiscard]] std::uint64_t instance_seed(std::uint64_t grid_seed, std::uint32_t instance);

/// Plays every policy on every instance, `repeats` times. Runs of one instance and repeat share system and noise
/// (the episode instance * repeats + repeat under run.seed), so differences between policies are not luck of the draw.
/// Runs are spread over threads; the result is the same for every number of threads unless a limit stops the grid.
///
/// Regret is heavy-tailed over random systems: medians, their ratio and the sign test say more than means.
/// With a checkpoint the result is the same as without, however often the grid was stopped.
/// Errors: DataError for a checkpoint that is damaged or of another grid, before any run; IoError when it cannot be
/// written; InvalidArgument for options out of range, no policy, a name given twice, 2^31 episodes or more.
[[nodiscard]] GridResult play_grid(const std::vector<GridPolicy>& policies, const InstanceFactory& instances,
                                   const GridOptions& options);

/// Both sides of the exact sign test: twice the smaller tail of Binomial(better + worse, 1/2), at most 1.
[[nodiscard]] double sign_test(int better, int worse);
/// Step-down adjusted p-values (Holm 1979), in the order given.
[[nodiscard]] std::vector<double> holm_adjusted(const std::vector<double>& p_values);

}  // namespace causal::bandits
