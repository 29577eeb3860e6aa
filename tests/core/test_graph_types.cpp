// labels: unit
#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"
#include "causal/graph/dense_marks.hpp"
#include "causal/graph/knowledge.hpp"
#include "causal/graph/learned_graph.hpp"
#include "causal/graph/pdag.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {
const std::vector<std::string> kNames{"A", "B", "C", "D"};
MixedGraph graph(std::vector<Edge> edges) { return {kNames, std::move(edges)}; }
}  // namespace

TEST_CASE("a mixed graph refuses two edges on a pair unless one is directed and one bidirected") {
  CHECK(graph({directed(0, 1), bidirected(1, 0)}).edges().size() == 2);
  const std::vector<std::vector<Edge>> refused{{directed(0, 1), directed(0, 1)},
                                               {directed(0, 1), directed(1, 0)},
                                               {undirected(0, 1), directed(0, 1)},
                                               {undirected(0, 1), undirected(1, 0)},
                                               {bidirected(0, 1), bidirected(1, 0)},
                                               {bidirected(0, 1), undirected(0, 1)},
                                               {Edge{0, 1, Mark::Circle, Mark::Arrow}, bidirected(0, 1)},
                                               {directed(0, 1), bidirected(0, 1), undirected(0, 1)}};
  for (const auto& edges : refused) CHECK_THROWS_WITH_AS(graph(edges), "two edges between 'A' and 'B'", GraphError);
  CHECK_THROWS_AS(graph({directed(1, 1)}), GraphError);
  CHECK_THROWS_AS(graph({directed(0, 4)}), GraphError);
  CHECK_THROWS_AS(MixedGraph({"A", "A"}, {}), InvalidArgument);
}

TEST_CASE("neighbour groups are ascending whatever the order of the edges") {
  const MixedGraph g = graph({directed(3, 1), undirected(2, 1), directed(0, 1), bidirected(1, 3)});
  CHECK(std::vector<NodeId>(g.parents(1).begin(), g.parents(1).end()) == std::vector<NodeId>{0, 3});
  CHECK(std::vector<NodeId>(g.siblings(3).begin(), g.siblings(3).end()) == std::vector<NodeId>{1});
  CHECK(std::vector<NodeId>(g.undirected_neighbours(2).begin(), g.undirected_neighbours(2).end()) ==
        std::vector<NodeId>{1});
  CHECK(g.all_neighbours(1).size() == 4);
}

TEST_CASE("typed graphs refuse other edges and cycles by name") {
  CHECK_THROWS_WITH_AS(Dag(graph({undirected(0, 1)})), "a DAG cannot hold the edge A -- B", GraphError);
  CHECK_THROWS_WITH_AS(Dag(graph({directed(0, 1), directed(1, 2), directed(2, 0)})),
                       "a DAG cannot hold the directed cycle A -> B -> C -> A", GraphError);
  CHECK_THROWS_WITH_AS(Pdag(graph({bidirected(0, 1)})), "a PDAG cannot hold the edge A <-> B", GraphError);
  CHECK_THROWS_AS(Pdag(graph({undirected(0, 3), directed(0, 1), directed(1, 2), directed(2, 0)})), GraphError);
  CHECK_THROWS_AS(Admg(graph({undirected(0, 1)})), GraphError);
  CHECK(Admg(graph({directed(0, 1), bidirected(0, 1)})).n() == 4);
}

TEST_CASE("the topological order takes the smallest ready node first") {
  CHECK(Dag(graph({directed(3, 0), directed(3, 1), directed(1, 2)})).topological_order() ==
        std::vector<NodeId>{3, 0, 1, 2});
}

TEST_CASE("dense marks give back the edges they were made of") {
  RandomStream stream(2, RandomDomain::Test);
  for (int repeat = 0; repeat < 50; ++repeat) {
    const int n = 1 + static_cast<int>(stream.below(40));
    std::vector<Edge> edges;
    for (const auto& [a, b] : test::all_pairs(n)) {
      if (stream.uniform() < 0.7) continue;
      edges.push_back({a, b, static_cast<Mark>(stream.below(3)), static_cast<Mark>(stream.below(3))});
    }
    const MixedGraph g(n, edges);
    CHECK(DenseMarks(g).graph(g.names()) == g);
  }
  CHECK_THROWS_AS(DenseMarks(graph({directed(0, 1), bidirected(0, 1)})), GraphError);
}

TEST_CASE("guess_kind takes the narrowest kind") {
  CHECK(guess_kind(graph({})) == GraphKind::Dag);
  CHECK(guess_kind(graph({directed(0, 1), directed(1, 2)})) == GraphKind::Dag);
  CHECK(guess_kind(graph({undirected(0, 1)})) == GraphKind::Ug);
  CHECK(guess_kind(graph({directed(0, 1), undirected(1, 2)})) == GraphKind::Pdag);
  CHECK(guess_kind(graph({directed(0, 1), directed(2, 1), directed(1, 3)})) == GraphKind::Dag);
  CHECK(guess_kind(MixedGraph(5, {directed(0, 1), directed(2, 1), undirected(3, 4)})) == GraphKind::Cpdag);
  CHECK(guess_kind(graph({directed(0, 1), bidirected(0, 1)})) == GraphKind::Admg);
  CHECK(guess_kind(graph({undirected(2, 3), bidirected(0, 1)})) == GraphKind::Pag);
  CHECK(guess_kind(graph({Edge{0, 1, Mark::Circle, Mark::Arrow}})) == GraphKind::Pag);
  CHECK(guess_kind(graph({directed(0, 1), directed(1, 2), directed(2, 0)})) == GraphKind::Pag);
}

TEST_CASE("a learned graph holds the graph it is made from and says so in one line") {
  const MixedGraph g = graph({directed(0, 1), undirected(2, 3)});
  LearnedGraph learned = learned_graph_from(g, GraphKind::Pdag);
  learned.stats.tests_by_level = {6, 2};
  CHECK(learned.graph() == g);
  CHECK(learned.names() == kNames);
  CHECK(learned.brief() == "pdag, 4 nodes, 2 edges (1 directed), 8 tests, ok");
  learned.nodes[1] = {.name = "A", .lag = 2};
  CHECK(learned.names()[1] == "A[t-2]");
}

TEST_CASE("knowledge answers by tier, pair and requirement") {
  const Knowledge knowledge{
      .tiers = {{{"A", "B"}, true}, {{"C"}}}, .forbidden = {{"A", "D"}}, .required = {{"D", "C"}}};
  const KnowledgeIndex index(knowledge, kNames);
  CHECK(index.is_forbidden(2, 0));
  CHECK(!index.is_forbidden(0, 2));
  CHECK(index.is_adjacency_forbidden(0, 1));
  CHECK(index.is_forbidden(0, 3));
  CHECK(!index.is_forbidden(3, 0));
  CHECK(index.is_required(3, 2));
  CHECK(index.is_forbidden(2, 3));  // the reverse of a required edge
  CHECK(index.is_adjacency_required(2, 3));
  CHECK(!index.is_adjacency_forbidden(2, 3));
  CHECK(KnowledgeIndex().empty());
  CHECK(!KnowledgeIndex().is_forbidden(0, 1));

  CHECK(index.violations(graph({directed(3, 2), directed(0, 2)})).empty());
  CHECK(index.violations(graph({undirected(0, 1), directed(2, 0)})) ==
        std::vector<std::string>{"A -- B joins two variables that may not be adjacent", "C -> A is forbidden",
                                 "D -> C is required but not in the graph"});
}

TEST_CASE("contradictory knowledge is refused with the item that clashes") {
  const auto index = [](Knowledge knowledge) { return KnowledgeIndex(knowledge, kNames); };
  CHECK_THROWS_WITH_AS(index({.forbidden = {{"A", "B"}}, .required = {{"A", "B"}}}),
                       "the required edge A -> B is forbidden by the list of forbidden edges", GraphError);
  CHECK_THROWS_WITH_AS(index({.tiers = {{{"A"}}, {{"B"}}}, .required = {{"B", "A"}}}),
                       "the required edge B -> A is forbidden by the tiers", GraphError);
  CHECK_THROWS_WITH_AS(index({.required = {{"A", "B"}, {"B", "C"}, {"C", "A"}}}),
                       "the required edges form the cycle A -> B -> C -> A", GraphError);
  CHECK_THROWS_WITH_AS(index({.required = {{"A", "B"}, {"B", "A"}}}), "the required edges form the cycle A -> B -> A",
                       GraphError);
  CHECK_THROWS_WITH_AS(index({.tiers = {{{"A", "B"}}, {{"B"}}}}), "'B' stands in tier 1 and in tier 2",
                       InvalidArgument);
  CHECK_THROWS_WITH_AS(KnowledgeIndex({.forbidden = {{"smoke", "lungs"}}}, {"smoke", "lung"}),
                       "knowledge names the unknown variable 'lungs'\nforbidden smoke -> lungs\nDid you mean 'lung'?",
                       InvalidArgument);
  CHECK_THROWS_AS(index({.required = {{"A", "A"}}}), InvalidArgument);
}

TEST_CASE("nearest_name suggests a near name and nothing else") {
  const std::vector<std::string> names{"pressure", "temperature"};
  CHECK(nearest_name("Presure", names) == "pressure");
  CHECK(!nearest_name("volume", names));
  CHECK(nearest_name_hint("temprature", names) == "Did you mean 'temperature'?");
}
