// labels: oracle unit
#include "causal/graph/orientation.hpp"

#include "causal/graph/equivalence.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// The skeleton of a DAG with its unshielded colliders directed.
MixedGraph pattern(const Dag& dag) {
  const auto found = test::colliders(dag.graph());
  std::vector<Edge> edges;
  for (const Edge& edge : dag.graph().edges()) {
    const bool in_collider = std::any_of(found.begin(), found.end(), [&edge](const auto& collider) {
      const auto [a, b, c] = collider;
      return edge.to == b && (edge.from == a || edge.from == c);
    });
    edges.push_back(in_collider ? edge : undirected(edge.from, edge.to));
  }
  return {dag.graph().names(), std::move(edges)};
}

// Meek's rules by definition: does one of them demand a -> b?
bool is_demanded(const DenseMarks& g, NodeId a, NodeId b) {
  for (NodeId c = 0; c < g.n(); ++c) {
    if (c == a || c == b) continue;
    if (g.is_directed(c, a) && !g.adjacent(c, b)) return true;
    if (g.is_directed(a, c) && g.is_directed(c, b)) return true;
    for (NodeId d = 0; d < g.n(); ++d) {
      if (d == a || d == b || d == c || !g.is_directed(c, b)) continue;
      const bool rule3 = g.is_undirected(a, c) && g.is_undirected(a, d) && g.is_directed(d, b) && !g.adjacent(c, d);
      const bool rule4 = g.is_undirected(a, d) && g.is_directed(d, c) && g.adjacent(a, c) && !g.adjacent(b, d);
      if (rule3 || rule4) return true;
    }
  }
  return false;
}

MixedGraph naive_closure(const MixedGraph& graph) {
  DenseMarks marks(graph);
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeId a = 0; a < marks.n(); ++a) {
      for (NodeId b = 0; b < marks.n(); ++b) {
        if (a == b || !marks.adjacent(a, b) || !marks.is_undirected(a, b) || !is_demanded(marks, a, b)) continue;
        marks.orient(a, b);
        changed = true;
      }
    }
  }
  return marks.graph(graph.names());
}

// Required edges: a random part of the undirected edges of the pattern, as the DAG directs them.
Knowledge knowledge_of(const Dag& dag, const MixedGraph& graph, double share, RandomStream& stream) {
  Knowledge knowledge;
  for (const Edge& edge : graph.edges()) {
    if (edge.is_directed() || stream.uniform() >= share) continue;
    const bool forward = dag.graph().has_directed_edge(edge.from, edge.to);
    const auto [from, to] = forward ? std::pair(edge.from, edge.to) : std::pair(edge.to, edge.from);
    if (stream.uniform() < 0.5) {
      knowledge.required.push_back({graph.name(from), graph.name(to)});
    } else {
      knowledge.forbidden.push_back({graph.name(to), graph.name(from)});
    }
  }
  return knowledge;
}

std::vector<std::string> reasons(const MeekResult& result) {
  std::vector<std::string> texts;
  for (const OrientationConflict& conflict : result.conflicts) texts.push_back(conflict.reason);
  return texts;
}

}  // namespace

TEST_CASE("from the colliders of a random DAG the rules reach its CPDAG without conflict") {
  RandomStream stream(11, RandomDomain::Test);
  for (int repeat = 0; repeat < 600; ++repeat) {
    const int n = 2 + static_cast<int>(stream.below(25));
    const Dag dag = test::random_dag(n, stream.uniform(0.05, 0.8), stream);
    DenseMarks marks(pattern(dag));
    const MeekResult result = meek_closure(marks, {}, {}, {.use_rule4 = repeat % 2 == 0});
    CHECK(result.conflicts.empty());
    CHECK(marks.graph(dag.graph().names()) == dag_to_cpdag(dag).graph());
  }
}

TEST_CASE("with background knowledge the closure directs what all DAGs that respect it agree on") {
  RandomStream stream(12, RandomDomain::Test);
  int rule4_needed = 0;
  for (int repeat = 0; repeat < 500; ++repeat) {
    const Dag dag = test::random_dag(6, stream.uniform(0.3, 0.95), stream);
    const MixedGraph start = pattern(dag);
    const KnowledgeIndex knowledge(knowledge_of(dag, start, 0.4, stream), start.names());
    std::vector<MixedGraph> respecting;
    for (MixedGraph& extension : test::consistent_extensions(start)) {
      if (knowledge.violations(extension).empty()) respecting.push_back(std::move(extension));
    }
    const MixedGraph expected = test::common_marks(respecting);
    DenseMarks marks(start);
    CHECK(meek_closure(marks, knowledge).conflicts.empty());
    CHECK(marks.graph(start.names()) == expected);
    DenseMarks without(start);
    CHECK(meek_closure(without, knowledge, {}, {.use_rule4 = false}).conflicts.empty());
    if (without.graph(start.names()) != expected) ++rule4_needed;
  }
  CHECK(rule4_needed > 0);
}

TEST_CASE("the worklist reaches the fixpoint of the rules read literally") {
  RandomStream stream(13, RandomDomain::Test);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Dag dag = test::random_dag(18, stream.uniform(0.1, 0.9), stream);
    const MixedGraph start = pattern(dag);
    const KnowledgeIndex knowledge(knowledge_of(dag, start, 0.2, stream), start.names());
    DenseMarks marks(start), by_knowledge(start);
    CHECK(meek_closure(marks, knowledge).conflicts.empty());
    CHECK(apply_knowledge(by_knowledge, knowledge).conflicts.empty());
    CHECK(marks.graph(start.names()) == naive_closure(by_knowledge.graph(start.names())));
  }
}

TEST_CASE("whatever the input, nothing is reversed, no cycle or collider is made, and what is left out is reported") {
  RandomStream stream(14, RandomDomain::Test);
  int with_conflicts = 0;
  for (int repeat = 0; repeat < 1500; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(8));
    std::vector<Edge> edges;
    const double density = stream.uniform(0.2, 0.9);
    for (const auto& [a, b] : test::all_pairs(n)) {
      if (stream.uniform() > density) continue;
      const std::uint64_t kind = stream.below(8);
      edges.push_back(kind == 0   ? directed(a, b)
                      : kind == 1 ? directed(b, a)
                      : kind == 2 ? bidirected(a, b)
                                  : undirected(a, b));
    }
    const MixedGraph start(n, edges);
    DenseMarks marks(start);
    const MeekResult result = meek_closure(marks);
    const MixedGraph end = marks.graph(start.names());
    if (!result.conflicts.empty()) ++with_conflicts;

    REQUIRE(end.edges().size() == start.edges().size());
    for (const Edge& edge : start.edges()) {
      if (!edge.is_undirected()) CHECK(std::find(end.edges().begin(), end.edges().end(), edge) != end.edges().end());
    }
    CHECK((start.directed_cycle().has_value() || !end.directed_cycle().has_value()));
    CHECK(test::colliders(end) == test::colliders(start));
    for (const Edge& edge : end.edges()) {
      if (!edge.is_undirected()) continue;
      for (const auto& [from, to] : {std::pair(edge.from, edge.to), std::pair(edge.to, edge.from)}) {
        if (!is_demanded(marks, from, to)) continue;
        const auto reported = [from = from, to = to](const OrientationConflict& conflict) {
          return conflict.edge == directed(from, to);
        };
        CHECK(std::any_of(result.conflicts.begin(), result.conflicts.end(), reported));
      }
    }
    const auto to_new = stream.permutation(n);
    DenseMarks renamed(test::relabelled(start, to_new));
    const MeekResult again = meek_closure(renamed);
    CHECK(renamed.graph(test::relabelled(start, to_new).names()) == test::relabelled(end, to_new));
    CHECK(again.conflicts.size() == result.conflicts.size());
  }
  CHECK(with_conflicts > 0);
}

TEST_CASE("conflicts carry their witness") {
  const std::vector<std::string> names{"A", "B", "C", "D", "E"};
  SUBCASE("an edge demanded both ways") {
    DenseMarks marks(MixedGraph(names, {directed(0, 1), undirected(1, 2), directed(3, 2)}));
    CHECK(reasons(meek_closure(marks, {}, names)) ==
          std::vector<std::string>{"B -> C is demanded by R1 (A -> B), but R1 (D -> C) demands C -> B",
                                   "C -> B is demanded by R1 (D -> C), but R1 (A -> B) demands B -> C"});
    CHECK(marks.is_undirected(1, 2));
  }
  SUBCASE("a new collider") {
    DenseMarks marks(MixedGraph(names, {directed(0, 1), undirected(1, 2), directed(3, 4), undirected(4, 2)}));
    CHECK(reasons(meek_closure(marks, {}, names)).front() ==
          "B -> C is demanded by R1 (A -> B), but it would make an unshielded collider with E -> C that the graph did "
          "not have");
    CHECK(marks.is_undirected(1, 2));
  }
  SUBCASE("a directed cycle") {
    DenseMarks marks(MixedGraph(
        names, {directed(0, 1), undirected(1, 2), directed(2, 3), directed(3, 1), undirected(3, 0), undirected(2, 4)}));
    const MeekResult result = meek_closure(marks, {}, names);
    CHECK(reasons(result).front() == "B -> C is demanded by R1 (A -> B), but R2 (C -> D -> B) demands C -> B");
  }
  SUBCASE("a longer directed cycle") {
    // B -> C is demanded by A -> B; C -> D -> E -> B is there already.
    DenseMarks marks(MixedGraph(names, {directed(0, 1), undirected(1, 2), directed(2, 3), directed(3, 4),
                                        directed(4, 1), undirected(0, 4), undirected(0, 3)}));
    const auto texts = reasons(meek_closure(marks, {}, names));
    CHECK(std::find(texts.begin(), texts.end(),
                    "B -> C is demanded by R1 (A -> B), but it would close the directed cycle B -> C -> D -> E -> B") !=
          texts.end());
    CHECK(marks.is_undirected(1, 2));
  }
  SUBCASE("knowledge against a directed edge and against a rule") {
    const KnowledgeIndex knowledge({.forbidden = {{"A", "B"}, {"B", "C"}, {"C", "B"}}}, names);
    DenseMarks marks(MixedGraph(names, {directed(0, 1), undirected(1, 2)}));
    CHECK(reasons(meek_closure(marks, knowledge, names)) ==
          std::vector<std::string>{"B -> A is demanded by the knowledge, but the graph already has A -> B",
                                   "B -> C is demanded by the knowledge, but the knowledge demands C -> B",
                                   "C -> B is demanded by the knowledge, but the knowledge demands B -> C"});
    CHECK(marks.is_directed(0, 1));
  }
}
