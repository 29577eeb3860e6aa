// labels: determinism
// What must not change the answer of PC: threads, the order of columns, the stream of requests.
#include <algorithm>
#include <cmath>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/linear_sem.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

Dataset simulated(int p, std::int64_t n, double degree, std::uint64_t seed) {
  return LinearSem::random(random_dag_er(p, degree, seed), {}, seed).sample(n, {.seed = seed});
}

bool same_numbers(const LearnedGraph& a, const LearnedGraph& b) {
  if (a.edges.size() != b.edges.size() || a.sepsets.size() != b.sepsets.size()) return false;
  for (std::size_t i = 0; i < a.edges.size(); ++i) {
    if (!(a.edges[i].edge == b.edges[i].edge) || a.edges[i].p_value != b.edges[i].p_value ||
        a.edges[i].strength != b.edges[i].strength) {
      return false;
    }
  }
  for (std::size_t i = 0; i < a.sepsets.size(); ++i) {
    if (a.sepsets[i].given != b.sepsets[i].given || a.sepsets[i].p_value != b.sepsets[i].p_value) return false;
  }
  return a.stats.tests_by_level == b.stats.tests_by_level && a.warnings == b.warnings;
}

}  // namespace

TEST_CASE("one, two and four threads give the same bits") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (const ColliderRule rule : {ColliderRule::Sepset, ColliderRule::Majority, ColliderRule::MaxP}) {
      const auto run = [&](int threads) {
        const FisherZ test(simulated(40, 300, 4, seed), {.threads = threads});
        return pc(test, {.collider_rule = rule, .run = {.threads = threads}});
      };
      const LearnedGraph one = run(1);
      CHECK(same_numbers(one, run(2)));
      CHECK(same_numbers(one, run(4)));
    }
  }
}

TEST_CASE("a permutation of the columns keeps the skeleton, and all marks under majority with bidirected") {
  RandomStream stream(5, RandomDomain::Test);
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Dataset data = simulated(20, 200, 3, seed);
    const std::vector<int> order = stream.permutation(20);
    const Dataset permuted = data.select_columns(order);
    for (const ColliderRule rule :
         {ColliderRule::Sepset, ColliderRule::Conservative, ColliderRule::Majority, ColliderRule::MaxP}) {
      const PcOptions options{.alpha = 0.05, .collider_rule = rule, .conflict = ConflictRule::Bidirected};
      const LearnedGraph a = pc(FisherZ(data), options);
      const LearnedGraph b = pc(FisherZ(permuted), options);
      const auto original = [&](NodeId v) { return static_cast<NodeId>(order[static_cast<std::size_t>(v)]); };
      std::vector<Edge> mapped;
      for (const LearnedEdge& e : b.edges) {
        mapped.push_back({original(e.edge.from), original(e.edge.to), e.edge.mark_from, e.edge.mark_to});
      }
      const MixedGraph graph_a = a.graph();
      const MixedGraph graph_b(data.names(), mapped);
      REQUIRE(graph_a.edges().size() == graph_b.edges().size());
      for (const Edge& e : graph_a.edges()) CHECK(graph_b.adjacent(e.from, e.to));
      if (rule == ColliderRule::Majority) {
        CHECK(graph_a == graph_b);
        ++compared;
      }
    }
  }
  CHECK(compared == 30);
}

TEST_CASE("the stable and the original rule agree with a textbook loop over single tests") {
  // A test that hides the sweep: the generic first_separators over the same single tests.
  class Plain final : public CiTest {
   public:
    explicit Plain(const FisherZ& inner) : inner_(inner) {}
    std::string_view name() const override { return "plain"; }
    const std::vector<std::string>& names() const override { return inner_.names(); }
    std::int64_t sample_size() const override { return inner_.sample_size(); }
    int max_cond_size() const override { return inner_.max_cond_size(); }
    CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override { return inner_.test(x, y, S); }

   private:
    const FisherZ& inner_;
  };
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const FisherZ fast(simulated(15, 400, 4, seed));
    for (const SkeletonRule rule : {SkeletonRule::Stable, SkeletonRule::Original}) {
      const Skeleton a = find_skeleton(fast, {.skeleton = rule});
      const Skeleton b = find_skeleton(Plain(fast), {.skeleton = rule});
      CHECK(a.neighbours == b.neighbours);
      CHECK(a.stats.tests_by_level == b.stats.tests_by_level);
      REQUIRE(a.sepsets.size() == b.sepsets.size());
      for (std::size_t i = 0; i < a.sepsets.size(); ++i) CHECK(a.sepsets[i].given == b.sepsets[i].given);
      for (std::size_t i = 0; i < a.edges.size(); ++i) {
        CHECK(a.edges[i].max_p_value == doctest::Approx(b.edges[i].max_p_value).epsilon(1e-7));
      }
    }
  }
}

TEST_CASE("shards of rows merged give the same graph, and p-values within 1e-9") {
  const Dataset data = simulated(25, 1000, 3, 8);
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> second;
  for (std::int64_t i = 0; i < 1000; ++i) (i % 3 == 0 ? first : second).push_back(i);
  const Moments whole = compute_moments(data);
  const Moments merged = merge(compute_moments(data.select_rows(first)), compute_moments(data.select_rows(second)));
  CHECK(merged.n == whole.n);
  CHECK((merged.scatter - whole.scatter).cwiseAbs().maxCoeff() <= 1e-12 * whole.scatter.cwiseAbs().maxCoeff());
  const LearnedGraph a = pc(FisherZ(whole));
  const LearnedGraph b = pc(FisherZ(merged));
  CHECK(a.graph() == b.graph());
  REQUIRE(a.sepsets.size() == b.sepsets.size());
  for (std::size_t i = 0; i < a.sepsets.size(); ++i) {
    CHECK(a.sepsets[i].given == b.sepsets[i].given);
    CHECK(std::abs(a.sepsets[i].p_value - b.sepsets[i].p_value) < 1e-9);
  }
  for (std::size_t i = 0; i < a.edges.size(); ++i) CHECK(std::abs(a.edges[i].p_value - b.edges[i].p_value) < 1e-9);
}

TEST_CASE("a stop request leaves a supergraph that says so") {
  std::stop_source source;
  source.request_stop();
  const LearnedGraph learned = pc(FisherZ(simulated(10, 100, 2, 1)), {.run = {.stop = source.get_token()}});
  CHECK(learned.status == Status::Cancelled);
  CHECK(learned.kind == GraphKind::Ug);
  CHECK(learned.edges.size() == 45);
  const LearnedGraph limited = pc(FisherZ(simulated(10, 100, 2, 1)), {.run = {.time_limit_s = 1e-9}});
  CHECK(limited.status == Status::TimeLimit);
}

TEST_CASE("triples whose tests were cut short are ambiguous, and false discovery control can be stopped") {
  // Asks for a stop at the first single test: the skeleton goes through first_separators.
  class StopsAtFirstTest final : public CiTest {
   public:
    explicit StopsAtFirstTest(const FisherZ& inner) : inner_(inner) {}
    std::string_view name() const override { return "stops"; }
    const std::vector<std::string>& names() const override { return inner_.names(); }
    std::int64_t sample_size() const override { return inner_.sample_size(); }
    CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override {
      source_.request_stop();
      return inner_.test(x, y, S);
    }
    void first_separators(NodeId x, std::span<const NodeId> ys, std::span<const NodeId> A, int level, double alpha,
                          const StopSignal& stop, SeparatorSearch& out) const override {
      inner_.first_separators(x, ys, A, level, alpha, stop, out);
    }
    std::stop_token token() const { return source_.get_token(); }

   private:
    const FisherZ& inner_;
    mutable std::stop_source source_;
  };
  const FisherZ data(simulated(12, 500, 3, 4));
  for (const ColliderRule rule : {ColliderRule::Conservative, ColliderRule::Majority, ColliderRule::MaxP}) {
    const StopsAtFirstTest test(data);
    const LearnedGraph learned = pc(test, {.collider_rule = rule, .run = {.threads = 1, .stop = test.token()}});
    CHECK(learned.status == Status::Cancelled);
    CHECK(!learned.ambiguous_triples.empty());
    CHECK(learned.kind == GraphKind::Pdag);
    for (const LearnedEdge& e : learned.edges) CHECK(e.edge.is_undirected());
  }
  const FisherZ noisy(simulated(30, 150, 3, 0));
  const StopsAtFirstTest test(noisy);
  const Skeleton plain = find_skeleton(noisy, {.alpha = 0.1});
  const Skeleton stopped =
      find_skeleton(test, {.alpha = 0.1, .fdr = FdrControl::By, .run = {.threads = 1, .stop = test.token()}});
  CHECK(stopped.status == Status::Cancelled);
  CHECK(stopped.neighbours == plain.neighbours);
}

TEST_CASE("pairs that no test decided do not count in false discovery control") {
  // A required pair has no p-value: with it the largest p-value that passes must not grow.
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Dataset data = simulated(12, 150, 3, seed);
    Knowledge knowledge;
    for (int v = 1; v < 12; ++v)
      knowledge.required.push_back({data.names()[0], data.names()[static_cast<std::size_t>(v)]});
    const KnowledgeIndex index(knowledge, data.names());
    const FisherZ test(data);
    const Skeleton plain = find_skeleton(test, {.alpha = 0.1}, index);
    const Skeleton bh = find_skeleton(test, {.alpha = 0.1, .fdr = FdrControl::Bh}, index);
    std::vector<double> p;
    for (const auto& e : plain.edges) {
      if (!e.required) p.push_back(e.max_p_value);
    }
    std::sort(p.begin(), p.end());
    std::size_t kept = 0;
    for (std::size_t k = 1; k <= p.size(); ++k) {
      if (p[k - 1] <= 0.1 * static_cast<double>(k) / (11 * 10 / 2)) kept = k;
    }
    CHECK(bh.edges.size() == kept + 11);
    compared += kept < p.size() ? 1 : 0;
  }
  CHECK(compared > 0);
}

TEST_CASE("false discovery control removes edges and never adds any") {
  int removed = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const FisherZ test(simulated(30, 150, 3, seed));
    const Skeleton plain = find_skeleton(test, {.alpha = 0.1});
    const Skeleton bh = find_skeleton(test, {.alpha = 0.1, .fdr = FdrControl::Bh});
    const Skeleton by = find_skeleton(test, {.alpha = 0.1, .fdr = FdrControl::By});
    for (const auto& e : bh.edges) CHECK(plain.adjacent(e.x, e.y));
    for (const auto& e : by.edges) CHECK(bh.adjacent(e.x, e.y));
    removed += static_cast<int>(plain.edges.size() - bh.edges.size());
    // Benjamini-Hochberg by its definition: the k smallest p-values with p_(k) <= alpha k / m.
    std::vector<double> p;
    for (const auto& e : plain.edges) p.push_back(e.max_p_value);
    std::sort(p.begin(), p.end());
    std::size_t kept = 0;
    for (std::size_t k = 1; k <= p.size(); ++k) {
      if (p[k - 1] <= 0.1 * static_cast<double>(k) / (30 * 29 / 2)) kept = k;
    }
    CHECK(bh.edges.size() == kept);
  }
  CHECK(removed > 0);
}
