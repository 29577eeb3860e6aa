// Sizes of Markov equivalence classes and draws from them, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include <string>

#include "../tests/support/chordal_graphs.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/latent_projection.hpp"
#include "causal/graph/mec.hpp"
#include "causal/graph/random_graph.hpp"
#include "target_reporter.hpp"

using namespace causal;

namespace {

constexpr std::uint64_t kSeed = 7;

enum class Family { Subtree, Elimination, Interval, Thickened };

MixedGraph make(Family family, int n) {
  RandomStream stream(kSeed, RandomDomain::Test, static_cast<std::uint32_t>(n));
  int log2 = 0;
  while ((1 << log2) < n) ++log2;
  switch (family) {
    case Family::Subtree:
      return test::subtree_intersection_graph(n, log2, stream);
    case Family::Elimination:
      return test::random_elimination_graph(n, 2, stream);
    case Family::Interval:
      return test::interval_graph(n, stream);
    case Family::Thickened:
      break;
  }
  return test::thickened_tree(n, 1, stream);
}

void count(benchmark::State& state, Family family, int n) {
  const Cpdag cpdag{Pdag(make(family, n))};
  MecSize size;
  for (auto _ : state) size = mec_size(cpdag);
  if (n <= 256 && MecSampler(cpdag).size().digits != size.digits) state.SkipWithError("two counts differ");
  if (size.digits.empty()) state.SkipWithError("no count");
}

// A batch of 100 draws.
void sample(benchmark::State& state, Family family, int n) {
  const Cpdag cpdag{Pdag(make(family, n))};
  const MecSampler sampler(cpdag);
  std::uint32_t next = 0;
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(sampler.sample(kSeed, next++));
  }
  for (std::uint32_t i = 0; i < 20; ++i) {
    if (!(dag_to_cpdag(sampler.sample(kSeed, i)) == cpdag)) state.SkipWithError("not in the class");
  }
}

void enumerate(benchmark::State& state, int n) {
  const Cpdag cpdag{Pdag(make(Family::Subtree, n))};
  for (auto _ : state) {
    if (enumerate_mec(cpdag, {.max_results = 1000}).dags.size() != 1000) state.SkipWithError("fewer than 1000");
  }
}

void project(benchmark::State& state, int n) {
  const Dag dag = random_dag_with_edges(n, 2 * n, kSeed);
  NodeSet latents;
  for (NodeId v = 0; v < n; v += 10) latents.push_back(v);
  Admg projected;
  for (auto _ : state) projected = latent_projection(dag, latents);
  if (projected.n() != n - static_cast<int>(latents.size())) state.SkipWithError("wrong nodes");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::tuple<std::string, Family, double>> families{{"subtree_logn", Family::Subtree, 800},
                                                                      {"peo_2", Family::Elimination, 1500},
                                                                      {"interval", Family::Interval, 5500},
                                                                      {"thickened_tree", Family::Thickened, 1100}};
  for (const auto& [name, family, bar] : families) {
    bench::add_case("mec_size_" + name + "_n256", 100, [f = family](benchmark::State& s) { count(s, f, 256); });
    bench::add_case("mec_size_" + name + "_n1024", bar, [f = family](benchmark::State& s) { count(s, f, 1024); });
    bench::add_case("mec_sample_100_" + name + "_n64", 10, [f = family](benchmark::State& s) { sample(s, f, 64); });
  }
  bench::add_case("enumerate_1000_subtree_logn_n64", 100, [](benchmark::State& s) { enumerate(s, 64); });
  bench::add_case("latent_projection_n1e5_m2e5_latents_10%", 200, [](benchmark::State& s) { project(s, 100'000); });
  return bench::run_cases(argc, argv);
}
