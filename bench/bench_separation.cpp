// Separation and separators on Erdos-Renyi DAGs, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>

#include "causal/graph/random_graph.hpp"
#include "causal/graph/separation.hpp"
#include "causal/run/random.hpp"
#include "target_reporter.hpp"

using namespace causal;

namespace {

// Walks written out: from (node, entered by an arrowhead) to all such pairs, without the primitive under test.
NodeSet connected_by_definition(const Dag& dag, NodeId x, const NodeSet& z) {
  std::vector<bool> in_z(slot(dag.n()), false);
  for (const NodeId v : z) in_z[slot(v)] = true;
  std::vector<std::array<bool, 2>> seen(slot(dag.n()), {false, false});
  std::vector<std::pair<NodeId, bool>> stack{{x, false}};
  while (!stack.empty()) {
    const auto [v, by_arrow] = stack.back();
    stack.pop_back();
    if (seen[slot(v)][by_arrow ? 1 : 0]) continue;
    seen[slot(v)][by_arrow ? 1 : 0] = true;
    if (by_arrow == in_z[slot(v)]) {
      for (const NodeId w : dag.parents(v)) stack.emplace_back(w, false);
    }
    if (!in_z[slot(v)]) {
      for (const NodeId w : dag.children(v)) stack.emplace_back(w, true);
    }
  }
  NodeSet connected;
  for (NodeId v = 0; v < dag.n(); ++v) {
    if ((seen[slot(v)][0] || seen[slot(v)][1]) && !in_z[slot(v)]) connected.push_back(v);
  }
  return connected;
}

// A graph that is drawn when its first case runs, and a query on it.
struct Instance {
  int n;
  std::int64_t m;
  std::unique_ptr<Dag> dag = nullptr;
  NodeId x = 0, y = 0;  // the ends of the topological order
  NodeSet z = {};

  void prepare() {
    if (dag) return;
    dag = std::make_unique<Dag>(random_dag_with_edges(n, m, 1));
    y = dag->topological_order().back();
    x = dag->topological_order()[slot(n / 2)];
    RandomStream stream(2, RandomDomain::Test);
    for (const int v : stream.choice(n, n / 100)) {
      if (v != x && v != y) z.push_back(v);
    }
  }
};

void full_reach(benchmark::State& state, Instance& instance) {
  instance.prepare();
  const NodeSet expected = connected_by_definition(*instance.dag, instance.x, instance.z);
  if (expected.size() < slot(instance.n) / 2) return state.SkipWithError("the query reaches too little");
  NodeSet found;
  for (auto _ : state) found = connected_set(*instance.dag, {instance.x}, instance.z);
  if (found != expected) state.SkipWithError("the connected set is wrong");
}

void minimal(benchmark::State& state, Instance& instance) {
  instance.prepare();
  SeparatorResult result;
  for (auto _ : state) result = minimal_separator(*instance.dag, {instance.x}, {instance.y});
  if (!result.set) {
    if (!instance.dag->graph().adjacent(instance.x, instance.y)) state.SkipWithError("a separator was missed");
    return;
  }
  const auto connected = connected_by_definition(*instance.dag, instance.x, *result.set);
  if (std::binary_search(connected.begin(), connected.end(), instance.y)) state.SkipWithError("the set is open");
}

}  // namespace

int main(int argc, char** argv) {
  Instance small{10'000, 50'000}, medium{20'000, 100'000}, large{100'000, 1'000'000}, huge{1'000'000, 5'000'000};
  bench::add_case("separation_reach_n1e4_m5e4", 0.5, [&](benchmark::State& s) { full_reach(s, small); });
  bench::add_case("separation_reach_n1e5_m1e6", 15, [&](benchmark::State& s) { full_reach(s, large); });
  bench::add_case("separation_reach_n1e6_m5e6", 300, [&](benchmark::State& s) { full_reach(s, huge); });
  bench::add_case("separator_minimal_n2e4_m1e5", 10, [&](benchmark::State& s) { minimal(s, medium); });
  bench::add_case("separator_minimal_n1e5_m1e6", 60, [&](benchmark::State& s) { minimal(s, large); });
  return bench::run_cases(argc, argv);
}
