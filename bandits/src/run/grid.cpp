#include "causal/bandits/run/grid.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "causal/run/stop.hpp"
#include "grid_checkpoint.hpp"

namespace causal::bandits {
namespace {

// Streams of environments with this first index belong to no episode and to no generator.
constexpr std::uint32_t kInstanceSeeds = 0xfffe0000U;

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void check(const std::vector<GridPolicy>& policies, const GridOptions& options) {
  validate(options, "play_grid");
  validate(options.run, "play_grid");
  if (policies.empty()) throw InvalidArgument("play_grid: there is no policy");
  std::set<std::string> names;
  for (const GridPolicy& policy : policies) {
    if (!names.insert(policy.name).second) {
      throw InvalidArgument("play_grid", "policies", policy.name, "not be given twice");
    }
  }
  if (static_cast<std::int64_t>(options.instances) * options.repeats >= std::int64_t{1} << 31) {
    throw InvalidArgument("play_grid", "repeats", std::to_string(options.repeats), "give fewer than 2^31 episodes");
  }
  for (const std::int64_t round : options.checkpoints) {
    if (round < 1) throw InvalidArgument("play_grid", "checkpoints", std::to_string(round), "be at least 1");
  }
}

GridRun run_of(Trace trace, const GridOptions& options) {
  GridRun run;
  run.done = true;
  run.pseudo_regret = trace.pseudo_regret();
  run.realised_regret = trace.realised_regret();
  run.optimal_rate = trace.optimal_rate(options.last_rounds);
  run.average_reward = mean_of(trace.reward);
  for (const std::int64_t round : options.checkpoints) run.regret_at.push_back(trace.pseudo_regret(round));
  std::int64_t before = 0;
  for (const std::int64_t round : curve_rounds(options.horizon, options.curve_points)) {
    run.curve_regret.push_back(trace.pseudo_regret(round));
    const auto begin = trace.optimal.begin() + before, end = trace.optimal.begin() + round;
    run.curve_optimal.push_back(static_cast<double>(std::count(begin, end, 1)) / static_cast<double>(round - before));
    before = round;
  }
  for (const std::uint8_t alarms : trace.alarms) run.alarms += alarms;
  run.exact = trace.exact;
  if (options.keep_traces) run.trace = std::move(trace);
  return run;
}

std::vector<int> complete_instances(const GridResult& grid) {
  const std::size_t width = grid.policies.size() * static_cast<std::size_t>(grid.repeats);
  std::vector<int> complete;
  for (int instance = 0; instance < grid.instances; ++instance) {
    const auto begin = grid.runs.begin() + static_cast<std::ptrdiff_t>(width) * instance;
    if (std::all_of(begin, begin + static_cast<std::ptrdiff_t>(width), [](const GridRun& run) { return run.done; })) {
      complete.push_back(instance);
    }
  }
  return complete;
}

using Regrets = std::vector<std::vector<double>>;  // per instance, its repeats

std::vector<double> pooled(const Regrets& regrets) {
  std::vector<double> all;
  for (const std::vector<double>& one : regrets) all.insert(all.end(), one.begin(), one.end());
  return all;
}

// Mean and median of one policy when instances are drawn again; the repeats of an instance stay together.
void add_own_intervals(const Regrets& regrets, const GridOptions& options, PolicySummary& summary) {
  if (regrets.size() < 2) return;
  std::vector<double> means(static_cast<std::size_t>(options.bootstrap)), medians(means.size());
  parallel_for(
      options.bootstrap, options.run.threads,
      [&](std::int64_t b) {
        RandomStream stream(options.run.seed, RandomDomain::Resample, static_cast<std::uint32_t>(b));
        std::vector<double> drawn;
        for (std::size_t k = 0; k < regrets.size(); ++k) {
          const std::vector<double>& one = regrets[stream.below(regrets.size())];
          drawn.insert(drawn.end(), one.begin(), one.end());
        }
        means[static_cast<std::size_t>(b)] = mean_of(drawn);
        medians[static_cast<std::size_t>(b)] = quantile(std::move(drawn), 0.5);
      },
      64);
  const double below = (1 - options.level) / 2, above = (1 + options.level) / 2;
  summary.mean_interval = {quantile(means, below), quantile(means, above)};
  summary.median_interval = {quantile(medians, below), quantile(medians, above)};
}

// The ratio of medians when instances are drawn again; the repeats of an instance stay together.
void add_interval(const Regrets& first, const Regrets& other, const GridOptions& options, PairedComparison& paired) {
  std::vector<double> ratios(static_cast<std::size_t>(options.bootstrap), -1.0);
  parallel_for(
      options.bootstrap, options.run.threads,
      [&](std::int64_t b) {
        RandomStream stream(options.run.seed, RandomDomain::Resample, static_cast<std::uint32_t>(b));
        Regrets mine(first.size()), theirs(first.size());
        for (std::size_t k = 0; k < first.size(); ++k) {
          const std::size_t drawn = stream.below(first.size());
          mine[k] = other[drawn];
          theirs[k] = first[drawn];
        }
        const double base = quantile(pooled(theirs), 0.5);
        if (base > 0) ratios[static_cast<std::size_t>(b)] = quantile(pooled(mine), 0.5) / base;
      },
      64);
  if (std::any_of(ratios.begin(), ratios.end(), [](double ratio) { return ratio < 0; })) return;
  paired.ratio_low = quantile(ratios, (1 - options.level) / 2);
  paired.ratio_high = quantile(ratios, (1 + options.level) / 2);
}

std::vector<CurvePoint> curve_of(const GridResult& grid, int policy, const std::vector<int>& complete,
                                 const GridOptions& options) {
  std::vector<CurvePoint> curve;
  const std::vector<std::int64_t> rounds = curve_rounds(options.horizon, options.curve_points);
  for (std::size_t k = 0; k < rounds.size(); ++k) {
    std::vector<double> regret, optimal;
    for (const int instance : complete) {
      for (int repeat = 0; repeat < grid.repeats; ++repeat) {
        const GridRun& run = grid.at(instance, repeat, policy);
        regret.push_back(run.curve_regret[k]);
        optimal.push_back(run.curve_optimal[k]);
      }
    }
    curve.push_back({rounds[k], mean_of(regret), quantile(regret, 0.5), quantile(regret, (1 - options.level) / 2),
                     quantile(regret, (1 + options.level) / 2), mean_of(optimal)});
  }
  return curve;
}

PairedComparison compared(const Regrets& first, const Regrets& other, const GridOptions& options) {
  PairedComparison paired;
  for (std::size_t k = 0; k < first.size(); ++k) {
    const double theirs = mean_of(first[k]);
    const double mine = mean_of(other[k]);
    ++(mine < theirs ? paired.better : mine > theirs ? paired.worse : paired.equal);
  }
  paired.p_value = sign_test(paired.better, paired.worse);
  const double base = quantile(pooled(first), 0.5);
  if (base > 0) {
    paired.ratio = quantile(pooled(other), 0.5) / base;
    if (first.size() > 1) add_interval(first, other, options, paired);
  }
  return paired;
}

PolicySummary summary_of(const GridResult& grid, int policy, const std::vector<int>& complete,
                         const GridOptions& options, Regrets& regrets) {
  PolicySummary summary;
  summary.name = grid.policies[static_cast<std::size_t>(policy)];
  summary.mean_regret_at.assign(options.checkpoints.size(), 0.0);
  const double share = 1.0 / (static_cast<double>(complete.size()) * grid.repeats);
  for (const int instance : complete) {
    std::vector<double>& mine = regrets.emplace_back();
    for (int repeat = 0; repeat < grid.repeats; ++repeat) {
      const GridRun& run = grid.at(instance, repeat, policy);
      mine.push_back(run.pseudo_regret);
      summary.optimal_rate += share * run.optimal_rate;
      summary.average_reward += share * run.average_reward;
      summary.alarms += share * static_cast<double>(run.alarms);
      for (std::size_t k = 0; k < run.regret_at.size(); ++k) summary.mean_regret_at[k] += share * run.regret_at[k];
    }
  }
  summary.curve = curve_of(grid, policy, complete, options);
  const std::vector<double> all = pooled(regrets);
  summary.mean_regret = mean_of(all);
  summary.median_regret = quantile(all, 0.5);
  summary.low_regret = quantile(all, (1 - options.level) / 2);
  summary.high_regret = quantile(all, (1 + options.level) / 2);
  add_own_intervals(regrets, options, summary);
  return summary;
}

void summarize(GridResult& grid, const GridOptions& options) {
  const std::vector<int> complete = complete_instances(grid);
  grid.complete_instances = static_cast<int>(complete.size());
  if (complete.empty()) return;
  std::vector<Regrets> regrets(grid.policies.size());
  std::vector<double> p_values;
  for (std::size_t k = 0; k < grid.policies.size(); ++k) {
    grid.summaries.push_back(summary_of(grid, static_cast<int>(k), complete, options, regrets[k]));
    if (k == 0) continue;
    grid.summaries[k].against_first = compared(regrets[0], regrets[k], options);
    p_values.push_back(grid.summaries[k].against_first->p_value);
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (std::size_t k = 1; k < grid.policies.size(); ++k) grid.summaries[k].against_first->p_holm = adjusted[k - 1];
}

void warn(GridResult& grid) {
  if (grid.complete_instances < grid.instances) {
    grid.warnings.push_back("stopped early: the summary is of the " + std::to_string(grid.complete_instances) + " of " +
                            std::to_string(grid.instances) + " instances that all policies have finished");
  }
  const auto inexact = std::count_if(grid.runs.begin(), grid.runs.end(), [](const GridRun& run) { return !run.exact; });
  if (inexact > 0) {
    grid.warnings.push_back("the search for the best arm passed its budget in " + std::to_string(inexact) +
                            " runs: their regret is a lower bound");
  }
}

}  // namespace

std::uint64_t instance_seed(std::uint64_t grid_seed, std::uint32_t instance) {
  return RandomStream(grid_seed, RandomDomain::Environment, kInstanceSeeds, instance).bits();
}

std::vector<std::int64_t> curve_rounds(std::int64_t horizon, int points) {
  const std::int64_t count = std::min<std::int64_t>(horizon, points);
  std::vector<std::int64_t> rounds;
  for (std::int64_t k = 1; k <= count; ++k) rounds.push_back(horizon * k / count);
  return rounds;
}

GridResult play_grid(const std::vector<GridPolicy>& policies, const InstanceFactory& instances,
                     const GridOptions& options) {
  check(policies, options);
  GridResult grid;
  for (const GridPolicy& policy : policies) grid.policies.push_back(policy.name);
  grid.instances = options.instances;
  grid.repeats = options.repeats;
  for (int k = 0; k < options.instances; ++k) {
    grid.instance_seeds.push_back(instance_seed(options.run.seed, static_cast<std::uint32_t>(k)));
  }
  const auto n_policies = static_cast<std::int64_t>(policies.size());
  const std::int64_t n_runs = n_policies * options.instances * options.repeats;
  grid.runs.resize(static_cast<std::size_t>(n_runs));
  GridCheckpoint checkpoint(options, grid.policies);
  checkpoint.load(grid.runs);
  grid.resumed_runs = std::count_if(grid.runs.begin(), grid.runs.end(), [](const GridRun& run) { return run.done; });
  const StopSignal stop(options.run);
  {
    ProgressMeter meter(options.run.progress, "runs", n_runs);
    // A run costs from milliseconds to minutes, so each is a chunk of its own; a system is drawn anew for each of its
    // runs because that costs next to nothing.
    parallel_chunks(n_runs, 1, options.run.threads, [&](std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t k = begin; k < end && !stop.reached(); ++k) {
        if (grid.runs[static_cast<std::size_t>(k)].done) {
          meter.advance(worker);
          continue;
        }
        const std::int64_t episode = k / n_policies;
        const RandomSystem system = instances(grid.instance_seeds[static_cast<std::size_t>(episode / options.repeats)]);
        const PolicyPtr policy = policies[static_cast<std::size_t>(k % n_policies)].make(system.arms);
        const PlayOptions play_options{.horizon = options.horizon,
                                       .seed = options.run.seed,
                                       .instance = static_cast<std::uint32_t>(episode),
                                       .optimal_within = options.optimal_within};
        checkpoint.finish(grid.runs, static_cast<std::size_t>(k),
                          run_of(play(system.environment, *policy, play_options), options));
        meter.advance(worker);
      }
    });
  }
  checkpoint.write(grid.runs);
  if (!std::all_of(grid.runs.begin(), grid.runs.end(), [](const GridRun& run) { return run.done; })) {
    grid.status = stop.status();
  }
  summarize(grid, options);
  warn(grid);
  return grid;
}

double sign_test(int better, int worse) {
  const int n = better + worse;
  if (n == 0) return 1;
  double tail = 0;
  for (int k = 0; k <= std::min(better, worse); ++k) {
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) - n * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

std::vector<double> holm_adjusted(const std::vector<double>& p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - k) * p_values[order[k]]));
    adjusted[order[k]] = largest;
  }
  return adjusted;
}

}  // namespace causal::bandits
