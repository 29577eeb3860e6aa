// labels: oracle golden
// PC with a perfect test returns the equivalence class; small cases by hand.
#include <algorithm>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/ci/oracle.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

Moments moments_of_correlation(const Eigen::MatrixXd& R, std::int64_t n) {
  std::vector<std::string> names;
  for (Eigen::Index j = 0; j < R.cols(); ++j) names.push_back("X" + std::to_string(j + 1));
  return moments_from_covariance(R, n, names);
}

}  // namespace

TEST_CASE("with the separation oracle every variant of PC returns the CPDAG of 500 random DAGs") {
  RandomStream stream(1, RandomDomain::Test);
  for (int seed = 0; seed < 500; ++seed) {
    const int p = 2 + static_cast<int>(stream.below(11));
    const double degree = std::min(p - 1.0, 1.0 + 3.0 * stream.uniform());
    const Dag truth = random_dag_er(p, degree, static_cast<std::uint64_t>(seed));
    const OracleTest test{Admg(truth.graph())};
    const Cpdag expected = dag_to_cpdag(truth);
    for (const SkeletonRule skeleton : {SkeletonRule::Stable, SkeletonRule::Original}) {
      for (const ColliderRule rule : {ColliderRule::Sepset, ColliderRule::Conservative, ColliderRule::Majority}) {
        const LearnedGraph learned = pc(test, {.skeleton = skeleton, .collider_rule = rule, .run = {.threads = 1}});
        REQUIRE(learned.kind == GraphKind::Cpdag);
        REQUIRE(learned.graph() == expected.graph());
        CHECK(learned.ambiguous_triples.empty());
      }
    }
    for (const Sepset& sepset : pc(test).sepsets) {
      CHECK(test.test(sepset.x, sepset.y, sepset.given).p_value == 1);
    }
  }
}

TEST_CASE("knowledge is respected and oriented from, with the oracle") {
  RandomStream stream(2, RandomDomain::Test);
  for (int seed = 0; seed < 100; ++seed) {
    const Dag truth = random_dag_er(8, 3, static_cast<std::uint64_t>(seed));
    // Two tiers that agree with the truth: the first and second half of a topological order.
    Knowledge knowledge;
    knowledge.tiers.resize(2);
    for (std::size_t i = 0; i < 8; ++i) {
      knowledge.tiers[i / 4].variables.push_back(truth.graph().name(truth.topological_order()[i]));
    }
    const LearnedGraph learned = pc(OracleTest(Admg(truth.graph())), {}, knowledge);
    const KnowledgeIndex index(knowledge, truth.graph().names());
    CHECK(learned.kind == GraphKind::Mpdag);
    CHECK(index.violations(learned.graph()).empty());
    const MixedGraph graph = learned.graph();
    for (const Edge& edge : truth.graph().edges()) {
      REQUIRE(graph.adjacent(edge.from, edge.to));
      CHECK(!graph.has_directed_edge(edge.to, edge.from));
      if (index.is_forbidden(edge.to, edge.from)) CHECK(graph.has_directed_edge(edge.from, edge.to));
    }
    CHECK(graph.edges().size() == truth.graph().edges().size());
  }
}

namespace {

// Random true statements about a DAG: tiers, forbidden and required edges.
Knowledge true_knowledge(const Dag& truth, RandomStream& stream) {
  const int p = truth.n();
  const MixedGraph& graph = truth.graph();
  Knowledge knowledge;
  if (stream.below(2) == 0) {
    knowledge.tiers.resize(1 + stream.below(3));
    for (int i = 0; i < p; ++i) {
      const NodeId v = truth.topological_order()[static_cast<std::size_t>(i)];
      const std::size_t tier = static_cast<std::size_t>(i) * knowledge.tiers.size() / static_cast<std::size_t>(p);
      if (stream.below(4) != 0) knowledge.tiers[tier].variables.push_back(graph.name(v));
    }
  }
  for (NodeId a = 0; a < p; ++a) {
    for (NodeId b = 0; b < p; ++b) {
      const bool is_edge = graph.has_directed_edge(a, b);
      if (a == b || stream.below(5) != 0) continue;
      (is_edge ? knowledge.required : knowledge.forbidden).push_back({graph.name(a), graph.name(b)});
    }
  }
  return knowledge;
}

// What the Markov equivalent DAGs that respect the knowledge agree on, by trying every orientation.
MixedGraph agreed_edges(const Dag& truth, const KnowledgeIndex& knowledge) {
  const std::vector<Edge>& edges = truth.graph().edges();
  const MixedGraph target = dag_to_cpdag(truth).graph();
  std::vector<bool> forward(edges.size());
  std::vector<bool> backward(edges.size());
  for (std::size_t mask = 0; mask < (std::size_t{1} << edges.size()); ++mask) {
    const auto reversed = [&](std::size_t i) { return ((mask >> i) & 1) != 0; };
    std::vector<Edge> oriented;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      oriented.push_back(reversed(i) ? directed(edges[i].to, edges[i].from) : edges[i]);
    }
    const MixedGraph graph(truth.graph().names(), oriented);
    if (graph.directed_cycle() || !knowledge.violations(graph).empty()) continue;
    if (!(dag_to_cpdag(Dag(graph)).graph() == target)) continue;
    for (std::size_t i = 0; i < edges.size(); ++i) (reversed(i) ? backward : forward)[i] = true;
  }
  std::vector<Edge> agreed;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const auto [from, to] = std::pair(edges[i].from, edges[i].to);
    agreed.push_back(!backward[i] ? directed(from, to) : forward[i] ? undirected(from, to) : directed(to, from));
  }
  return MixedGraph(truth.graph().names(), agreed);
}

}  // namespace

TEST_CASE("with true knowledge of every kind the oracle gives exactly what the equivalent DAGs agree on") {
  RandomStream stream(3, RandomDomain::Test);
  int oriented_more = 0;
  for (int seed = 0; seed < 300; ++seed) {
    const int p = 3 + static_cast<int>(stream.below(3));
    const Dag truth =
        random_dag_er(p, std::min(p - 1.0, 1.5 + 1.5 * stream.uniform()), static_cast<std::uint64_t>(seed));
    const Knowledge knowledge = true_knowledge(truth, stream);
    if (knowledge.empty()) continue;
    const OracleTest test{Admg(truth.graph())};
    const MixedGraph expected = agreed_edges(truth, KnowledgeIndex(knowledge, truth.graph().names()));
    oriented_more += expected == dag_to_cpdag(truth).graph() ? 0 : 1;
    for (const SkeletonRule skeleton : {SkeletonRule::Stable, SkeletonRule::Original}) {
      for (const ColliderRule rule : {ColliderRule::Sepset, ColliderRule::Conservative, ColliderRule::Majority}) {
        const LearnedGraph learned =
            pc(test, {.skeleton = skeleton, .collider_rule = rule, .run = {.threads = 1}}, knowledge);
        CHECK(learned.kind == GraphKind::Mpdag);
        CHECK(learned.graph() == expected);
      }
    }
  }
  CHECK(oriented_more > 50);
}

// Worked by hand from the correlations.
TEST_CASE("a chain stays undirected and a collider is found") {
  Eigen::Matrix3d chain;
  chain << 1, .8, .64, .8, 1, .8, .64, .8, 1;
  const FisherZ chain_test(moments_of_correlation(chain, 1000));
  const CiResult middle = chain_test.test(0, 2, std::vector<NodeId>{1});
  CHECK(std::abs(middle.effect) < 1e-15);
  CHECK(middle.p_value == doctest::Approx(1));
  const LearnedGraph learned = pc(chain_test);
  CHECK(learned.graph() == MixedGraph(3, {undirected(0, 1), undirected(1, 2)}));
  REQUIRE(learned.sepsets.size() == 1);
  CHECK(learned.sepsets[0].given == NodeSet{1});

  Eigen::Matrix3d collider;
  collider << 1, .6, 0, .6, 1, .6, 0, .6, 1;
  const FisherZ collider_test(moments_of_correlation(collider, 1000));
  CHECK(collider_test.test(0, 2, std::vector<NodeId>{1}).effect == doctest::Approx(-.5625));
  CHECK(pc(collider_test).graph() == MixedGraph(3, {directed(0, 1), directed(2, 1)}));
}

TEST_CASE("colliders that contradict each other follow the conflict rule and are reported") {
  // Pairs (1,3) and (2,4) marginally uncorrelated on the path 1-2-3-4: colliders at 2 and at 3 fight over 2-3.
  Eigen::Matrix4d R;
  R << 1, .3, 0, 0, .3, 1, .3, 0, 0, .3, 1, .3, 0, 0, .3, 1;
  const FisherZ test(moments_of_correlation(R, 1000));
  const LearnedGraph first = pc(test, {.alpha = 1e-4, .max_cond_size = 0, .conflict = ConflictRule::KeepFirst});
  CHECK(first.graph() == MixedGraph(4, {directed(0, 1), directed(2, 1), undirected(2, 3)}));
  const LearnedGraph both = pc(test, {.alpha = 1e-4, .max_cond_size = 0, .conflict = ConflictRule::Bidirected});
  CHECK(both.graph() == MixedGraph(4, {directed(0, 1), bidirected(1, 2), directed(3, 2)}));
  const LearnedGraph last = pc(test, {.alpha = 1e-4, .max_cond_size = 0, .conflict = ConflictRule::Overwrite});
  CHECK(last.graph().has_directed_edge(1, 2));
  CHECK(last.graph().has_directed_edge(3, 2));
  for (const LearnedGraph* graph : {&first, &both, &last}) {
    CHECK(graph->kind == GraphKind::Pdag);
    CHECK(graph->not_a_cpdag.has_value());
    CHECK(!graph->warnings.empty());
  }
}
