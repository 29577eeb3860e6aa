// DAG to CPDAG and back, and Meek's rules, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include <string>

#include "causal/graph/equivalence.hpp"
#include "causal/graph/orientation.hpp"
#include "causal/graph/random_graph.hpp"
#include "target_reporter.hpp"

using namespace causal;

namespace {

void complete(benchmark::State& state, int n, std::int64_t m) {
  const Dag dag = random_dag_with_edges(n, m, 1);
  Cpdag cpdag;
  for (auto _ : state) cpdag = dag_to_cpdag(dag);
  if (why_not_cpdag(cpdag.graph())) state.SkipWithError("not a CPDAG");
}

void extend(benchmark::State& state, int n, std::int64_t m) {
  const Cpdag cpdag = dag_to_cpdag(random_dag_with_edges(n, m, 1));
  PdagExtension extension;
  for (auto _ : state) extension = extend_to_dag(cpdag.pdag());
  if (!extension.dag || !(dag_to_cpdag(*extension.dag) == cpdag)) state.SkipWithError("not in the class");
}

// The skeleton with its unshielded colliders directed, as a search leaves it.
DenseMarks pattern(const Dag& dag) {
  DenseMarks marks(dag.graph());
  for (const Edge& edge : dag.graph().edges()) marks.set(undirected(edge.from, edge.to));
  for (NodeId b = 0; b < dag.n(); ++b) {
    for (const NodeId a : dag.parents(b)) {
      for (const NodeId c : dag.parents(b)) {
        if (a == c || marks.adjacent(a, c)) continue;
        marks.orient(a, b);
        marks.orient(c, b);
      }
    }
  }
  return marks;
}

void close(benchmark::State& state, int n, std::int64_t m) {
  const Dag dag = random_dag_with_edges(n, m, 1);
  const DenseMarks start = pattern(dag);
  DenseMarks marks = start;
  MeekResult result;
  for (auto _ : state) {
    state.PauseTiming();
    marks = start;
    state.ResumeTiming();
    result = meek_closure(marks);
  }
  if (!result.conflicts.empty()) state.SkipWithError("conflicts in a consistent graph");
  if (marks.graph(dag.graph().names()) != dag_to_cpdag(dag).graph()) state.SkipWithError("not the CPDAG");
}

// Worst for rounds: a single collider at the end of a path, from which the arrows run through all of it.
void close_chain(benchmark::State& state, int n) {
  std::vector<Edge> edges{directed(0, 2), directed(1, 2)};
  for (NodeId v = 2; v + 1 < n; ++v) edges.push_back(undirected(v, v + 1));
  const DenseMarks start{MixedGraph(n, edges)};
  DenseMarks marks = start;
  for (auto _ : state) {
    state.PauseTiming();
    marks = start;
    state.ResumeTiming();
    benchmark::DoNotOptimize(meek_closure(marks));
  }
  if (!marks.is_directed(n - 2, n - 1)) state.SkipWithError("the chain is not directed to its end");
}

}  // namespace

int main(int argc, char** argv) {
  bench::add_case("dag_to_cpdag_n1e5_m3e5", 150, [](benchmark::State& s) { complete(s, 100'000, 300'000); });
  bench::add_case("extend_to_dag_n1e5_m3e5", 300, [](benchmark::State& s) { extend(s, 100'000, 300'000); });
  bench::add_case("meek_n1000_density_0.1", 1000, [](benchmark::State& s) { close(s, 1000, 49'950); });
  bench::add_case("meek_n5000_degree_4", 10, [](benchmark::State& s) { close(s, 5000, 10'000); });
  bench::add_case("meek_chain_n5000", 10, [](benchmark::State& s) { close_chain(s, 5000); });
  return bench::run_cases(argc, argv);
}
