// labels: unit oracle
#include "causal/discovery/search/cdnod.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "causal/discovery/ci/oracle.hpp"
#include "causal/graph/admg.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

// Nodes "1", "2", ... and "C" last; edges by name.
LearnedGraph search(int variables, const std::vector<std::pair<int, int>>& edges, const std::vector<int>& changing) {
  std::vector<std::string> names;
  for (int v = 1; v <= variables; ++v) names.push_back(std::to_string(v));
  names.push_back("C");
  std::vector<Edge> all;
  for (const auto& [a, b] : edges) all.push_back(directed(a - 1, b - 1));
  for (const int v : changing) all.push_back(directed(variables, v - 1));
  const OracleTest test{Admg(MixedGraph(names, all))};
  return cdnod_invariance(test, variables);
}

// "1->2 2--3", edges of the surrogate left out, in order.
std::string variables_text(const LearnedGraph& graph) {
  std::vector<std::string> parts;
  const std::vector<std::string> names = graph.names();
  for (const LearnedEdge& e : graph.edges) {
    if (names[slot(e.edge.from)] == "C" || names[slot(e.edge.to)] == "C") continue;
    const bool is_directed = e.edge.is_directed();
    CHECK((is_directed || e.edge.is_undirected()));
    parts.push_back(names[slot(e.edge.from)] + (is_directed ? "->" : "--") + names[slot(e.edge.to)]);
  }
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

void check(const LearnedGraph& graph, const std::string& expected, const std::vector<NodeId>& changing) {
  CHECK(variables_text(graph) == expected);
  std::vector<NodeId> ids;
  for (const NodeId v : changing) ids.push_back(v - 1);
  CHECK(graph.changes->changing == ids);
  CHECK(graph.kind == GraphKind::Mpdag);
  CHECK(graph.warnings.empty());
  const auto c = static_cast<NodeId>(graph.nodes.size() - 1);
  for (const LearnedEdge& e : graph.edges) CHECK(e.edge.to != c);
}

}  // namespace

TEST_CASE("what a change at one end of a chain tells") {
  check(search(3, {{1, 2}, {2, 3}}, {1}), "1->2 2->3", {1});
  check(search(3, {{1, 2}, {2, 3}}, {2}), "1->2 2->3", {2});
  check(search(3, {{1, 2}, {2, 3}}, {3}), "1--2 2->3", {3});
}

TEST_CASE("two changing variables without an edge are separated by the surrogate") {
  const LearnedGraph graph = search(2, {}, {1, 2});
  check(graph, "", {1, 2});
  REQUIRE(graph.sepsets.size() == 1);
  CHECK(graph.sepsets[0].given == NodeSet{2});
}

TEST_CASE("a chain with two changing mechanisms") {
  check(search(4, {{1, 2}, {2, 3}, {3, 4}}, {2, 4}), "1->2 2->3 3->4", {2, 4});
}

TEST_CASE("a chain that changes everywhere stays open until independent change") {
  check(search(3, {{1, 2}, {2, 3}}, {1, 2, 3}), "1--2 2--3", {1, 2, 3});
}

TEST_CASE("without change the graph is that of PC") {
  check(search(3, {{1, 3}, {2, 3}}, {}), "1->3 2->3", {});
  check(search(4, {{1, 2}, {2, 3}, {3, 4}}, {}), "1--2 2--3 3--4", {});
}

TEST_CASE("a source that changes directs its edges, not those behind them") {
  check(search(3, {{1, 2}, {1, 3}, {2, 3}}, {1}), "1->2 1->3 2--3", {1});
}

TEST_CASE("colliders and invariance together") {
  check(search(4, {{1, 3}, {2, 3}, {3, 4}}, {4}), "1->3 2->3 3->4", {4});
  check(search(3, {{1, 3}, {2, 3}}, {1, 2}), "1->3 2->3", {1, 2});
}

TEST_CASE("the surrogate is never a collider") { check(search(2, {{1, 2}}, {1, 2}), "1--2", {1, 2}); }

// The graph must be what is shared by all DAGs with the true adjacencies, colliders and arrows out of C: found by
// listing them.
TEST_CASE("random graphs: exactly the directions that all compatible graphs share") {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    RandomStream stream(seed, RandomDomain::Test, 77);
    const int n = 3 + static_cast<int>(stream.below(3));
    const Dag dag = random_dag_er(n, 1.8, seed);
    std::vector<std::pair<int, int>> edges;
    for (const Edge& e : dag.graph().edges()) edges.emplace_back(e.from + 1, e.to + 1);
    std::vector<int> changing;
    for (int v = 1; v <= n; ++v) {
      if (stream.uniform() < 0.4) changing.push_back(v);
    }
    const LearnedGraph found = search(n, edges, changing);

    // All orientations of the variables' edges, kept when acyclic with the same unshielded colliders (C included).
    const std::size_t m = edges.size();
    const auto adjacent = [&](int a, int b) {
      if (a == 0 || b == 0) return std::find(changing.begin(), changing.end(), a + b) != changing.end();
      return std::any_of(edges.begin(), edges.end(), [&](const auto& e) {
        return (e.first == a && e.second == b) || (e.first == b && e.second == a);
      });
    };
    const auto colliders = [&](const std::vector<std::pair<int, int>>& oriented) {
      std::vector<std::vector<int>> list;
      for (int b = 1; b <= n; ++b) {
        std::vector<int> into;
        if (std::find(changing.begin(), changing.end(), b) != changing.end()) into.push_back(0);
        for (const auto& [from, to] : oriented) {
          if (to == b) into.push_back(from);
        }
        std::sort(into.begin(), into.end());
        for (std::size_t i = 0; i < into.size(); ++i) {
          for (std::size_t j = i + 1; j < into.size(); ++j) {
            if (!adjacent(into[i], into[j])) list.push_back({into[i], b, into[j]});
          }
        }
      }
      return list;
    };
    const auto acyclic = [&](const std::vector<std::pair<int, int>>& oriented) {
      std::vector<Edge> as_edges;
      for (const auto& [a, b] : oriented) as_edges.push_back(directed(a - 1, b - 1));
      return !MixedGraph(n, as_edges).directed_cycle().has_value();
    };
    const auto truth = colliders(edges);
    std::vector<int> forward(m, 0);
    int total = 0;
    for (std::size_t mask = 0; mask < (std::size_t{1} << m); ++mask) {
      std::vector<std::pair<int, int>> oriented = edges;
      for (std::size_t k = 0; k < m; ++k) {
        if ((mask >> k & 1U) != 0) std::swap(oriented[k].first, oriented[k].second);
      }
      if (!acyclic(oriented) || colliders(oriented) != truth) continue;
      ++total;
      for (std::size_t k = 0; k < m; ++k) forward[k] += (mask >> k & 1U) == 0 ? 1 : 0;
    }
    std::vector<std::string> expected;
    for (std::size_t k = 0; k < m; ++k) {
      const auto [a, b] = edges[k];
      const auto text = [](int u, const char* sign, int v) { return std::to_string(u) + sign + std::to_string(v); };
      CHECK(forward[k] > 0);
      expected.push_back(forward[k] == total ? text(a, "->", b) : text(std::min(a, b), "--", std::max(a, b)));
    }
    std::sort(expected.begin(), expected.end());
    std::string joined;
    for (const std::string& part : expected) joined += (joined.empty() ? "" : " ") + part;
    CAPTURE(seed);
    check(found, joined, changing);
  }
}

TEST_CASE("knowledge is kept, and may not name a cause of the surrogate") {
  const MixedGraph truth({"1", "2", "C"}, {directed(0, 1), directed(2, 0), directed(2, 1)});
  const OracleTest test{Admg(truth)};
  const LearnedGraph graph = cdnod_invariance(test, 2, {}, {.required = {{"2", "1"}}});
  CHECK(variables_text(graph) == "2->1");
  CHECK_THROWS_AS(static_cast<void>(cdnod_invariance(test, 2, {}, {.required = {{"1", "C"}}})), GraphError);
  CHECK_THROWS_AS(static_cast<void>(cdnod_invariance(test, 3)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(cdnod_invariance(test, 2, {.alpha = 1})), InvalidArgument);
}
