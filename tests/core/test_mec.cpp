// labels: oracle golden stat determinism unit
#include "causal/graph/mec.hpp"

#include <cmath>
#include <map>
#include <set>

#include "causal/graph/chordal.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"
#include "support/brute_graphs.hpp"
#include "support/chordal_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Cpdag as_cpdag(MixedGraph graph) { return Cpdag(Pdag(std::move(graph))); }

MixedGraph lines(int n, const std::vector<std::pair<NodeId, NodeId>>& pairs) {
  std::vector<Edge> edges;
  for (const auto& [a, b] : pairs) edges.push_back(undirected(a, b));
  return {n, std::move(edges)};
}

std::uint64_t size_of(const Cpdag& cpdag) { return std::stoull(mec_size(cpdag).digits); }

// DAGs of the class by orienting every undirected edge both ways.
std::set<std::string> members_by_force(const Cpdag& cpdag) {
  std::set<std::string> members;
  for (const MixedGraph& dag : test::consistent_extensions(cpdag.graph())) {
    std::string text;
    for (const Edge& edge : dag.edges()) text += edge_text(edge, dag.names()) + ";";
    members.insert(text);
  }
  return members;
}

std::string text_of(const Dag& dag) {
  std::string text;
  for (const Edge& edge : dag.graph().edges()) text += edge_text(edge, dag.graph().names()) + ";";
  return text;
}

std::multiset<std::string> members_by_enumeration(const Cpdag& cpdag) {
  std::multiset<std::string> members;
  const MecEnumeration enumeration = for_each_member(cpdag, [&members](const Dag& dag) {
    members.insert(text_of(dag));
    return true;
  });
  CHECK(enumeration.status == Status::Ok);
  CHECK(enumeration.visited == members.size());
  return members;
}

void check_against_force(const Cpdag& cpdag) {
  const std::set<std::string> members = members_by_force(cpdag);
  REQUIRE(mec_size(cpdag).digits == std::to_string(members.size()));
  const auto enumerated = members_by_enumeration(cpdag);
  REQUIRE(std::equal(enumerated.begin(), enumerated.end(), members.begin(), members.end()));
}

// A chordal graph by adding nodes, each joined to a random part of a random clique.
MixedGraph random_chordal(int n, double share, RandomStream& stream) {
  std::vector<Edge> edges;
  std::vector<NodeSet> cliques{{0}};
  for (NodeId v = 1; v < n; ++v) {
    NodeSet joined;
    for (const NodeId w : cliques[stream.below(cliques.size())]) {
      if (stream.uniform() < share) joined.push_back(w);
    }
    for (const NodeId w : joined) edges.push_back(undirected(w, v));
    joined.push_back(v);
    cliques.push_back(std::move(joined));
  }
  return test::relabelled(MixedGraph(n, std::move(edges)), stream.permutation(n));
}

}  // namespace

// DAGs and classes up to 5 nodes: Robinson 1973; Gillispie and Perlman 2002 (8782 classes at n = 5).
TEST_CASE("all classes up to five nodes have the size that counting their DAGs gives") {
  const std::vector<std::size_t> dag_counts{1, 3, 25, 543, 29281}, class_counts{1, 2, 11, 185, 8782};
  const std::map<int, std::size_t> singletons{{3, 4}, {4, 59}};
  for (int n = 1; n <= 5; ++n) {
    std::map<decltype(test::class_key(MixedGraph())), std::pair<std::uint64_t, MixedGraph>> classes;
    const auto dags = test::all_acyclic_graphs(n, false);
    REQUIRE(dags.size() == dag_counts[slot(n) - 1]);
    for (const MixedGraph& dag : dags) {
      auto& [count, member] = classes[test::class_key(dag)];
      ++count;
      member = dag;
    }
    REQUIRE(classes.size() == class_counts[slot(n) - 1]);
    std::size_t of_one = 0;
    for (const auto& [key, entry] : classes) {
      const auto& [count, member] = entry;
      const Cpdag cpdag = dag_to_cpdag(Dag(member));
      REQUIRE(size_of(cpdag) == count);
      if (n <= 4) check_against_force(cpdag);
      of_one += count == 1 ? 1U : 0U;
    }
    if (singletons.contains(n)) CHECK(of_one == singletons.at(n));
  }
}

TEST_CASE("random chordal graphs have as many orientations as trying them all finds") {
  for (std::uint32_t i = 0; i < 400; ++i) {
    RandomStream stream(21, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(stream.below(6));
    const MixedGraph graph = random_chordal(n, stream.uniform(0.4, 0.9), stream);
    if (graph.edges().size() > 13) continue;
    CAPTURE(i);
    check_against_force(as_cpdag(graph));
  }
}

TEST_CASE("larger chordal graphs have as many orientations as the enumeration finds") {
  int compared = 0;
  for (std::uint32_t i = 0; i < 150; ++i) {
    RandomStream stream(22, RandomDomain::Test, i);
    const Cpdag cpdag = as_cpdag(random_chordal(12, stream.uniform(0.3, 0.7), stream));
    const MecSize size = mec_size(cpdag);
    if (size.log10 > 4) continue;
    REQUIRE(std::to_string(members_by_enumeration(cpdag).size()) == size.digits);
    ++compared;
  }
  CHECK(compared > 60);
}

// The graph of 6 nodes: Wienobst, Bannach and Liskiewicz, AAAI 2021; trees, cycles and cliques by He, Jia and Yu 2015.
TEST_CASE("published sizes") {
  CHECK(mec_size(Cpdag()).digits == "1");
  CHECK(enumerate_mec(as_cpdag(MixedGraph(2, {}))).dags.size() == 1);
  const std::vector<std::pair<NodeId, NodeId>> six{{0, 1}, {0, 2}, {1, 2}, {1, 3}, {1, 4}, {1, 5},
                                                   {2, 3}, {2, 4}, {2, 5}, {3, 4}, {4, 5}};
  CHECK(size_of(as_cpdag(lines(6, six))) == 54);
  auto with_edge = six;
  with_edge.emplace_back(6, 7);
  CHECK(size_of(as_cpdag(lines(8, with_edge))) == 108);
  CHECK(size_of(as_cpdag(MixedGraph(
            8, {directed(0, 2), directed(1, 2), directed(2, 3), directed(2, 4), directed(2, 5), undirected(3, 4),
                undirected(4, 5), directed(4, 6), directed(4, 7), undirected(6, 7)}))) == 6);
  CHECK(size_of(as_cpdag(MixedGraph(5, {}))) == 1);
  CHECK(size_of(as_cpdag(lines(7, {{0, 1}, {1, 2}, {1, 3}, {3, 4}, {4, 5}, {4, 6}}))) == 7);
  CHECK(size_of(as_cpdag(lines(5, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, 4}}))) == 10);
  CHECK(mec_size(as_cpdag(lines(30, test::all_pairs(30)))).digits == "265252859812191058636308480000000");
}

// phi(c, {x1 < x2 ...}) counts the orders of a clique of c nodes of which no x_i first ones are a separator. It is
// published for (4, {1}), (4, {2}) and (5, {2, 3}); each enters the size of a graph of nested cliques worked out by
// hand.
TEST_CASE("golden: orders of a clique without a forbidden beginning") {
  const auto phi_4_1 = 18, phi_4_2 = 20, phi_5_2_3 = 100;
  const auto cliques = [](int n, const std::vector<NodeSet>& sets) {
    std::set<std::pair<NodeId, NodeId>> pairs;
    for (const NodeSet& set : sets) {
      for (const NodeId a : set) {
        for (const NodeId b : set) {
          if (a < b) pairs.emplace(a, b);
        }
      }
    }
    return as_cpdag(lines(n, {pairs.begin(), pairs.end()}));
  };
  CHECK(size_of(cliques(7, {{0, 1, 2, 3}, {3, 4, 5, 6}})) == 24 * 6 + phi_4_1 * 6);
  CHECK(size_of(cliques(6, {{0, 1, 2, 3}, {2, 3, 4, 5}})) == 24 * 2 + phi_4_2 * 2);
  // Separators {0, 1} within {0, 1, 2}. With the first clique first, z = 2, p = 4 and the pair q, r are left: 8 ways.
  CHECK(size_of(cliques(7, {{0, 1, 3}, {0, 1, 2, 4}, {0, 1, 2, 5, 6}})) == 6 * 8 + phi_4_2 * 2 + phi_5_2_3);
}

// The chest clinic of Lauritzen and Spiegelhalter 1988.
TEST_CASE("the class of the chest clinic holds six DAGs") {
  const Dag asia(MixedGraph({"asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"},
                            {directed(0, 1), directed(2, 3), directed(2, 4), directed(1, 5), directed(3, 5),
                             directed(5, 6), directed(5, 7), directed(4, 7)}));
  const Cpdag cpdag = dag_to_cpdag(asia);
  std::vector<Edge> compelled;
  for (const Edge& edge : cpdag.graph().edges()) {
    if (edge.is_directed()) compelled.push_back(edge);
  }
  CHECK(compelled == std::vector<Edge>{directed(1, 5), directed(3, 5), directed(4, 7), directed(5, 6), directed(5, 7)});
  CHECK(size_of(cpdag) == 6);
  CHECK(MecSampler(cpdag).size().digits == "6");
}

TEST_CASE("the logarithm is that of the digits") {
  for (const int n : {3, 21, 40, 100}) {
    const MecSize size = mec_size(as_cpdag(lines(n, test::all_pairs(n))));
    double sum = 0;
    for (int k = 2; k <= n; ++k) sum += std::log10(k);
    CHECK(size.log10 == doctest::Approx(sum).epsilon(1e-13));
    CHECK(static_cast<double>(size.digits.size()) == std::floor(sum) + 1);
  }
}

// Uniform by Pearson's statistic, which is chi-square with k - 1 degrees of freedom; each class is judged at the level
// 1e-6 / classes, so that a right sampler fails once in a million seeds.
TEST_CASE("every DAG of a class is drawn equally often") {
  constexpr std::uint32_t kClasses = 60;
  constexpr int kPerMember = 60;
  std::uint32_t judged = 0;
  for (std::uint32_t i = 0; judged < kClasses; ++i) {
    RandomStream stream(23, RandomDomain::Test, i);
    const Cpdag cpdag = as_cpdag(random_chordal(6 + static_cast<int>(i % 3), stream.uniform(0.4, 0.9), stream));
    const MecSampler sampler(cpdag);
    if (sampler.size().log10 < 0.7 || sampler.size().log10 > 2.7) continue;
    ++judged;
    const std::uint64_t members = size_of(cpdag);
    std::map<std::string, int> drawn;
    const auto draws = static_cast<std::uint32_t>(members) * kPerMember;
    for (std::uint32_t k = 0; k < draws; ++k) ++drawn[text_of(sampler.sample(i, k))];
    CAPTURE(i);
    REQUIRE(drawn.size() == members);
    const std::multiset<std::string> right = members_by_enumeration(cpdag);
    double statistic = 0;
    for (const auto& [text, count] : drawn) {
      REQUIRE(right.contains(text));
      statistic += (count - kPerMember) * (count - kPerMember) / double{kPerMember};
    }
    CHECK(chi_square_upper_p(statistic, static_cast<double>(members) - 1) > 1e-6 / kClasses);
  }
}

TEST_CASE("a draw is a member of the class") {
  for (std::uint32_t i = 0; i < 30; ++i) {
    RandomStream stream(24, RandomDomain::Test, i);
    const Cpdag cpdag = dag_to_cpdag(test::random_dag(40, 0.08, stream));
    const MecSampler sampler(cpdag);
    CHECK(sampler.size().digits == mec_size(cpdag).digits);
    const Dag dag = sampler.sample(5, i);
    CHECK(dag_to_cpdag(dag) == cpdag);
    CHECK(dag == sampler.sample(5, i));
    CHECK(MecSampler(cpdag).sample(5, i) == dag);
  }
}

TEST_CASE("the families of large chordal graphs agree with the sampler's own count and its draws") {
  for (std::uint32_t i = 0; i < 12; ++i) {
    RandomStream stream(25, RandomDomain::Test, i);
    const MixedGraph graph = i % 4 == 0   ? test::subtree_intersection_graph(48, 6, stream)
                             : i % 4 == 1 ? test::random_elimination_graph(48, 2, stream)
                             : i % 4 == 2 ? test::thickened_tree(48, 1, stream)
                                          : test::interval_graph(48, stream);
    REQUIRE(perfect_elimination_order(graph).order.has_value());
    const Cpdag cpdag = as_cpdag(graph);
    const MecSampler sampler(cpdag);
    CHECK(sampler.size().digits == mec_size(cpdag).digits);
    CHECK(dag_to_cpdag(sampler.sample(1, i)) == cpdag);
  }
}

// Triangles that share a node: 2^k orientations with that node first, 2^k with any of the 2k others first.
TEST_CASE("a hub of many triangles has the size that counting by hand gives") {
  const auto hub = [](int triangles) {
    std::vector<std::pair<NodeId, NodeId>> pairs;
    for (NodeId v = 1; v < 2 * triangles; v += 2) {
      pairs.insert(pairs.end(), {{0, v}, {0, v + 1}, {v, v + 1}});
    }
    return as_cpdag(lines(2 * triangles + 1, pairs));
  };
  const std::uint64_t size = (std::uint64_t{1} << 40) * 81;
  CHECK(mec_size(hub(40)).digits == std::to_string(size));
  CHECK(MecSampler(hub(40)).size().digits == std::to_string(size));
  CHECK(mec_size(hub(2500)).log10 == doctest::Approx(2500 * std::log10(2.0) + std::log10(5001.0)).epsilon(1e-13));
}

TEST_CASE("an enumeration stops at its limits") {
  const Cpdag clique = as_cpdag(lines(6, test::all_pairs(6)));
  CHECK(enumerate_mec(clique, {.max_results = 720}).status == Status::Ok);
  const MecMembers some = enumerate_mec(clique, {.max_results = 719});
  CHECK(some.status == Status::BudgetExceeded);
  CHECK(some.dags.size() == 719);
  CHECK_THROWS_AS((void)enumerate_mec(clique, {.max_results = 0}), InvalidArgument);
  const MecEnumeration refused = for_each_member(clique, [](const Dag&) { return false; });
  CHECK(refused.visited == 1);
  CHECK(refused.status == Status::Cancelled);
  std::stop_source source;
  source.request_stop();
  const RunOptions stopped{.stop = source.get_token()};
  CHECK(for_each_member(
            clique, [](const Dag&) { return true; }, stopped)
            .status == Status::Cancelled);
  const MecSize none = mec_size(as_cpdag(lines(5, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, 4}})), stopped);
  CHECK(none.status == Status::Cancelled);
  CHECK(none.digits.empty());
}

TEST_CASE("a path of ten thousand nodes is enumerated without deep calls") {
  std::vector<Edge> edges;
  for (NodeId v = 0; v + 1 < 10'000; ++v) edges.push_back(undirected(v, v + 1));
  const Cpdag path = as_cpdag(MixedGraph(10'000, std::move(edges)));
  CHECK(mec_size(path).digits == "10000");
  CHECK(enumerate_mec(path, {.max_results = 3}).dags.size() == 3);
}

TEST_CASE("a graph is chordal, or a cycle without chord says why not") {
  int chordal = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    RandomStream stream(26, RandomDomain::Test, i);
    const int n = 4 + static_cast<int>(stream.below(7));
    std::vector<Edge> edges;
    const double density = stream.uniform(0.2, 0.9);
    for (const auto& [a, b] : test::all_pairs(n)) {
      if (stream.uniform() < density) edges.push_back(undirected(a, b));
    }
    const MixedGraph graph(n, std::move(edges));
    const EliminationOrder result = perfect_elimination_order(graph);
    CAPTURE(i);
    if (result.order) {
      ++chordal;
      REQUIRE(result.order->size() == slot(n));
      for (std::size_t k = 0; k < result.order->size(); ++k) {
        NodeSet later;
        for (std::size_t j = k + 1; j < result.order->size(); ++j) {
          if (graph.adjacent((*result.order)[k], (*result.order)[j])) later.push_back((*result.order)[j]);
        }
        for (const NodeId a : later) {
          for (const NodeId b : later) REQUIRE((a == b || graph.adjacent(a, b)));
        }
      }
    } else {
      const auto& cycle = result.cycle;
      REQUIRE(cycle.size() >= 4);
      REQUIRE(std::set<NodeId>(cycle.begin(), cycle.end()).size() == cycle.size());
      for (std::size_t a = 0; a < cycle.size(); ++a) {
        for (std::size_t b = a + 1; b < cycle.size(); ++b) {
          const bool consecutive = b == a + 1 || (a == 0 && b + 1 == cycle.size());
          REQUIRE(graph.adjacent(cycle[a], cycle[b]) == consecutive);
        }
      }
    }
  }
  CHECK(chordal > 500);
  CHECK(chordal < 2500);
}

TEST_CASE("the cycle is named") {
  const MixedGraph square({"a", "b", "c", "d"},
                          {undirected(0, 1), undirected(1, 2), undirected(2, 3), undirected(0, 3)});
  const EliminationOrder result = perfect_elimination_order(square);
  CHECK(!result.order);
  CHECK(result.reason.find("has no chord") != std::string::npos);
  CHECK_THROWS_AS((void)Cpdag(Pdag(square)), GraphError);
}
