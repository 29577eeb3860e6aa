// labels: oracle unit
#include "causal/graph/mag.hpp"

#include "causal/graph/latent_projection.hpp"
#include "causal/run/error.hpp"
#include "support/ancestral_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

NodeSet from_bits(unsigned bits) {
  NodeSet set;
  for (NodeId v = 0; bits >> v != 0; ++v) {
    if ((bits >> v & 1U) != 0) set.push_back(v);
  }
  return set;
}

// A random split of 0..n-1 into latent, selected and (at least two) observed nodes.
struct Split {
  NodeSet latents, selection, observed;
};
Split random_split(int n, double latent, double selected, RandomStream& stream) {
  Split split;
  for (NodeId v = 0; v < n; ++v) {
    const double u = stream.uniform();
    (v < 2 || u > latent + selected ? split.observed : u < latent ? split.latents : split.selection).push_back(v);
  }
  return split;
}

}  // namespace

TEST_CASE("graphs of up to four nodes are MAGs exactly when the definition says so") {
  const std::vector<std::size_t> wanted{1, 5, 72, 3045};  // by this enumeration
  for (int n = 1; n <= 4; ++n) {
    std::size_t mags = 0;
    test::each_marking(n, test::all_pairs(n), test::ancestral_kinds(), true, [&](const MixedGraph& graph) {
      const bool by_definition = test::is_ancestral(graph) && test::is_maximal(graph);
      mags += by_definition ? 1U : 0U;
      REQUIRE(why_not_mag(graph).has_value() != by_definition);
    });
    CHECK(mags == wanted[slot(n) - 1]);
  }
}

TEST_CASE("m-separation in MAGs is what trying every path finds") {
  for (const MixedGraph& graph : test::all_mags(4)) {
    const Mag mag(graph);
    const test::OpenPaths paths(graph);
    for (const auto& [a, b] : test::all_pairs(4)) {
      for (unsigned z = 0; z < 16; ++z) {
        if ((z >> a & 1U) != 0 || (z >> b & 1U) != 0) continue;
        REQUIRE(separated(mag, {a}, {b}, from_bits(z)).separated != paths.connect(a, b, z));
      }
    }
  }
}

TEST_CASE("a MAG has the separations of the DAG among the observed nodes given the selection, and marks by ancestry") {
  int pairs_without_edge = 0;
  for (std::uint32_t i = 0; i < 1500; ++i) {
    RandomStream stream(31, RandomDomain::Test, i);
    const int n = 5 + static_cast<int>(stream.below(4));
    const Dag dag = test::random_dag(n, stream.uniform(0.2, 0.6), stream);
    const Split split = random_split(n, 0.3, i % 2 == 0 ? 0.0 : 0.2, stream);
    const Mag mag = dag_to_mag(dag, split.latents, split.selection);
    CAPTURE(i);
    REQUIRE(mag.n() == static_cast<int>(split.observed.size()));
    REQUIRE(!why_not_mag(mag.graph()));
    const test::OpenPaths in_dag(dag.graph()), in_mag(mag.graph());
    unsigned selected = 0;
    for (const NodeId v : split.selection) selected |= 1U << v;
    for (const auto& [a, b] : test::all_pairs(mag.n())) {
      const NodeId u = split.observed[slot(a)], v = split.observed[slot(b)];
      for (unsigned z = 0; z < 1U << mag.n(); ++z) {
        if ((z >> a & 1U) != 0 || (z >> b & 1U) != 0) continue;
        unsigned z_in_dag = selected;
        for (const NodeId w : from_bits(z)) z_in_dag |= 1U << split.observed[slot(w)];
        REQUIRE(in_mag.connect(a, b, z) == in_dag.connect(u, v, z_in_dag));
      }
      const auto marks = mag.graph().marks(a, b);
      if (!marks) {
        ++pairs_without_edge;
        continue;
      }
      const auto is_ancestor = [&](NodeId of, NodeId x) { return (in_dag.below(x) & (1U << of | selected)) != 0; };
      REQUIRE((marks->first == Mark::Tail) == is_ancestor(v, u));
      REQUIRE((marks->second == Mark::Tail) == is_ancestor(u, v));
    }
  }
  CHECK(pairs_without_edge > 1000);
}

TEST_CASE("the MAG of a DAG is the MAG of its latent projection") {
  for (std::uint32_t i = 0; i < 300; ++i) {
    RandomStream stream(32, RandomDomain::Test, i);
    const Dag dag = test::random_dag(9, 0.35, stream);
    const Split split = random_split(9, 0.4, 0.0, stream);
    REQUIRE(dag_to_mag(dag, split.latents) == admg_to_mag(latent_projection(dag, split.latents)));
  }
}

// x1 -> x2 <- L1 -> x3 <- L2 -> x4 with x2 -> x4 and x3 -> x4: every inner node of x1 -> x2 <-> x3 <-> x4 is a collider
// and an ancestor of x4. Tools have left out the edge x1 -> x4 (Tetrad, issue 636).
TEST_CASE("an inducing path makes an edge that the latent projection has not") {
  const Dag dag(
      MixedGraph({"x1", "x2", "x3", "x4", "L1", "L2"}, {directed(0, 1), directed(4, 1), directed(4, 2), directed(5, 2),
                                                        directed(5, 3), directed(1, 3), directed(2, 3)}));
  CHECK(!latent_projection(dag, {4, 5}).graph().adjacent(0, 3));
  const Mag mag = dag_to_mag(dag, {4, 5});
  CHECK(mag.graph() == MixedGraph({"x1", "x2", "x3", "x4"},
                                  {directed(0, 1), directed(0, 3), bidirected(1, 2), directed(1, 3), directed(2, 3)}));
}

TEST_CASE("selection makes undirected edges") {
  const Dag dag(MixedGraph({"a", "b", "s"}, {directed(0, 2), directed(1, 2)}));
  CHECK(dag_to_mag(dag, {}, {2}).graph() == MixedGraph({"a", "b"}, {undirected(0, 1)}));
  CHECK(dag_to_mag(dag, {2}).graph() == MixedGraph({"a", "b"}, {}));
}

TEST_CASE("what is no MAG is refused with a witness") {
  const auto reason = [](std::vector<Edge> edges) { return why_not_mag(MixedGraph(4, std::move(edges))).value_or(""); };
  CHECK(reason({directed(0, 1), directed(1, 2), directed(2, 0)}).find("X1 -> X2 -> X3 -> X1") != std::string::npos);
  CHECK(reason({directed(0, 1), directed(1, 2), bidirected(0, 2)}) ==
        "there is X3 <-> X1, and a directed path from X1 to X3");
  CHECK(reason({undirected(0, 1), directed(2, 1)}) == "the undirected edge X1 -- X2 meets the arrowhead of X3 at X2");
  CHECK(reason({{0, 1, Mark::Circle, Mark::Arrow}}) == "the edge X1 o-> X2 has a circle");
  CHECK(reason({directed(0, 1), bidirected(0, 1)}) == "there is another edge beside X1 <-> X2");
  CHECK(reason({bidirected(0, 1), bidirected(1, 2), bidirected(2, 3), directed(1, 3), directed(2, 0)}) ==
        "not maximal: X1 and X4 have no edge, but no set separates them: the walk X1 <-> X2 <-> X3 <-> X4 stays open");
  CHECK_THROWS_AS(Mag(MixedGraph(2, {directed(0, 1), bidirected(0, 1)})), GraphError);
}

TEST_CASE("unknown and overlapping sets are refused") {
  const Dag dag(MixedGraph(3, {directed(0, 1), directed(1, 2)}));
  CHECK_THROWS_AS((void)dag_to_mag(dag, {3}), InvalidArgument);
  CHECK_THROWS_AS((void)dag_to_mag(dag, {1}, {1}), InvalidArgument);
  const Mag mag = dag_to_mag(dag, {});
  CHECK_THROWS_AS((void)separated(mag, {0}, {0}, {}), InvalidArgument);
  CHECK_THROWS_AS((void)separated(mag, {}, {0}, {}), InvalidArgument);
  CHECK_THROWS_AS((void)separated(mag, {0}, {2}, {7}), InvalidArgument);
}
