// labels: stat determinism
#include "causal/graph/random_graph.hpp"

#include <cmath>
#include <map>

#include "causal/run/error.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {
constexpr double kSigmas = 5;  // two-sided chance 6e-7 a check
}

TEST_CASE("random DAGs are functions of their arguments") {
  CHECK(random_dag_er(50, 3, 1) == random_dag_er(50, 3, 1));
  CHECK(!(random_dag_er(50, 3, 1) == random_dag_er(50, 3, 2)));
  CHECK(random_dag_with_edges(50, 70, 1) == random_dag_with_edges(50, 70, 1));
  CHECK(random_dag_scale_free(50, 2, 1) == random_dag_scale_free(50, 2, 1));
}

TEST_CASE("Erdos-Renyi DAGs have every pair, in either direction, with the right probability") {
  constexpr int kNodes = 5, kGraphs = 20'000;
  constexpr double kDegree = 1.5;
  std::map<std::pair<NodeId, NodeId>, int> counts;
  for (int seed = 0; seed < kGraphs; ++seed) {
    const Dag dag = random_dag_er(kNodes, kDegree, static_cast<std::uint64_t>(seed));
    for (const Edge& edge : dag.graph().edges()) ++counts[{edge.from, edge.to}];
  }
  const double p = kDegree / (kNodes - 1) / 2;
  const double sd = std::sqrt(kGraphs * p * (1 - p));
  for (NodeId a = 0; a < kNodes; ++a) {
    for (NodeId b = 0; b < kNodes; ++b) {
      if (a != b) CHECK(std::abs(counts[{a, b}] - kGraphs * p) < kSigmas * sd);
    }
  }
}

TEST_CASE("Erdos-Renyi DAGs at the ends of the range and at size") {
  CHECK(random_dag_er(1, 0, 3).n() == 1);
  CHECK(random_dag_er(10, 0, 3).graph().edges().empty());
  CHECK(random_dag_er(10, 9, 3).graph().edges().size() == 45);
  constexpr int kNodes = 100'000;
  const auto m = static_cast<double>(random_dag_er(kNodes, 10, 3).graph().edges().size());
  const double expected = kNodes * 10.0 / 2;
  CHECK(std::abs(m - expected) < kSigmas * std::sqrt(expected));
}

TEST_CASE("the exact count is exact and every set of pairs is equally likely") {
  for (const std::int64_t m : {0, 1, 9, 22, 23, 40, 45}) {
    CHECK(random_dag_with_edges(10, m, 7).graph().edges().size() == static_cast<std::size_t>(m));
  }
  constexpr int kGraphs = 20'000;
  for (const std::int64_t m : {2, 5}) {
    std::map<std::vector<std::pair<NodeId, NodeId>>, int> counts;
    for (int seed = 0; seed < kGraphs; ++seed) {
      std::vector<std::pair<NodeId, NodeId>> skeleton;
      const Dag dag = random_dag_with_edges(4, m, static_cast<std::uint64_t>(seed));
      for (const Edge& edge : dag.graph().edges()) skeleton.push_back(std::minmax(edge.from, edge.to));
      std::sort(skeleton.begin(), skeleton.end());
      ++counts[skeleton];
    }
    const std::size_t sets = m == 2 ? 15 : 6;  // 6 choose m
    CHECK(counts.size() == sets);
    const double p = 1.0 / static_cast<double>(sets);
    for (const auto& [skeleton, count] : counts) {
      CHECK(std::abs(count - kGraphs * p) < kSigmas * std::sqrt(kGraphs * p * (1 - p)));
    }
  }
}

TEST_CASE("scale-free DAGs have the promised edges and far larger hubs than random ones") {
  constexpr int kNodes = 5000, kPerNode = 2;
  const Dag dag = random_dag_scale_free(kNodes, kPerNode, 5);
  CHECK(dag.graph().edges().size() == kPerNode * (kNodes - kPerNode));
  const auto largest_degree = [](const Dag& d) {
    std::size_t largest = 0;
    for (NodeId v = 0; v < d.n(); ++v) largest = std::max(largest, d.graph().all_neighbours(v).size());
    return largest;
  };
  // Degrees of the random graph are Poisson(4): P(any of 5000 above 25) < 1e-8. The largest expected degree under
  // preferential attachment grows as kPerNode sqrt(n / kPerNode) = 100.
  CHECK(largest_degree(random_dag_er(kNodes, 2.0 * kPerNode, 5)) <= 25);
  CHECK(largest_degree(dag) > 25);
  CHECK(random_dag_scale_free(3, 2, 1).graph().edges().size() == 2);
}

TEST_CASE("impossible sizes are refused") {
  CHECK_THROWS_WITH_AS(random_dag_er(5, 4.5, 1),
                       "random_dag_er: expected_degree = 4.500000 must lie in [0, n - 1] = [0, 4]", InvalidArgument);
  CHECK_THROWS_AS(random_dag_er(0, 0, 1), InvalidArgument);
  CHECK_THROWS_AS(random_dag_er(5, std::nan(""), 1), InvalidArgument);
  CHECK_THROWS_AS(random_dag_with_edges(4, 7, 1), InvalidArgument);
  CHECK_THROWS_AS(random_dag_scale_free(4, 4, 1), InvalidArgument);
  CHECK_THROWS_AS(random_dag_scale_free(4, 0, 1), InvalidArgument);
}
