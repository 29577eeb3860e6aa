// Classes of stable subsets with the same invariant predictor, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include "../tests/support/reference_minimax.hpp"
#include "causal/estimation/invariance/stable_classes.hpp"
#include "target_reporter.hpp"

using namespace causal;
using namespace causal::estimation;

namespace {

// The published graph: 256 subsets in 45 classes.
void published(benchmark::State& state) {
  const Dag graph = test::reference_minimax_graph();
  StableClasses found;
  for (auto _ : state) {
    found = stable_classes(graph, {.target = "Y", .mutable_nodes = {"X9", "X10"}, .unobserved = {"E"}});
  }
  if (found.classes.size() != 45) state.SkipWithError("not the 45 classes");
}

// d children of the target: every subset is a class of its own.
void star(benchmark::State& state, int d) {
  std::vector<Edge> edges;
  for (NodeId v = 1; v <= d; ++v) edges.push_back(directed(0, v));
  const Dag graph(MixedGraph(d + 1, edges));
  StableClasses found;
  for (auto _ : state) found = stable_classes(graph, {.target = "X1"});
  if (std::ssize(found.classes) != std::int64_t{1} << d) state.SkipWithError("not all subsets");
}

// A chain of d variables below the target: d + 1 classes, in graphs beyond one word.
void chain(benchmark::State& state, int d) {
  std::vector<Edge> edges;
  for (NodeId v = 0; v < d; ++v) edges.push_back(directed(v, v + 1));
  const Dag graph(MixedGraph(d + 1, edges));
  StableClasses found;
  for (auto _ : state) found = stable_classes(graph, {.target = "X1"});
  if (std::ssize(found.classes) != d + 1) state.SkipWithError("not d + 1 classes");
}

}  // namespace

int main(int argc, char** argv) {
  bench::add_case("stable_classes_published_45", 10, published);
  bench::add_case("stable_classes_star_16", 500, [](benchmark::State& state) { star(state, 16); });
  bench::add_case("stable_classes_chain_200", 500, [](benchmark::State& state) { chain(state, 200); });
  return bench::run_cases(argc, argv);
}
