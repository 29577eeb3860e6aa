// labels: oracle golden unit
#include "causal/identify/frontdoor.hpp"

#include "causal/run/error.hpp"
#include "support/adjustment_truth.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::bit;
using test::Bits;
using test::bits_of;

namespace {

MixedGraph without_edges_out_of(const MixedGraph& graph, Bits nodes) {
  std::vector<Edge> edges = graph.edges();
  std::erase_if(edges, [nodes](const Edge& edge) { return (bit(edge.from) & nodes) != 0; });
  return {graph.names(), std::move(edges)};
}

bool directed_path_avoids(const MixedGraph& dag, Bits x, Bits y, Bits z) {
  Bits reached = x;
  for (int round = 0; round < dag.n(); ++round) {
    for (const Edge& edge : dag.edges()) {
      if ((reached & bit(edge.from)) != 0) reached |= bit(edge.to) & ~z;
    }
  }
  return (reached & y) != 0;
}

// The three conditions of the criterion in a DAG, each by itself.
bool is_frontdoor(const MixedGraph& dag, Bits x, Bits y, Bits z) {
  if (directed_path_avoids(dag, x, y, z)) return false;
  if (z == 0) return true;
  const auto are_separated = [&dag](Bits without, Bits a, Bits b, Bits given) {
    const Dag cut(without_edges_out_of(dag, without));
    return separated(cut, test::set_of(a), test::set_of(b), test::set_of(given)).separated;
  };
  return are_separated(x, x, z, 0) && are_separated(z, z, y, x);
}

Admg random_admg(int n, double density, double bidirected_density, RandomStream& stream) {
  std::vector<Edge> edges = test::random_dag(n, density, stream).graph().edges();
  for (const auto& [a, b] : test::all_pairs(n)) {
    if (stream.uniform() < bidirected_density) edges.push_back(bidirected(a, b));
  }
  return Admg(MixedGraph(n, std::move(edges)));
}

bool is_walk(const MixedGraph& graph, const Walk& walk) {
  if (walk.nodes.size() != walk.steps.size() + 1 || walk.nodes.size() < 2) return false;
  for (std::size_t i = 0; i < walk.steps.size(); ++i) {
    const auto next = graph.group_neighbours(walk.nodes[i], static_cast<std::size_t>(walk.steps[i]));
    if (std::find(next.begin(), next.end(), walk.nodes[i + 1]) == next.end()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("front-door sets agree with the three conditions on 10000 random DAGs and ADMGs") {
  RandomStream stream(41, RandomDomain::Test);
  int with_set = 0, without = 0, with_nonempty = 0;
  for (int repeat = 0; repeat < 10'000; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(4));
    const Admg admg = random_admg(n, stream.uniform(0.2, 0.8), repeat % 2 == 0 ? 0 : 0.15, stream);
    const MixedGraph dag = test::with_latents(admg.graph());
    const test::EffectQuery query = test::random_effect_query(n, stream);
    Bits allowed = 0, include = 0;
    for (const NodeId v : test::set_of(query.rest)) {
      if (stream.uniform() < 0.85) allowed |= bit(v);
      if ((allowed & bit(v)) != 0 && stream.uniform() < 0.1) include |= bit(v);
    }
    std::vector<Bits> valid;
    for (const Bits z : test::subsets(allowed)) {
      const bool expected = is_frontdoor(dag, bits_of(query.x), bits_of(query.y), z);
      const FrontdoorReport report = check_frontdoor(admg, query.x, query.y, test::set_of(z));
      REQUIRE(report.valid == expected);
      CHECK(report.reason.empty() == expected);
      if (!expected) CHECK(is_walk(admg.graph(), report.witness));
      if (expected && (include & ~z) == 0) valid.push_back(z);
    }
    CAPTURE(repeat);
    const SeparatorBounds bounds{test::set_of(include), test::set_of(allowed)};
    const FrontdoorResult maximal = maximal_frontdoor(admg, query.x, query.y, bounds);
    const FrontdoorResult minimal = minimal_frontdoor(admg, query.x, query.y, bounds);
    REQUIRE(maximal.set.has_value() == !valid.empty());
    REQUIRE(minimal.set.has_value() == !valid.empty());
    std::vector<Bits> listed;
    for (const NodeSet& set : all_frontdoors(admg, query.x, query.y, {.bounds = bounds}).sets) {
      listed.push_back(bits_of(set));
    }
    std::sort(listed.begin(), listed.end());
    CHECK(listed == valid);
    ++(valid.empty() ? without : with_set);
    if (valid.empty()) {
      CHECK(!maximal.reason.empty());
      CHECK(is_walk(admg.graph(), maximal.witness));
      continue;
    }
    const Bits largest = bits_of(*maximal.set), smallest = bits_of(*minimal.set);
    with_nonempty += smallest != 0 ? 1 : 0;
    REQUIRE(std::find(valid.begin(), valid.end(), largest) != valid.end());
    REQUIRE(std::find(valid.begin(), valid.end(), smallest) != valid.end());
    for (const Bits z : valid) {
      CHECK((z & ~largest) == 0);
      CHECK((z == smallest || (z & ~smallest) != 0));
    }
  }
  CHECK((with_set > 1000 && without > 1000 && with_nonempty > 500));
}

// Larger graphs, where removing one mediator frees a walk to another. The check was held against the definition above.
TEST_CASE("the largest front-door set holds every other, on 3000 DAGs of 8 or 9 nodes") {
  RandomStream stream(42, RandomDomain::Test);
  int with_set = 0, smaller = 0;
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const int n = 8 + repeat % 2;
    const Dag dag = test::random_dag(n, stream.uniform(0.2, 0.5), stream);
    const test::EffectQuery query = test::random_effect_query(n, stream);
    const double measured = stream.uniform(0.3, 0.9);
    Bits allowed = 0;
    for (const NodeId v : test::set_of(query.rest)) {
      if (stream.uniform() < measured) allowed |= bit(v);
    }
    std::vector<Bits> valid;
    Bits all = 0;
    for (const Bits z : test::subsets(allowed)) {
      if (!check_frontdoor(dag, query.x, query.y, test::set_of(z)).valid) continue;
      valid.push_back(z);
      all |= z;
    }
    const SeparatorBounds bounds{.allowed = test::set_of(allowed)};
    const FrontdoorResult maximal = maximal_frontdoor(dag, query.x, query.y, bounds);
    REQUIRE(maximal.set.has_value() == !valid.empty());
    if (!maximal.set) continue;
    CHECK(bits_of(*maximal.set) == all);
    CHECK(std::find(valid.begin(), valid.end(), all) != valid.end());
    const Bits minimal = bits_of(*minimal_frontdoor(dag, query.x, query.y, bounds).set);
    CHECK(std::find(valid.begin(), valid.end(), minimal) != valid.end());
    for (const Bits z : valid) CHECK((z == minimal || (z & ~minimal) != 0));
    ++with_set;
    smaller += all != allowed ? 1 : 0;
  }
  CHECK((with_set > 300 && smaller > 100));
}

TEST_CASE("front-door sets of graphs of 20 to 60 nodes are valid, and none of their nodes can be spared") {
  RandomStream stream(43, RandomDomain::Test);
  int nonempty = 0;
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const int n = 20 + static_cast<int>(stream.below(41));
    const Dag dag = test::random_dag(n, stream.uniform(1, 8) / n, stream);
    const auto observed = stream.choice(n, n / 2);
    const SeparatorBounds bounds{.allowed = NodeSet(observed.begin(), observed.end())};
    const NodeSet x{static_cast<NodeId>(stream.below(slot(n)))};
    const NodeSet below = descendants(dag.graph(), x);
    const NodeSet y{below[stream.below(below.size())]};
    if (x == y) continue;
    const FrontdoorResult maximal = maximal_frontdoor(dag, x, y, bounds);
    if (!maximal.set) continue;
    CHECK(check_frontdoor(dag, x, y, *maximal.set).valid);
    const NodeSet minimal = *minimal_frontdoor(dag, x, y, bounds).set;
    CHECK(check_frontdoor(dag, x, y, minimal).valid);
    for (const NodeId v : minimal) {
      NodeSet rest = minimal;
      std::erase(rest, v);
      CHECK(!maximal_frontdoor(dag, x, y, {.allowed = rest}).set);
    }
    nonempty += minimal.empty() ? 0 : 1;
  }
  CHECK(nonempty > 30);
}

// W drops out because of C; only then does U connect Z with Y.
TEST_CASE("a candidate that drops out frees a walk to another candidate") {
  const Dag dag(MixedGraph({"X", "Y", "Z", "W", "U", "C"},
                           {directed(5, 3), directed(5, 1), directed(4, 3), directed(4, 2), directed(3, 1)}));
  CHECK(!check_frontdoor(dag, {0}, {1}, {2}).valid);
  CHECK(*maximal_frontdoor(dag, {0}, {1}, {.allowed = NodeSet{2, 3}}).set == NodeSet{});
}

// Golden: the documentation of CausalInference.jl lists the front-door sets of these two graphs.
TEST_CASE("golden: the front-door sets of the seven- and the eight-node example") {
  const Dag seven(
      MixedGraph({"1", "2", "3", "4", "5", "6", "7"}, {directed(0, 1), directed(1, 2), directed(2, 3), directed(4, 0),
                                                       directed(5, 4), directed(5, 3), directed(0, 6)}));
  auto sets = all_frontdoors(seven, {0}, {3}).sets;
  std::sort(sets.begin(), sets.end());
  CHECK(sets == std::vector<NodeSet>{{1}, {1, 2}, {1, 2, 6}, {1, 6}, {2}, {2, 6}});
  CHECK(*maximal_frontdoor(seven, {0}, {3}).set == NodeSet{1, 2, 6});
  CHECK(*minimal_frontdoor(seven, {0}, {3}).set == NodeSet{2});

  const Dag eight(MixedGraph({"1", "2", "3", "4", "5", "6", "7", "8"},
                             {directed(0, 2), directed(2, 5), directed(5, 6), directed(6, 7), directed(1, 4),
                              directed(4, 7), directed(0, 3), directed(1, 3), directed(3, 5), directed(3, 7)}));
  CHECK(all_frontdoors(eight, {5}, {7}, {.bounds = {.allowed = NodeSet{2, 3, 4, 5, 6, 7}}}).sets ==
        std::vector<NodeSet>{{6}});
}

// Golden: Wienoebst et al., AAAI 2024, the example of figure 2.
TEST_CASE("golden: a maximal front-door set among four measured nodes") {
  const Dag dag(MixedGraph(
      {"X", "A", "B", "C", "D", "Y", "U1", "U2", "U3", "U4"},
      {directed(0, 1), directed(1, 2), directed(2, 3), directed(3, 5), directed(4, 1), directed(4, 9), directed(6, 0),
       directed(6, 5), directed(7, 0), directed(7, 3), directed(8, 2), directed(8, 5), directed(9, 5)}));
  CHECK(*maximal_frontdoor(dag, {0}, {5}, {.allowed = NodeSet{1, 2, 3, 4}}).set == NodeSet{1, 4});
}

// dowhy issue 971: looking at single mediators only gives a wrong answer where two are needed.
TEST_CASE("two parallel mediators are needed together") {
  const Admg graph(MixedGraph({"X", "Y", "M1", "M2"},
                              {directed(0, 2), directed(0, 3), directed(2, 1), directed(3, 1), bidirected(0, 1)}));
  CHECK(all_frontdoors(graph, {0}, {1}).sets == std::vector<NodeSet>{{2, 3}});
  CHECK(check_frontdoor(graph, {0}, {1}, {2}).reason == "the set does not intercept X -> M2 -> Y");
}

TEST_CASE("no front-door set is a value that says why") {
  const Admg confounded(MixedGraph({"X", "M", "Y"}, {directed(0, 1), directed(1, 2), bidirected(0, 1)}));
  const FrontdoorResult none = maximal_frontdoor(confounded, {0}, {2});
  CHECK(!none.set);
  CHECK(none.reason == "no allowed node that could belong to a front-door set lies on X -> M -> Y");
  CHECK(check_frontdoor(confounded, {0}, {2}, {1}).reason == "x and the set are confounded by X <-> M");
  CHECK(minimal_frontdoor(confounded, {0}, {2}, {.include = {1}}).reason ==
        "no front-door set holds M: x and it are confounded by X <-> M");

  const Admg leak(MixedGraph({"X", "M", "Y"}, {directed(0, 1), directed(1, 2), bidirected(1, 2)}));
  CHECK(check_frontdoor(leak, {0}, {2}, {1}).reason == "x does not block M <-> Y");
  CHECK(minimal_frontdoor(leak, {0}, {2}, {.include = {1}}).reason ==
        "no front-door set within the bounds holds M: x does not block M <-> Y");
  CHECK(*minimal_frontdoor(leak, {2}, {0}).set == NodeSet{});  // no directed path: no effect
}

TEST_CASE("the listing of front-door sets stops at its limit; wrong sets are refused") {
  std::vector<Edge> edges{directed(0, 2), directed(2, 1)};
  for (NodeId v = 3; v < 12; ++v) edges.push_back(directed(0, v));
  const Dag dag(MixedGraph(12, edges));
  CHECK(all_frontdoors(dag, {0}, {1}).sets.size() == 512);
  const FrontdoorSets few = all_frontdoors(dag, {0}, {1}, {.max_results = 3});
  CHECK((few.sets.size() == 3 && few.status == Status::BudgetExceeded));
  CHECK_THROWS_WITH_AS(static_cast<void>(check_frontdoor(dag, {0}, {1}, {1})),
                       "check_frontdoor: z = 'X2' must not overlap with y", InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(maximal_frontdoor(dag, {}, {1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(minimal_frontdoor(dag, {0}, {1}, {.include = {2}, .allowed = NodeSet{}})),
                  InvalidArgument);
}
