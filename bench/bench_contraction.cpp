// Exact inference in Bayesian networks, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "causal/diagram/contraction.hpp"
#include "causal/diagram/junction_tree.hpp"
#include "causal/run/random.hpp"
#include "target_reporter.hpp"

using namespace causal;

namespace {

const ContractionOptions kOneThread{.run = {.threads = 1}};

void add_node(TensorNetwork& network, VariableId v, std::vector<VariableId> parents, RandomStream& stream) {
  parents.push_back(v);
  std::vector<int> cardinalities;
  std::size_t cells = 1;
  for (const VariableId u : parents) {
    cardinalities.push_back(network.cardinalities[static_cast<std::size_t>(u)]);
    cells *= static_cast<std::size_t>(cardinalities.back());
  }
  const auto levels = static_cast<std::size_t>(cardinalities.back());
  std::vector<double> values(cells);
  stream.fill_uniform(values);
  for (std::size_t row = 0; row < cells; row += levels) {
    double total = 0;
    for (std::size_t k = 0; k < levels; ++k) total += values[row + k];
    for (std::size_t k = 0; k < levels; ++k) values[row + k] /= total;
  }
  network.tensors.emplace_back(std::move(parents), std::move(cardinalities), std::move(values));
}

// Node v has up to three parents before it.
TensorNetwork random_binary(int n) {
  RandomStream stream(1, RandomDomain::Test);
  TensorNetwork network{std::vector<int>(static_cast<std::size_t>(n), 2), {}, {}};
  for (int v = 0; v < n; ++v) add_node(network, v, stream.choice(v, std::min(v, 3)), stream);
  return network;
}

// The shape of the ALARM network: 37 nodes of 2-4 levels, 46 edges, in-degree at most 4, 12 roots.
TensorNetwork alarm_sized() {
  RandomStream stream(2, RandomDomain::Test);
  TensorNetwork network;
  for (int v = 0; v < 37; ++v) network.cardinalities.push_back(2 + static_cast<int>(stream.below(3)));
  std::vector<int> in_degree(37, 0);
  int edges = 0;
  for (int v = 12; v < 37; ++v, ++edges) in_degree[static_cast<std::size_t>(v)] = 1;
  while (edges < 46) {
    int& degree = in_degree[12 + stream.below(25)];
    if (degree < 4) {
      ++degree;
      ++edges;
    }
  }
  for (int v = 0; v < 37; ++v) add_node(network, v, stream.choice(v, in_degree[static_cast<std::size_t>(v)]), stream);
  return network;
}

// A chain of 1000 binary nodes, each with two binary children.
TensorNetwork chain_with_observations() {
  RandomStream stream(3, RandomDomain::Test);
  TensorNetwork network{std::vector<int>(3000, 2), {}, {}};
  for (int t = 0; t < 1000; ++t) {
    add_node(network, t, t > 0 ? std::vector{t - 1} : std::vector<VariableId>{}, stream);
    add_node(network, 1000 + t, {t}, stream);
    add_node(network, 2000 + t, {t}, stream);
  }
  return network;
}

// The first of the random networks above that is as wide; one query of its last node.
TensorNetwork of_width_20() {
  for (int n = 40;; ++n) {
    TensorNetwork network = random_binary(n);
    network.open = {n - 1};
    if (plan(network).width >= 20) return network;
  }
}

// Marginals that a contraction agrees with, for three of the indices.
bool marginals_hold(const JunctionTree& tree, TensorNetwork network, const Evidence& evidence) {
  const auto n = static_cast<VariableId>(network.cardinalities.size());
  for (const VariableId v : {0, n / 2, n - 1}) {
    network.open = {v};
    const Factor direct = *contract(network, evidence, kOneThread).value;
    if (max_difference(direct.scaled(1 / direct.total()), *tree.marginal(v)) > 1e-12) return false;
  }
  return true;
}

void all_marginals(benchmark::State& state, const TensorNetwork& network, const Evidence& evidence) {
  std::optional<JunctionTree> tree;
  double sum = 0;
  for (auto _ : state) {
    tree = calibrate(network, evidence, kOneThread).tree;
    sum = 0;
    for (VariableId v = 0; v < static_cast<VariableId>(network.cardinalities.size()); ++v) {
      sum += tree->marginal(v)->total();
    }
  }
  if (std::abs(sum / static_cast<double>(network.cardinalities.size()) - 1) > 1e-12 ||
      !marginals_hold(*tree, network, evidence)) {
    state.SkipWithError("the marginals are wrong");
  }
}

void single_query(benchmark::State& state, const TensorNetwork& network) {
  std::optional<Factor> value;
  for (auto _ : state) value = contract(network, {}, kOneThread).value;
  if (!value || std::abs(value->total() - 1) > 1e-9) state.SkipWithError("the distribution does not sum to one");
}

}  // namespace

int main(int argc, char** argv) {
  const TensorNetwork small = random_binary(20), alarm = alarm_sized(), chain = chain_with_observations();
  const TensorNetwork wide = of_width_20();
  Evidence observed;
  for (VariableId v = 1000; v < 3000; ++v) observed.push_back({v, v % 2});
  bench::add_case("marginals_random_20", 2, [&](benchmark::State& s) { all_marginals(s, small, {}); });
  bench::add_case("marginals_alarm_size", 10, [&](benchmark::State& s) { all_marginals(s, alarm, {}); });
  bench::add_case("marginals_chain_1000", 5, [&](benchmark::State& s) { all_marginals(s, chain, {}); });
  bench::add_case("marginals_chain_1000_observed", 5, [&](benchmark::State& s) { all_marginals(s, chain, observed); });
  bench::add_case("query_width_20", 1500, [&](benchmark::State& s) { single_query(s, wide); });
  return bench::run_cases(argc, argv);
}
