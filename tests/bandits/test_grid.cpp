// labels: unit oracle determinism
// Grids of runs: the same runs as play() gives, the summary recomputed by hand, and what is left of a stopped grid.
#include "causal/bandits/run/grid.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/run/policy_registry.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

constexpr std::int64_t kHorizon = 150;

RandomSystem small_system(std::uint64_t seed) { return random_system(5, {}, seed); }

std::vector<GridPolicy> of_registry(const std::vector<std::string>& names) {
  std::vector<GridPolicy> made;
  for (const std::string& name : names) {
    const PolicyEntry& entry = find_policy(name);
    made.push_back({name, [&entry](const LinearArms& arms) { return entry.make(arms, kHorizon, {}); }});
  }
  return made;
}

GridOptions small_grid() {
  return {.horizon = kHorizon,
          .instances = 7,
          .repeats = 2,
          .last_rounds = 50,
          .bootstrap = 200,
          .checkpoints = {10, 100},
          .keep_traces = true,
          .run = {.threads = 1, .seed = 3}};
}

void check_equal(const GridResult& a, const GridResult& b) {
  REQUIRE(a.runs.size() == b.runs.size());
  for (std::size_t k = 0; k < a.runs.size(); ++k) {
    CHECK(a.runs[k].trace == b.runs[k].trace);
    CHECK(a.runs[k].pseudo_regret == b.runs[k].pseudo_regret);
  }
  REQUIRE(a.summaries.size() == b.summaries.size());
  for (std::size_t k = 0; k < a.summaries.size(); ++k) {
    CHECK(a.summaries[k].mean_regret == b.summaries[k].mean_regret);
    CHECK(a.summaries[k].mean_regret_at == b.summaries[k].mean_regret_at);
    CHECK(a.summaries[k].mean_interval == b.summaries[k].mean_interval);
    CHECK(a.summaries[k].median_interval == b.summaries[k].median_interval);
    if (k == 0) continue;
    CHECK(a.summaries[k].against_first->ratio_low == b.summaries[k].against_first->ratio_low);
    CHECK(a.summaries[k].against_first->ratio_high == b.summaries[k].against_first->ratio_high);
  }
}

}  // namespace

TEST_CASE("a run of the grid is the run that play gives") {
  const std::vector<std::string> names{"uniform", "linear_thompson", "csl_ucb"};
  const GridOptions options = small_grid();
  const GridResult grid = play_grid(of_registry(names), small_system, options);
  CHECK(grid.status == Status::Ok);
  CHECK(grid.warnings.empty());
  CHECK(grid.complete_instances == 7);
  for (int instance = 0; instance < 7; ++instance) {
    const LinearArms arms = small_system(instance_seed(3, static_cast<std::uint32_t>(instance))).arms;
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (int p = 0; p < 3; ++p) {
        const PolicyPtr policy = find_policy(names[static_cast<std::size_t>(p)]).make(arms, kHorizon, {});
        const Trace trace =
            play(LinearEnvironment(arms), *policy,
                 {.horizon = kHorizon, .seed = 3, .instance = static_cast<std::uint32_t>(2 * instance + repeat)});
        const GridRun& run = grid.at(instance, repeat, p);
        CHECK(run.trace == trace);
        CHECK(run.pseudo_regret == trace.pseudo_regret());
        CHECK(run.optimal_rate == trace.optimal_rate(50));
        CHECK(run.regret_at == std::vector<double>{trace.pseudo_regret(10), trace.pseudo_regret(100)});
      }
    }
  }
}

TEST_CASE("policies of one episode share their noise, and repeats do not") {
  GridOptions options = small_grid();
  std::vector<GridPolicy> twice = of_registry({"uniform"});
  twice.push_back({"again", twice.front().make});
  const GridResult grid = play_grid(twice, small_system, options);
  for (int instance = 0; instance < options.instances; ++instance) {
    CHECK(grid.at(instance, 0, 0).trace == grid.at(instance, 0, 1).trace);
    CHECK_FALSE(grid.at(instance, 0, 0).trace == grid.at(instance, 1, 0).trace);
  }
  const PairedComparison& paired = *grid.summaries[1].against_first;
  CHECK(paired.equal == 7);
  CHECK(paired.p_value == 1);
  CHECK(paired.ratio == 1);
  CHECK(paired.ratio_low == 1);
  CHECK(paired.ratio_high == 1);
  std::set<std::uint64_t> seeds(grid.instance_seeds.begin(), grid.instance_seeds.end());
  CHECK(seeds.size() == 7);
}

TEST_CASE("the summary is what its words say") {
  const GridOptions options = small_grid();
  const GridResult grid = play_grid(of_registry({"uniform", "linear_thompson"}), small_system, options);
  std::array<double, 2> median{};
  for (int p = 0; p < 2; ++p) {
    std::vector<double> regrets;
    double rate = 0, reward = 0, at_100 = 0;
    for (int k = 0; k < 14; ++k) {
      const Trace& trace = *grid.at(k / 2, k % 2, p).trace;
      regrets.push_back(trace.pseudo_regret());
      rate += trace.optimal_rate(50) / 14;
      at_100 += trace.pseudo_regret(100) / 14;
      for (const double value : trace.reward) reward += value / (14 * static_cast<double>(kHorizon));
    }
    std::sort(regrets.begin(), regrets.end());
    const PolicySummary& summary = grid.summaries[static_cast<std::size_t>(p)];
    median[static_cast<std::size_t>(p)] = (regrets[6] + regrets[7]) / 2;
    CHECK(summary.median_regret == doctest::Approx((regrets[6] + regrets[7]) / 2));
    // 13 gaps between 14 runs: the 2.5 % quantile lies 0.325 of the way from the smallest to the next.
    CHECK(summary.low_regret == doctest::Approx(regrets[0] + 0.325 * (regrets[1] - regrets[0])));
    CHECK(summary.high_regret == doctest::Approx(regrets[13] - 0.325 * (regrets[13] - regrets[12])));
    CHECK(summary.optimal_rate == doctest::Approx(rate));
    CHECK(summary.average_reward == doctest::Approx(reward));
    CHECK(summary.mean_regret_at[1] == doctest::Approx(at_100));
  }
  const PairedComparison& paired = *grid.summaries[1].against_first;
  CHECK(*paired.ratio == doctest::Approx(median[1] / median[0]));
  CHECK(*paired.ratio_low < *paired.ratio_high);
  CHECK(paired.better == 7);  // knowing the graph beats chance on every instance
  CHECK(paired.p_value == doctest::Approx(2.0 / 128));
}

TEST_CASE("the intervals of mean and median are those of two instances drawn again, counted by hand") {
  // With two instances a resample is (a,a), (a,b), (b,a) or (b,b), with 1/4, 1/2 and 1/4 of the chance for the means a,
  // (a + b) / 2 and b. At level 0.8 both ends lie inside the outer quarters: among 2000 resamples an outer share has a
  // standard error of 0.01, so its being below 0.1 is 15 of them away. One repeat: the median is the mean.
  GridOptions options = small_grid();
  options.instances = 2;
  options.repeats = 1;
  options.level = 0.8;
  options.bootstrap = 2000;
  const GridResult two = play_grid(of_registry({"uniform", "linear_thompson"}), small_system, options);
  for (int p = 0; p < 2; ++p) {
    const PolicySummary& summary = two.summaries[static_cast<std::size_t>(p)];
    const double a = two.at(0, 0, p).pseudo_regret, b = two.at(1, 0, p).pseudo_regret;
    REQUIRE(a != b);
    CHECK(summary.mean_interval->low == doctest::Approx(std::min(a, b)));
    CHECK(summary.mean_interval->high == doctest::Approx(std::max(a, b)));
    CHECK(summary.median_interval->low == doctest::Approx(std::min(a, b)));
    CHECK(summary.median_interval->high == doctest::Approx(std::max(a, b)));
  }
  // At level 0.2 both ends, the quantiles 0.4 and 0.6, lie 10 standard errors (0.0097 at a quarter) inside the half.
  options.level = 0.2;
  const GridResult middle = play_grid(of_registry({"uniform"}), small_system, options);
  const double mean = (middle.at(0, 0, 0).pseudo_regret + middle.at(1, 0, 0).pseudo_regret) / 2;
  CHECK(middle.summaries[0].mean_interval->low == doctest::Approx(mean));
  CHECK(middle.summaries[0].median_interval->high == doctest::Approx(mean));
  options.instances = 1;
  const GridResult one = play_grid(of_registry({"uniform"}), small_system, options);
  CHECK_FALSE(one.summaries[0].mean_interval.has_value());
  CHECK_FALSE(one.summaries[0].median_interval.has_value());
}

TEST_CASE("the same bytes with 1, 2 and 4 threads") {
  GridOptions options = small_grid();
  const std::vector<GridPolicy> policies = of_registry({"gaussian_thompson", "order_thompson"});
  options.instances = 3;
  const GridResult one = play_grid(policies, small_system, options);
  for (const int threads : {2, 4}) {
    options.run.threads = threads;
    check_equal(one, play_grid(policies, small_system, options));
  }
}

TEST_CASE("a stopped grid compares the instances that all policies have finished") {
  GridOptions options = small_grid();
  std::stop_source source;
  options.run.stop = source.get_token();
  int made = 0;
  std::vector<GridPolicy> policies = of_registry({"uniform", "linear_thompson"});
  const auto make = policies[0].make;
  policies[0].make = [&](const LinearArms& arms) {
    if (++made == 6) source.request_stop();  // one thread: the second repeat of instance 2
    return make(arms);
  };
  const GridResult partial = play_grid(policies, small_system, options);
  CHECK(partial.status == Status::Cancelled);
  CHECK(partial.complete_instances == 2);
  REQUIRE(partial.warnings.size() == 1);
  GridOptions whole = small_grid();
  whole.instances = 2;
  const GridResult two = play_grid(of_registry({"uniform", "linear_thompson"}), small_system, whole);
  CHECK(partial.summaries[1].mean_regret == two.summaries[1].mean_regret);
  CHECK(partial.summaries[1].against_first->ratio_high == two.summaries[1].against_first->ratio_high);

  source.request_stop();
  const GridResult nothing = play_grid(policies, small_system, options);
  CHECK(nothing.complete_instances == 0);
  CHECK(nothing.summaries.empty());
  options.run.stop = {};
  options.run.time_limit_s = 1e-9;
  CHECK(play_grid(policies, small_system, options).status == Status::TimeLimit);
}

TEST_CASE("sign test and Holm's adjustment against counting by hand") {
  CHECK(sign_test(0, 0) == 1);
  CHECK(sign_test(3, 3) == 1);
  CHECK(sign_test(5, 0) == doctest::Approx(2.0 / 32));
  CHECK(sign_test(1, 7) == doctest::Approx(2.0 * (1 + 8) / 256));
  CHECK(sign_test(7, 1) == sign_test(1, 7));
  // 0.01 * 3, then 0.03 * 2, then max(0.06, 0.04).
  const std::vector<double> adjusted = holm_adjusted({0.04, 0.01, 0.03});
  CHECK(adjusted[0] == doctest::Approx(0.06));
  CHECK(adjusted[1] == doctest::Approx(0.03));
  CHECK(adjusted[2] == doctest::Approx(0.06));
  CHECK(holm_adjusted({}).empty());
}

TEST_CASE("every policy of the registry plays, under its name") {
  const LinearArms arms = small_system(1).arms;
  std::set<std::string_view> names;
  for (const PolicyEntry& entry : policies()) {
    CAPTURE(entry.info.name);
    CHECK(names.insert(entry.info.name).second);
    CHECK_FALSE(entry.info.summary.empty());
    const PolicyPtr policy = entry.make(arms, 60, {});
    CHECK(entry.info.name.starts_with(policy->name()));
    CHECK(play(LinearEnvironment(arms), *policy, {.horizon = 60}).rounds() == 60);
    int structs = 0;
    const PolicyOptions options;
    PolicyOptions::with(options, entry.info.name, [&](const auto&) { ++structs; });
    CHECK(structs >= 1);
  }
  CHECK_THROWS_WITH_AS((void)find_policy("ucb2"), doctest::Contains("ucb1"), InvalidArgument);
}

TEST_CASE("curves are those of the traces") {
  CHECK(curve_rounds(10, 4) == std::vector<std::int64_t>{2, 5, 7, 10});
  CHECK(curve_rounds(3, 60) == std::vector<std::int64_t>{1, 2, 3});
  GridOptions options{.horizon = kHorizon, .instances = 3, .curve_points = 7, .keep_traces = true};
  const GridResult grid = play_grid(of_registry({"uniform", "linear_thompson"}), small_system, options);
  const std::vector<std::int64_t> rounds = curve_rounds(kHorizon, 7);
  for (std::size_t p = 0; p < grid.policies.size(); ++p) {
    const std::vector<CurvePoint>& curve = grid.summaries[p].curve;
    REQUIRE(curve.size() == rounds.size());
    for (std::size_t k = 0; k < rounds.size(); ++k) {
      std::vector<double> regret;
      double optimal = 0;
      const std::int64_t before = k == 0 ? 0 : rounds[k - 1];
      for (int i = 0; i < 3; ++i) {
        const Trace& trace = *grid.at(i, 0, static_cast<int>(p)).trace;
        regret.push_back(trace.pseudo_regret(rounds[k]));
        for (std::int64_t t = before; t < rounds[k]; ++t) optimal += trace.optimal[static_cast<std::size_t>(t)];
      }
      std::sort(regret.begin(), regret.end());
      CHECK(curve[k].round == rounds[k]);
      CHECK(curve[k].median == regret[1]);
      CHECK(curve[k].mean == doctest::Approx((regret[0] + regret[1] + regret[2]) / 3));
      CHECK(curve[k].optimal_rate == doctest::Approx(optimal / static_cast<double>(3 * (rounds[k] - before))));
      CHECK(curve[k].low <= curve[k].median);
      CHECK(curve[k].high >= curve[k].median);
    }
    CHECK(curve.back().mean == doctest::Approx(grid.summaries[p].mean_regret));
  }
}

TEST_CASE("a wrong grid is refused before it starts") {
  const std::vector<GridPolicy> one = of_registry({"uniform"});
  CHECK_THROWS_AS((void)play_grid({}, small_system, {}), InvalidArgument);
  CHECK_THROWS_AS((void)play_grid({one[0], one[0]}, small_system, {}), InvalidArgument);
  CHECK_THROWS_AS((void)play_grid(one, small_system, {.horizon = 0}), InvalidArgument);
  CHECK_THROWS_AS((void)play_grid(one, small_system, {.checkpoints = {0}}), InvalidArgument);
}
