// labels: oracle golden
#include "causal/graph/equivalence.hpp"

#include <map>

#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

std::vector<std::string> compelled(const Cpdag& cpdag) {
  std::vector<std::string> texts;
  for (const Edge& edge : cpdag.graph().edges()) {
    if (edge.is_directed()) texts.push_back(edge_text(edge, cpdag.graph().names()));
  }
  return texts;
}

}  // namespace

// Golden: numbers of labelled DAGs and of their equivalence classes: Robinson 1973 (OEIS A003024) and Gillispie and
// Perlman, "Enumerating Markov equivalence classes of acyclic digraph models", UAI 2001.
TEST_CASE("golden: all DAGs on up to four nodes fall into the known classes, each with the known CPDAG") {
  struct Count {
    int n;
    std::size_t dags, classes, singletons;
  };
  for (const Count& count : {Count{1, 1, 1, 1}, Count{2, 3, 2, 1}, Count{3, 25, 11, 4}, Count{4, 543, 185, 59}}) {
    CAPTURE(count.n);
    const auto dags = test::all_acyclic_graphs(count.n, false);
    CHECK(dags.size() == count.dags);
    std::map<decltype(test::class_key(dags.front())), std::vector<MixedGraph>> classes;
    for (const MixedGraph& dag : dags) classes[test::class_key(dag)].push_back(dag);
    CHECK(classes.size() == count.classes);
    std::size_t singletons = 0;
    for (const auto& [key, members] : classes) {
      if (members.size() == 1) ++singletons;
      const MixedGraph expected = test::common_marks(members);
      for (const MixedGraph& dag : members) CHECK(dag_to_cpdag(Dag(dag)).graph() == expected);
    }
    CHECK(singletons == count.singletons);
  }
}

// Golden: the eight-node DAG of Lauritzen and Spiegelhalter, "Local computations with probabilities", JRSS B 1988; its
// compelled edges follow by hand from the colliders at either and dysp.
TEST_CASE("golden: the compelled edges of Asia") {
  const MixedGraph asia({"asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"},
                        {directed(0, 1), directed(2, 3), directed(2, 4), directed(1, 5), directed(3, 5), directed(5, 6),
                         directed(5, 7), directed(4, 7)});
  CHECK(compelled(dag_to_cpdag(Dag(asia))) == std::vector<std::string>{"tub -> either", "lung -> either",
                                                                       "bronc -> dysp", "either -> xray",
                                                                       "either -> dysp"});
}

// Golden: the seven-node example of CausalInference.jl's documentation of adjustment sets (nodes 1..7).
TEST_CASE("golden: the compelled edges of the seven-node example") {
  const MixedGraph graph(
      {"1", "2", "3", "4", "5", "6", "7"},
      {directed(0, 1), directed(1, 2), directed(2, 3), directed(4, 0), directed(5, 4), directed(5, 3), directed(0, 6)});
  CHECK(compelled(dag_to_cpdag(Dag(graph))) == std::vector<std::string>{"3 -> 4", "6 -> 4"});
}

TEST_CASE("every partially directed graph on four nodes extends exactly when enumeration finds a DAG") {
  std::size_t extendable = 0, stuck = 0, cpdags = 0;
  std::map<decltype(test::class_key(MixedGraph{})), std::vector<MixedGraph>> classes;
  for (const MixedGraph& dag : test::all_acyclic_graphs(4, false)) classes[test::class_key(dag)].push_back(dag);
  for (const MixedGraph& graph : test::all_acyclic_graphs(4, true)) {
    const auto expected = test::consistent_extensions(graph);
    const PdagExtension found = extend_to_dag(Pdag(graph));
    CHECK(found.dag.has_value() == !expected.empty());
    CHECK(found.reason.empty() == found.dag.has_value());
    if (found.dag) {
      ++extendable;
      CHECK(std::find(expected.begin(), expected.end(), found.dag->graph()) != expected.end());
    } else {
      ++stuck;
    }
    const bool is_cpdag =
        !expected.empty() && test::common_marks(classes.at(test::class_key(expected.front()))) == graph;
    CHECK(why_not_cpdag(graph).has_value() == !is_cpdag);
    if (is_cpdag) ++cpdags;
  }
  CHECK(cpdags == 185);
  CHECK(extendable > 0);
  CHECK(stuck > 0);
}

TEST_CASE("random PDAGs on seven nodes extend exactly when enumeration finds a DAG") {
  RandomStream stream(3, RandomDomain::Test);
  int extendable = 0, stuck = 0;
  for (int repeat = 0; repeat < 400; ++repeat) {
    const Dag dag = test::random_dag(7, stream.uniform(0.2, 0.7), stream);
    std::vector<Edge> edges;
    for (const Edge& edge : dag.graph().edges()) {
      edges.push_back(stream.uniform() < 0.6 ? undirected(edge.from, edge.to) : edge);
    }
    const MixedGraph graph(7, std::move(edges));
    const auto expected = test::consistent_extensions(graph);
    const PdagExtension found = extend_to_dag(Pdag(graph));
    REQUIRE(found.dag.has_value() == !expected.empty());
    ++(found.dag ? extendable : stuck);
    if (found.dag) CHECK(std::find(expected.begin(), expected.end(), found.dag->graph()) != expected.end());
  }
  CHECK(extendable > 0);
  CHECK(stuck > 0);
}

TEST_CASE("the extension of a CPDAG is in its class, at sizes beyond enumeration") {
  RandomStream stream(5, RandomDomain::Test);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const int n = 2 + static_cast<int>(stream.below(40));
    const Dag dag = test::random_dag(n, stream.uniform(0.02, 0.6), stream);
    const Cpdag cpdag = dag_to_cpdag(dag);
    const PdagExtension extension = extend_to_dag(cpdag.pdag());
    REQUIRE(extension.dag);
    CHECK(test::class_key(extension.dag->graph()) == test::class_key(dag.graph()));
    CHECK(dag_to_cpdag(*extension.dag) == cpdag);
    CHECK(!why_not_cpdag(cpdag.graph()));
  }
}

TEST_CASE("CPDAGs do not depend on how the nodes are numbered") {
  RandomStream stream(6, RandomDomain::Test);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Dag dag = test::random_dag(12, stream.uniform(0.1, 0.6), stream);
    const auto to_new = stream.permutation(12);
    const Dag renamed(test::relabelled(dag.graph(), to_new));
    CHECK(dag_to_cpdag(renamed).graph() == test::relabelled(dag_to_cpdag(dag).graph(), to_new));
  }
}

TEST_CASE("a graph that is no CPDAG is refused with its witness") {
  const std::vector<std::string> names{"A", "B", "C", "D"};
  const auto reason = [&names](std::vector<Edge> edges) { return why_not_cpdag(MixedGraph(names, std::move(edges))); };
  CHECK(*reason({bidirected(0, 1)}) == "the edge A <-> B is neither directed nor undirected");
  CHECK(*reason({directed(0, 1), directed(1, 2), directed(2, 0)}) == "directed cycle A -> B -> C -> A");
  CHECK(*reason({undirected(0, 1), undirected(1, 2), undirected(2, 3), undirected(0, 3)}) ==
        "no DAG extends it: among A, B, C, D no node can come last without a new unshielded collider or a reversed "
        "edge");
  CHECK(*reason({directed(0, 1)}) == "the edge A -> B would be A -- B in the CPDAG of the DAGs that extend it");
  CHECK_THROWS_WITH_AS(Cpdag(Pdag(MixedGraph(names, {directed(0, 1)}))),
                       "not a CPDAG: the edge A -> B would be A -- B in the CPDAG of the DAGs that extend it",
                       GraphError);
}
