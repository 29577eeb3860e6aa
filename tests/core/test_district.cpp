// labels: unit oracle
// Sets as bits, districts and searches in subgraphs, against searches on the graph itself.
#include <algorithm>
#include <set>

#include "causal/graph/district.hpp"
#include "causal/graph/reachability.hpp"
#include "support/arrow_text.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// The subgraph of `keep`, with the node ids of the whole.
Admg induced(const Admg& admg, const std::set<NodeId>& keep) {
  std::vector<Edge> edges;
  for (const Edge& edge : admg.graph().edges()) {
    if (keep.contains(edge.from) && keep.contains(edge.to)) edges.push_back(edge);
  }
  return Admg(MixedGraph(admg.n(), std::move(edges)));
}

}  // namespace

TEST_CASE("sets of bits follow the laws of sets across word borders") {
  for (const int n : {1, 63, 64, 65, 130}) {
    RandomStream random(51, RandomDomain::Test, static_cast<std::uint32_t>(n));
    std::set<NodeId> a, b;
    for (NodeId v = 0; v < n; ++v) {
      if (random.below(2) == 0) a.insert(v);
      if (random.below(2) == 0) b.insert(v);
    }
    const NodeBits x(n, NodeSet(a.begin(), a.end())), y(n, NodeSet(b.begin(), b.end()));
    NodeSet both, either, only;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(either));
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
    CHECK((x & y).nodes() == both);
    CHECK((x | y).nodes() == either);
    CHECK((x - y).nodes() == only);
    CHECK(x.size() == static_cast<int>(a.size()));
    CHECK(x.first() == (a.empty() ? -1 : *a.begin()));
    CHECK(x.intersects(y) == !both.empty());
    CHECK((x | y).contains_all(x));
    CHECK(x.contains_all(y) == std::includes(a.begin(), a.end(), b.begin(), b.end()));
    CHECK(NodeBits::all(n).size() == n);
    CHECK((NodeBits::all(n) - x - (NodeBits::all(n) - x)).empty());
    NodeBits changed = x;
    changed.insert(n - 1);
    CHECK(changed.contains(n - 1));
    changed.erase(n - 1);
    CHECK_FALSE(changed.contains(n - 1));
  }
}

TEST_CASE("districts are the classes of nodes joined by bidirected paths") {
  const Admg admg = test::admg_of("A<->B B->C C<->D D<->A E->A");
  CHECK(districts(admg) == std::vector<NodeSet>{{0, 1, 2, 3}, {4}});
  const AdmgRows rows(admg);
  CHECK(rows.districts(NodeBits(5, {1, 2, 3, 4})) ==
        std::vector<NodeBits>{NodeBits(5, {1}), NodeBits(5, {2, 3}), NodeBits(5, {4})});
  CHECK(rows.topological_order() == std::vector<NodeId>{1, 2, 3, 4, 0});
  CHECK(rows.ordered(NodeBits(5, {0, 2, 4})) == std::vector<NodeId>{2, 4, 0});
  // No path passes above a node that is cut.
  const AdmgRows chain(test::admg_of("A->B->C"));
  CHECK(chain.ancestors(NodeBits(3, {2}), NodeBits::all(3), NodeBits(3, {1})).nodes() == NodeSet{1, 2});
  CHECK(chain.ancestors(NodeBits(3, {2}), NodeBits::all(3), NodeBits(3, {2})).nodes() == NodeSet{2});
}

TEST_CASE("searches in subgraphs agree with searches on the subgraph itself") {
  for (std::uint32_t i = 0; i < 60; ++i) {
    RandomStream random(52, RandomDomain::Test, i);
    const int n = 5 + static_cast<int>(random.below(80));
    const Admg admg = test::random_admg(random, n, 2.0 / n, 1.0 / n);
    const AdmgRows rows(admg);
    std::set<NodeId> keep;
    for (NodeId v = 0; v < n; ++v) {
      if (random.below(3) != 0) keep.insert(v);
    }
    if (keep.empty()) continue;
    const NodeSet kept(keep.begin(), keep.end());
    const NodeBits within(n, kept);
    const NodeSet start{kept[random.below(kept.size())]};
    const Admg sub = induced(admg, keep);
    CHECK(rows.ancestors(NodeBits(n, start), within).nodes() == ancestors(sub.graph(), start));
    CHECK(rows.descendants(NodeBits(n, start), within).nodes() == descendants(sub.graph(), start));
    std::vector<NodeSet> expected;
    for (const NodeSet& part : districts(sub)) {
      if (keep.contains(part.front())) expected.push_back(part);
    }
    std::vector<NodeSet> found;
    for (const NodeBits& part : rows.districts(within)) found.push_back(part.nodes());
    CHECK(found == expected);
  }
}
