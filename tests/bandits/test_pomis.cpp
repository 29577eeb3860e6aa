// labels: unit oracle golden
#include "causal/bandits/pomis.hpp"

#include <algorithm>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

using NodeSets = std::vector<NodeSet>;

Admg admg(std::vector<std::string> names, std::vector<Edge> edges) {
  return Admg(MixedGraph(std::move(names), std::move(edges)));
}

Admg random_admg(int n, std::uint32_t seed) {
  RandomStream stream(1, RandomDomain::Test, seed);
  const std::vector<int> order = stream.permutation(n);
  std::vector<Edge> edges;
  for (std::size_t a = 0; a < order.size(); ++a) {
    for (std::size_t b = a + 1; b < order.size(); ++b) {
      if (stream.uniform() < 0.4) edges.push_back(directed(order[a], order[b]));
      if (stream.uniform() < 0.25) edges.push_back(bidirected(order[a], order[b]));
    }
  }
  return Admg(MixedGraph(n, std::move(edges)));
}

}  // namespace

// The four graphs and their counts are those of Lee and Bareinboim, NeurIPS 2018, checked with their public program.
TEST_CASE("an instrument") {
  const Admg graph = admg({"X", "Y", "Z"}, {directed(2, 0), directed(0, 1), bidirected(0, 1)});
  const InterventionSets best = possibly_optimal_sets(graph, 1);
  CHECK(best.sets == NodeSets{{0}, {2}});
  const InterventionSets minimal = minimal_intervention_sets(graph, 1);
  CHECK(minimal.sets == NodeSets{{}, {0}, {2}});
  const std::vector<int> binary(3, 2);
  CHECK(count_arms(best.sets, binary) == 4);
  CHECK(count_arms(minimal.sets, binary) == 5);
  CHECK(count_arms({{}, {0}, {2}, {0, 2}}, binary) == 9);
  CHECK(minimal_intervention(graph, 1, {0, 2}) == NodeSet{0});
}

TEST_CASE("four and six nodes with confounders") {
  // X 0, Y 1, Z 2, W 3, S 4, T 5.
  const std::vector<Edge> four{directed(2, 0), directed(0, 1), directed(3, 1), bidirected(0, 3), bidirected(2, 1)};
  const Admg graph = admg({"X", "Y", "Z", "W"}, four);
  CHECK(confounded_territory(graph, 1) == NodeSet{0, 1, 2, 3});
  CHECK(interventional_border(graph, 1).empty());
  CHECK(possibly_optimal_sets(graph, 1).sets == NodeSets{{}, {3}, {0, 3}});
  CHECK(minimal_intervention_sets(graph, 1).sets.size() == 6);
  std::vector<Edge> six = four;
  for (const Edge& edge : {directed(4, 3), directed(5, 0), directed(5, 1)}) six.push_back(edge);
  const Admg larger = admg({"X", "Y", "Z", "W", "S", "T"}, six);
  CHECK(interventional_border(larger, 1) == NodeSet{4, 5});
  CHECK(possibly_optimal_sets(larger, 1).sets.size() == 3);
  CHECK(minimal_intervention_sets(larger, 1).sets.size() == 18);
}

TEST_CASE("without confounders only the parents matter") {
  // Z1 0, Z2 1, X1 2, X2 3, Y 4.
  const Admg graph = admg({"Z1", "Z2", "X1", "X2", "Y"}, {directed(0, 2), directed(0, 3), directed(1, 2),
                                                          directed(1, 3), directed(2, 4), directed(3, 4)});
  CHECK(possibly_optimal_sets(graph, 4).sets == NodeSets{{2, 3}});
  CHECK(minimal_intervention_sets(graph, 4).sets.size() == 13);
}

TEST_CASE("the search agrees with the definition on random graphs, and finds minimal sets only") {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const Admg graph = random_admg(6, seed);
    const NodeId y = static_cast<NodeId>(seed % 6);
    const InterventionSets found = possibly_optimal_sets(graph, y);
    CHECK(found.sets == possibly_optimal_sets_exhaustive(graph, y).sets);
    NodeSets minimal;
    for (std::uint32_t mask = 0; mask < 64; ++mask) {
      NodeSet set;
      for (NodeId v = 0; v < 6; ++v) {
        if ((mask >> v & 1) != 0) set.push_back(v);
      }
      if ((mask >> y & 1) == 0 && minimal_intervention(graph, y, set) == set) minimal.push_back(set);
    }
    NodeSets listed = minimal_intervention_sets(graph, y).sets;
    std::sort(minimal.begin(), minimal.end());
    std::sort(listed.begin(), listed.end());
    CHECK(listed == minimal);
    for (const NodeSet& set : found.sets) CHECK(std::binary_search(minimal.begin(), minimal.end(), set));
  }
}

TEST_CASE("the search can be capped and stopped") {
  const Admg graph = random_admg(6, 11);
  const std::size_t all = possibly_optimal_sets(graph, 5).sets.size();
  std::size_t seen = 0;
  for_each_possibly_optimal_set(graph, 5, [&](const NodeSet&) { return ++seen < 1; });
  CHECK(seen == 1);
  const InterventionSets capped = minimal_intervention_sets(graph, 5, {.max_sets = 1});
  CHECK(capped.sets.size() == 1);
  CHECK((capped.status == Status::BudgetExceeded || all == 1));
  CHECK_THROWS_AS((void)possibly_optimal_sets(graph, 6), InvalidArgument);
  CHECK_THROWS_AS((void)minimal_intervention(graph, 5, {5}), InvalidArgument);
}
