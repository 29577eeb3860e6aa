// labels: oracle golden unit
#include "causal/graph/separation.hpp"

#include "causal/run/error.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Admg random_admg(int n, double density, double bidirected_density, RandomStream& stream) {
  std::vector<Edge> edges = test::random_dag(n, density, stream).graph().edges();
  for (const auto& [a, b] : test::all_pairs(n)) {
    if (stream.uniform() < bidirected_density) edges.push_back(bidirected(a, b));
  }
  return Admg(MixedGraph(n, std::move(edges)));
}

// Lauritzen's criterion: z separates x from y in the moral graph of the ancestors of all three.
bool separated_by_moralisation(const MixedGraph& mixed, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  const MixedGraph graph = test::with_latents(mixed);
  const auto n = slot(graph.n());
  std::vector<bool> kept(n, false);
  std::vector<NodeId> stack;
  for (const NodeSet* set : {&x, &y, &z}) stack.insert(stack.end(), set->begin(), set->end());
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (kept[slot(v)]) continue;
    kept[slot(v)] = true;
    for (const NodeId p : graph.parents(v)) stack.push_back(p);
  }
  std::vector<std::vector<bool>> joined(n, std::vector<bool>(n, false));
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (!kept[slot(v)]) continue;
    for (const NodeId p : graph.parents(v)) {
      joined[slot(p)][slot(v)] = joined[slot(v)][slot(p)] = true;
      for (const NodeId q : graph.parents(v)) joined[slot(p)][slot(q)] = true;
    }
  }
  std::vector<bool> blocked(n, false), seen(n, false);
  for (const NodeId v : z) blocked[slot(v)] = true;
  stack = x;
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (seen[slot(v)]) continue;
    seen[slot(v)] = true;
    for (NodeId w = 0; w < graph.n(); ++w) {
      if (joined[slot(v)][slot(w)] && kept[slot(w)] && !blocked[slot(w)]) stack.push_back(w);
    }
  }
  return std::none_of(y.begin(), y.end(), [&seen](NodeId v) { return seen[slot(v)]; });
}

bool contains(const NodeSet& set, NodeId v) { return std::find(set.begin(), set.end(), v) != set.end(); }

// Each step is an edge of the graph; colliders are in z, other inner nodes are not.
bool is_open_walk(const MixedGraph& graph, const Walk& walk, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  if (walk.nodes.size() != walk.steps.size() + 1) return false;
  if (!contains(x, walk.nodes.front()) || !contains(y, walk.nodes.back())) return false;
  for (std::size_t i = 0; i < walk.steps.size(); ++i) {
    const auto next = graph.group_neighbours(walk.nodes[i], static_cast<std::size_t>(walk.steps[i]));
    if (std::find(next.begin(), next.end(), walk.nodes[i + 1]) == next.end()) return false;
    if (i == 0) continue;
    const bool collider = walk.steps[i - 1] != Step::Back && walk.steps[i] != Step::Forward;
    if (collider != contains(z, walk.nodes[i])) return false;
  }
  return true;
}

// Splits the nodes at random into x, y, z and the rest; x and y not empty.
struct Query {
  NodeSet x, y, z, rest;
};
Query random_query(int n, RandomStream& stream) {
  const auto order = stream.permutation(n);
  Query query;
  for (std::size_t i = 0; i < slot(n); ++i) {
    NodeSet& set =
        i == 0   ? query.x
        : i == 1 ? query.y
                 : *std::array{
                       &query.x, &query.y, &query.z, &query.z, &query.rest, &query.rest, &query.rest}[stream.below(7)];
    set.push_back(order[i]);
  }
  for (NodeSet* set : {&query.x, &query.y, &query.z, &query.rest}) std::sort(set->begin(), set->end());
  return query;
}

}  // namespace

TEST_CASE("separation agrees with moralisation on 10000 random DAGs and ADMGs, and every refusal has an open walk") {
  RandomStream stream(21, RandomDomain::Test);
  int separated_count = 0, connected_count = 0;
  for (int repeat = 0; repeat < 10'000; ++repeat) {
    const int n = 2 + static_cast<int>(stream.below(9));
    const double latent_density = repeat % 2 == 0 ? 0 : stream.uniform(0, 0.4);
    const Admg admg = random_admg(n, stream.uniform(0, 0.7), latent_density, stream);
    const Query query = random_query(n, stream);
    const bool expected = separated_by_moralisation(admg.graph(), query.x, query.y, query.z);
    ++(expected ? separated_count : connected_count);

    const SeparationResult result = separated(admg, query.x, query.y, query.z);
    REQUIRE(result.separated == expected);
    CHECK(result.witness.empty() == expected);
    if (!expected) CHECK(is_open_walk(admg.graph(), result.witness, query.x, query.y, query.z));
    if (latent_density == 0) CHECK(separated(Dag(admg.graph()), query.x, query.y, query.z).separated == expected);

    const NodeSet connected = connected_set(admg, query.x, query.z);
    for (NodeId v = 0; v < n; ++v) {
      if (contains(query.x, v) || contains(query.z, v)) {
        CHECK(contains(connected, v) == contains(query.x, v));
      } else {
        CHECK(contains(connected, v) != separated_by_moralisation(admg.graph(), query.x, {v}, query.z));
      }
    }
  }
  CHECK(separated_count > 0);
  CHECK(connected_count > 0);
}

TEST_CASE("separators of 10000 graphs exist exactly when enumeration finds one, and minimal ones are minimal") {
  RandomStream stream(22, RandomDomain::Test);
  int found_count = 0, none_count = 0;
  for (int repeat = 0; repeat < 10'000; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(6));
    const Admg admg = random_admg(n, stream.uniform(0.1, 0.7), repeat % 2 == 0 ? 0 : 0.2, stream);
    const Query query = random_query(n, stream);
    SeparatorBounds bounds;
    NodeSet allowed = query.z;
    for (const NodeId v : query.rest) {
      if (stream.uniform() < 0.7) allowed.push_back(v);
    }
    std::sort(allowed.begin(), allowed.end());
    for (const NodeId v : allowed) {
      if (stream.uniform() < 0.2) bounds.include.push_back(v);
    }
    bounds.allowed = allowed;

    std::vector<NodeSet> valid;
    for (std::size_t code = 0; code < (std::size_t{1} << allowed.size()); ++code) {
      NodeSet z;
      for (std::size_t i = 0; i < allowed.size(); ++i) {
        if ((code >> i & 1U) != 0) z.push_back(allowed[i]);
      }
      const bool holds_include = std::includes(z.begin(), z.end(), bounds.include.begin(), bounds.include.end());
      if (holds_include && separated_by_moralisation(admg.graph(), query.x, query.y, z)) valid.push_back(z);
    }
    const auto is_valid = [&valid](const NodeSet& z) {
      return std::find(valid.begin(), valid.end(), z) != valid.end();
    };

    for (const SeparatorResult& result :
         {find_separator(admg, query.x, query.y, bounds), nearest_separator(admg, query.x, query.y, bounds),
          minimal_separator(admg, query.x, query.y, bounds)}) {
      REQUIRE(result.set.has_value() == !valid.empty());
      CHECK(result.reason.empty() == result.set.has_value());
      CHECK(result.witness.empty() == result.set.has_value());
      if (result.set) CHECK(is_valid(*result.set));
    }
    ++(valid.empty() ? none_count : found_count);
    if (valid.empty()) continue;
    const NodeSet minimal = *minimal_separator(admg, query.x, query.y, bounds).set;
    const bool has_smaller = std::any_of(valid.begin(), valid.end(), [&minimal](const NodeSet& z) {
      return z.size() < minimal.size() && std::includes(minimal.begin(), minimal.end(), z.begin(), z.end());
    });
    CHECK(!has_smaller);
  }
  CHECK(found_count > 0);
  CHECK(none_count > 0);
}

TEST_CASE("ancestors and descendants agree with the transitive closure") {
  RandomStream stream(23, RandomDomain::Test);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const int n = 2 + static_cast<int>(stream.below(9));
    std::vector<Edge> edges = test::random_dag(n, 0.4, stream).graph().edges();
    for (Edge& edge : edges) {
      if (stream.uniform() < 0.4) edge = undirected(edge.from, edge.to);
    }
    const MixedGraph graph(n, edges);
    const NodeSet avoid{static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(n)))};
    for (const bool lines : {false, true}) {
      // steps[a][b]: one may go from a down to b.
      std::vector<std::vector<bool>> path(slot(n), std::vector<bool>(slot(n), false));
      for (const Edge& edge : graph.edges()) {
        if (edge.is_directed() || lines) path[slot(edge.from)][slot(edge.to)] = true;
        if (edge.is_undirected() && lines) path[slot(edge.to)][slot(edge.from)] = true;
      }
      auto avoiding = path;
      for (const NodeId via : avoid) {
        for (std::size_t a = 0; a < slot(n); ++a) avoiding[a][slot(via)] = avoiding[slot(via)][a] = false;
      }
      for (auto* matrix : {&path, &avoiding}) {
        for (std::size_t k = 0; k < slot(n); ++k) {
          for (std::size_t a = 0; a < slot(n); ++a) {
            for (std::size_t b = 0; b < slot(n); ++b) {
              if ((*matrix)[a][k] && (*matrix)[k][b]) (*matrix)[a][b] = true;
            }
          }
        }
      }
      for (NodeId v = 0; v < n; ++v) {
        const NodeSet up = lines ? possible_ancestors(graph, NodeSet{v}) : ancestors(graph, NodeSet{v});
        const NodeSet down = lines ? possible_descendants(graph, NodeSet{v}) : descendants(graph, NodeSet{v});
        for (NodeId w = 0; w < n; ++w) {
          CHECK(contains(up, w) == (w == v || path[slot(w)][slot(v)]));
          CHECK(contains(down, w) == (w == v || path[slot(v)][slot(w)]));
        }
        if (!lines || v == avoid.front()) continue;
        const NodeSet around = possible_descendants(graph, NodeSet{v}, avoid);
        for (NodeId w = 0; w < n; ++w) CHECK(contains(around, w) == (w == v || avoiding[slot(v)][slot(w)]));
      }
    }
  }
}

// Golden: the seven-node example of CausalInference.jl's documentation of adjustment sets (nodes 1..7); the separator
// by hand from the paths 1 -> 2 -> 3 -> 4 and 1 <- 5 <- 6 -> 4.
TEST_CASE("golden: the minimal separator of the seven-node example") {
  const Dag dag(
      MixedGraph({"1", "2", "3", "4", "5", "6", "7"}, {directed(0, 1), directed(1, 2), directed(2, 3), directed(4, 0),
                                                       directed(5, 4), directed(5, 3), directed(0, 6)}));
  CHECK(*minimal_separator(dag, {0}, {3}).set == NodeSet{1, 4});
  CHECK(*minimal_separator(dag, {0}, {3}, {.include = {6}}).set == NodeSet{1, 4, 6});
  CHECK(*find_separator(dag, {0}, {3}).set == NodeSet{1, 2, 4, 5});
}

// Golden: pywhy-graphs issues 47 and 44 report wrong m-separations in these two ADMGs; the answers are by hand.
TEST_CASE("golden: m-separation with bidirected edges") {
  const Admg graph(MixedGraph({"A", "B", "C", "D"}, {directed(0, 1), directed(1, 3), bidirected(1, 2)}));
  CHECK(separated(graph, {0}, {2}, {}).separated);
  CHECK(!separated(graph, {0}, {2}, {1}).separated);
  CHECK(!separated(graph, {0}, {2}, {3}).separated);
  CHECK(walk_text(separated(graph, {0}, {2}, {3}).witness, graph.graph().names()) == "A -> B -> D <- B <-> C");
  const Admg chain(MixedGraph(3, {bidirected(0, 1), bidirected(1, 2)}));
  CHECK(separated(chain, {0}, {2}, {}).separated);
  CHECK(!separated(chain, {0}, {2}, {1}).separated);
}

TEST_CASE("no separator is a value with a witness, the empty separator is a set") {
  const Admg bow(MixedGraph({"X", "Y", "Z", "W"}, {directed(0, 1), bidirected(0, 1), bidirected(1, 2)}));
  const SeparatorResult none = minimal_separator(bow, {0}, {1});
  CHECK(!none.set);
  CHECK(none.reason == "no set separates adjacent nodes: X -> Y");
  CHECK(minimal_separator(bow, {0}, {3}).set == NodeSet{});

  const Dag fork(MixedGraph({"X", "Y", "Z"}, {directed(2, 0), directed(2, 1)}));
  CHECK(find_separator(fork, {0}, {1}).set == NodeSet{2});
  const SeparatorResult latent = find_separator(fork, {0}, {1}, {.allowed = NodeSet{}});
  CHECK(!latent.set);
  CHECK(latent.reason ==
        "no set within the bounds separates them: the walk X <- Z -> Y stays open given {}, the allowed ancestors");
}

TEST_CASE("wrong sets are refused by name") {
  const Dag dag(MixedGraph({"A", "B", "C"}, {directed(0, 1), directed(1, 2)}));
  CHECK_THROWS_WITH_AS(static_cast<void>(separated(dag, {0}, {2}, {0})), "separated: z = 'A' must not overlap with x",
                       InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(separated(dag, {0}, {0}, {})), InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(separated(dag, {}, {2}, {})), "separated: x = {} must not be empty",
                       InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(separated(dag, {0}, {3}, {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(separated(dag, {0}, {2}, {-1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(connected_set(dag, {0}, {0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(minimal_separator(dag, {0}, {2}, {.include = {0}})), InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(minimal_separator(dag, {0}, {2}, {.include = {1}, .allowed = NodeSet{}})),
                       "minimal_separator: include = 'B' must lie within allowed", InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(ancestors(dag.graph(), NodeSet{5})), InvalidArgument);
  CHECK(separated(dag, {0, 0}, {2, 2}, {1, 1}).separated);
}
