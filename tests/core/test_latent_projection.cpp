// labels: oracle unit
#include "causal/graph/latent_projection.hpp"

#include <set>

#include "causal/graph/random_graph.hpp"
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

NodeSet random_subset(int n, double share, RandomStream& stream) {
  NodeSet set;
  for (NodeId v = 0; v < n; ++v) {
    if (stream.uniform() < share) set.push_back(v);
  }
  return set;
}

// The projection by its definition: every simple path between observed nodes with latent inner nodes.
class PathSearch {
 public:
  PathSearch(const MixedGraph& graph, const NodeSet& latents) : graph_(graph), latent_(slot(graph.n()), false) {
    for (const NodeId v : latents) latent_[slot(v)] = true;
  }

  MixedGraph run() {
    std::vector<std::string> names;
    std::vector<NodeId> new_id(slot(graph_.n()));
    for (NodeId v = 0; v < graph_.n(); ++v) {
      new_id[slot(v)] = static_cast<NodeId>(names.size());
      if (!latent_[slot(v)]) names.push_back(graph_.name(v));
    }
    for (NodeId v = 0; v < graph_.n(); ++v) {
      if (latent_[slot(v)]) continue;
      on_path_.assign(slot(graph_.n()), false);
      start_ = v;
      for (const Mark at_start : {Mark::Tail, Mark::Arrow}) {
        into_start_ = at_start == Mark::Arrow;
        extend(v, at_start, true);
      }
    }
    std::vector<Edge> edges;
    for (const auto& [a, b] : directed_) edges.push_back(directed(new_id[slot(a)], new_id[slot(b)]));
    for (const auto& [a, b] : siblings_) edges.push_back(bidirected(new_id[slot(a)], new_id[slot(b)]));
    return {std::move(names), std::move(edges)};
  }

 private:
  // Continues a path at v by the edges that have `at_v` at v. `directed_so_far`: all steps pointed forward.
  void extend(NodeId v, Mark at_v, bool directed_so_far) {
    on_path_[slot(v)] = true;
    for (const Mark at_w : {Mark::Tail, Mark::Arrow}) {
      for (const NodeId w : graph_.neighbours(v, at_v, at_w)) {
        if (on_path_[slot(w)]) continue;
        const bool forward = directed_so_far && at_v == Mark::Tail && at_w == Mark::Arrow;
        if (!latent_[slot(w)]) {
          if (forward) directed_.insert({start_, w});
          if (into_start_ && at_w == Mark::Arrow) siblings_.insert(std::minmax(start_, w));
          continue;
        }
        // A non-collider: entered by an arrowhead it is left by a tail; entered by a tail, by either.
        extend(w, Mark::Tail, forward);
        if (at_w == Mark::Tail) extend(w, Mark::Arrow, forward);
      }
    }
    on_path_[slot(v)] = false;
  }

  const MixedGraph& graph_;
  std::vector<bool> latent_;
  std::vector<bool> on_path_;
  NodeId start_ = 0;
  bool into_start_ = false;
  std::set<std::pair<NodeId, NodeId>> directed_, siblings_;
};

}  // namespace

TEST_CASE("the projection is what its definition by paths says") {
  for (std::uint32_t i = 0; i < 4000; ++i) {
    RandomStream stream(11, RandomDomain::Test, i);
    const int n = 2 + static_cast<int>(stream.below(7));
    const Admg graph = random_admg(n, stream.uniform(0.1, 0.6), i % 2 == 0 ? 0.0 : 0.2, stream);
    const NodeSet latents = random_subset(n, 0.5, stream);
    CAPTURE(i);
    REQUIRE(latent_projection(graph, latents).graph() == PathSearch(graph.graph(), latents).run());
  }
}

TEST_CASE("m-separation among observed nodes survives the projection") {
  int separations = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    RandomStream stream(12, RandomDomain::Test, i);
    const Dag dag = test::random_dag(9, stream.uniform(0.15, 0.5), stream);
    const Admg projected = latent_projection(dag, random_subset(9, 0.4, stream));
    const MixedGraph& after = projected.graph();
    if (after.n() < 2) continue;
    for (int query = 0; query < 10; ++query) {
      const std::vector<int> order = stream.permutation(after.n());
      NodeSet z, z_before;
      for (std::size_t k = 2; k < order.size(); ++k) {
        if (stream.uniform() < 0.4) z.push_back(order[k]);
      }
      std::sort(z.begin(), z.end());
      const auto before = [&](NodeId v) { return dag.graph().id(after.name(v)); };
      for (const NodeId v : z) z_before.push_back(before(v));
      const bool separated_after = separated(projected, {order[0]}, {order[1]}, z).separated;
      REQUIRE(separated_after == separated(dag, {before(order[0])}, {before(order[1])}, z_before).separated);
      separations += separated_after ? 1 : 0;
    }
  }
  CHECK(separations > 3000);
}

TEST_CASE("projecting in two steps is projecting in one") {
  for (std::uint32_t i = 0; i < 500; ++i) {
    RandomStream stream(13, RandomDomain::Test, i);
    const Admg graph = random_admg(10, 0.3, 0.1, stream);
    const NodeSet first = random_subset(10, 0.3, stream), more = random_subset(10, 0.3, stream);
    NodeSet both = first;
    both.insert(both.end(), more.begin(), more.end());
    const Admg halfway = latent_projection(graph, first);
    NodeSet second;
    for (const NodeId v : more) {
      if (std::find(first.begin(), first.end(), v) == first.end()) {
        second.push_back(halfway.graph().id(graph.graph().name(v)));
      }
    }
    REQUIRE(latent_projection(halfway, second).graph() == latent_projection(graph, both).graph());
  }
}

TEST_CASE("names and order of the observed nodes stay") {
  const Dag dag(
      MixedGraph({"U", "a", "V", "b", "c"}, {directed(0, 1), directed(0, 2), directed(2, 3), directed(2, 4)}));
  const Admg projected = latent_projection(dag, {0, 2});
  CHECK(projected.graph() == MixedGraph({"a", "b", "c"}, {bidirected(0, 1), bidirected(0, 2), bidirected(1, 2)}));
  CHECK(latent_projection(dag, {}).graph() == dag.graph());
  CHECK(latent_projection(dag, {0, 1, 2, 3, 4}).graph().n() == 0);
}

TEST_CASE("a directed and a bidirected edge may share a pair") {
  const Dag dag(MixedGraph({"x", "u", "m", "y"}, {directed(1, 0), directed(1, 3), directed(0, 2), directed(2, 3)}));
  CHECK(latent_projection(dag, {1, 2}).graph() == MixedGraph({"x", "y"}, {directed(0, 1), bidirected(0, 1)}));
}

TEST_CASE("a chain of latents costs no more than its length") {
  const int n = 200'000;
  std::vector<Edge> edges;
  for (NodeId v = 0; v + 1 < n; ++v) edges.push_back(directed(v, v + 1));
  NodeSet latents;
  for (NodeId v = 1; v + 1 < n; ++v) latents.push_back(v);
  const Admg projected = latent_projection(Dag(MixedGraph(n, std::move(edges))), latents);
  CHECK(projected.graph().edges() == std::vector<Edge>{directed(0, 1)});
}

TEST_CASE("an unknown latent is refused") {
  const Dag dag(MixedGraph(3, {directed(0, 1)}));
  CHECK_THROWS_AS((void)latent_projection(dag, {3}), InvalidArgument);
  CHECK_THROWS_AS((void)latent_projection(dag, {-1}), InvalidArgument);
}
