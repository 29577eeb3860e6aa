#pragma once
// Learned graphs that exercise every part of the report.

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "causal/graph/learned_graph.hpp"
#include "causal/run/random.hpp"

namespace example {

using causal::Mark;

/// Nine nodes with awkward names, every kind of line, numbers on the edges, a full record.
inline causal::LearnedGraph pag() {
  const std::vector<std::string> names{"a<b>&\"c\"'d'", "</script><script>alert(1)</script>",
                                       "β-catenin",     "血圧",
                                       "<!--",          "plain",
                                       "two words",     "naïve \\ x",
                                       "lonely"};
  const causal::MixedGraph marks(names, {causal::directed(0, 1),
                                         causal::undirected(1, 2),
                                         causal::bidirected(2, 3),
                                         {3, 4, Mark::Circle, Mark::Arrow},
                                         {4, 5, Mark::Circle, Mark::Circle},
                                         {5, 6, Mark::Tail, Mark::Circle},
                                         {6, 7, Mark::Arrow, Mark::Circle},
                                         causal::directed(0, 7)});
  causal::LearnedGraph graph = causal::learned_graph_from(marks, causal::GraphKind::Pag);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    graph.edges[e].strength = e % 2 == 0 ? 0.1 * static_cast<double>(e + 1) : -0.05;
    graph.edges[e].p_value = 1e-9 / static_cast<double>(e + 1);
    graph.edges[e].frequency = 1.0 / static_cast<double>(e + 1);
  }
  graph.edges[3].strength = std::numeric_limits<double>::quiet_NaN();
  graph.sepsets = {{0, 2, {1, 4}, 0.31}, {1, 4, {3}, 0.02}};
  graph.ambiguous_triples = {{0, 1, 2}};
  graph.warnings = {"column '<x>' & others"};
  graph.status = causal::Status::TimeLimit;
  graph.stats.tests_by_level = {28, 1210};
  graph.stats.degenerate_tests = 3;
  graph.run = {"causal", "0.1.0", "fci", {{"alpha", "0.01"}, {"test", "<fisher_z>"}}, 7, std::string(64, 'a'), 7466, 9};
  graph.timing = causal::TimingRecord{
      {"discover", "my data.csv", "it's"}, "dir/my data.csv", "host", 2, 0.08, 21, {{"skeleton", 0.05}}};
  return graph;
}

/// A random acyclic graph on n nodes without a record.
inline causal::LearnedGraph random_dag(int n, double edges_per_node, std::uint64_t seed) {
  causal::RandomStream random(seed, causal::RandomDomain::Test);
  std::vector<causal::Edge> edges;
  const double density = 2 * edges_per_node / (n - 1);
  for (int a = 0; a < n; ++a) {
    for (int b = a + 1; b < n; ++b) {
      if (random.uniform() < density) edges.push_back(causal::directed(a, b));
    }
  }
  return causal::learned_graph_from(causal::MixedGraph(n, std::move(edges)), causal::GraphKind::Dag);
}

}  // namespace example
