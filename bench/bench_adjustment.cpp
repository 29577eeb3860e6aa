// Adjustment and front-door sets on Erdos-Renyi DAGs, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>

#include "causal/graph/random_graph.hpp"
#include "causal/identify/adjustment.hpp"
#include "causal/identify/frontdoor.hpp"
#include "causal/run/random.hpp"
#include "target_reporter.hpp"

using namespace causal;

namespace {

// A graph that is drawn when its first case runs, and an effect in it that needs adjustment.
struct Confounded {
  int n;
  std::int64_t m;
  std::unique_ptr<Dag> dag = nullptr;
  NodeSet x = {}, y = {};

  void prepare() {
    if (dag) return;
    dag = std::make_unique<Dag>(random_dag_with_edges(n, m, 1));
    x = {dag->topological_order()[slot(n / 2)]};
    const NodeSet below = descendants(dag->graph(), x);
    const auto& order = dag->topological_order();
    y = {*std::find_if(order.rbegin(), order.rend(),
                       [&below](NodeId v) { return std::binary_search(below.begin(), below.end(), v); })};
  }
};

void check(benchmark::State& state, const Confounded& instance, const AdjustmentResult& result) {
  if (!result.set) return state.SkipWithError("a set was missed");
  if (result.set->empty()) return state.SkipWithError("the query is too easy");
  if (!check_adjustment(*instance.dag, instance.x, instance.y, *result.set).valid) {
    state.SkipWithError("the set is not valid");
  }
}

template <class Find>
void search(benchmark::State& state, Confounded& instance, const Find& find) {
  instance.prepare();
  AdjustmentResult result;
  for (auto _ : state) result = find(*instance.dag, instance.x, instance.y, SeparatorBounds{});
  check(state, instance, result);
}

void validity(benchmark::State& state, Confounded& instance) {
  instance.prepare();
  const NodeSet z = *canonical_adjustment(*instance.dag, instance.x, instance.y).set;
  AdjustmentReport report;
  for (auto _ : state) report = check_adjustment(*instance.dag, instance.x, instance.y, z);
  if (!report.valid) state.SkipWithError("the canonical set is not valid");
}

// Half of the nodes are latent. The query is the first drawn that a front-door set which is not empty answers.
struct HalfLatent {
  int n;
  double degree;
  std::unique_ptr<Dag> dag = nullptr;
  NodeSet x = {}, y = {};
  SeparatorBounds bounds = {};

  void prepare() {
    if (dag) return;
    dag = std::make_unique<Dag>(random_dag_er(n, degree, 3));
    RandomStream stream(4, RandomDomain::Test);
    const std::vector<int> observed = stream.choice(n, n / 2);
    bounds.allowed = NodeSet(observed.begin(), observed.end());
    do {
      x = {observed[stream.below(observed.size())]};
      const auto children = dag->children(x.front());
      y = {observed[stream.below(observed.size())]};
      if (children.empty() || x == y) continue;
      const FrontdoorResult result = minimal_frontdoor(*dag, x, y, bounds);
      if (result.set && !result.set->empty()) return;
    } while (true);
  }
};

template <class Find>
void frontdoor(benchmark::State& state, HalfLatent& instance, const Find& find) {
  instance.prepare();
  FrontdoorResult result;
  for (auto _ : state) result = find(*instance.dag, instance.x, instance.y, instance.bounds);
  if (!result.set || !check_frontdoor(*instance.dag, instance.x, instance.y, *result.set).valid) {
    state.SkipWithError("the set is missing or wrong");
  }
}

}  // namespace

int main(int argc, char** argv) {
  Confounded medium{20'000, 100'000}, large{100'000, 1'000'000};
  HalfLatent half{131'072, 10};
  const auto add = [](const std::string& size, double target_ms, Confounded& instance) {
    bench::add_case("adjustment_check_" + size, target_ms, [&](benchmark::State& s) { validity(s, instance); });
    bench::add_case("adjustment_canonical_" + size, target_ms,
                    [&](benchmark::State& s) { search(s, instance, canonical_adjustment); });
    bench::add_case("adjustment_minimal_" + size, target_ms,
                    [&](benchmark::State& s) { search(s, instance, minimal_adjustment); });
    bench::add_case("adjustment_optimal_" + size, target_ms,
                    [&](benchmark::State& s) { search(s, instance, optimal_adjustment); });
  };
  add("n2e4_m1e5", 10, medium);
  add("n1e5_m1e6", 60, large);
  bench::add_case("frontdoor_maximal_n131072_d10", 40,
                  [&](benchmark::State& s) { frontdoor(s, half, maximal_frontdoor); });
  bench::add_case("frontdoor_minimal_n131072_d10", 50,
                  [&](benchmark::State& s) { frontdoor(s, half, minimal_frontdoor); });
  return bench::run_cases(argc, argv);
}
