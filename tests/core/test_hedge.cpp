// labels: unit oracle
// The checker must refuse what is no hedge, and its certificate must be one.
#include <algorithm>
#include <set>
#include <variant>

#include "causal/identify/do_calculus.hpp"
#include "causal/identify/hedge.hpp"
#include "causal/identify/id.hpp"
#include "causal/run/error.hpp"
#include "support/arrow_text.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;
using test::nodes_of;

TEST_CASE("what is no hedge is refused") {
  const Admg bow = admg_of("X->Y X<->Y");
  CHECK(is_hedge(bow, {0}, {1}, {{0, 1}, {1}}));
  CHECK_FALSE(is_hedge(bow, {0}, {1}, {{0, 1}, {0}}));              // inner meets x
  CHECK_FALSE(is_hedge(bow, {0}, {1}, {{1}, {1}}));                 // outer does not
  CHECK_FALSE(is_hedge(bow, {0}, {1}, {{0, 1}, {}}));               // no inner
  CHECK_FALSE(is_hedge(bow, {0}, {1}, {{0}, {1}}));                 // inner not within outer
  CHECK_FALSE(is_hedge(bow, {1}, {0}, {{0, 1}, {0}}));              // Y does not lead to X: no forest towards X
  CHECK_FALSE(is_hedge(admg_of("X->Y"), {0}, {1}, {{0, 1}, {1}}));  // not joined
  CHECK_FALSE(is_hedge(admg_of("X->Z X<->Z X->Y"), {0}, {1}, {{0, 2}, {2}}));  // Z is no ancestor of Y
  CHECK_THROWS_AS(static_cast<void>(is_hedge(bow, {0}, {1}, {{0, 5}, {1}})), InvalidArgument);
}

TEST_CASE("certificates hold exactly the edges of two forests with common roots") {
  int certificates = 0;
  for (std::uint32_t i = 0; i < 600; ++i) {
    RandomStream random(11, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(6));
    const Admg admg = test::random_admg(random, n, .4, .35);
    const std::vector<int> nodes = random.permutation(n);
    NodeSet y{nodes[0]}, x{nodes[1]};
    if (n > 3 && random.below(2) == 0) (random.below(2) == 0 ? y : x).push_back(nodes[2]);
    std::sort(y.begin(), y.end());
    std::sort(x.begin(), x.end());
    const IdResult result = identify(admg, {y, x});
    const auto* no = std::get_if<NotIdentifiable>(&result);
    if (no == nullptr) continue;
    const auto certificate = hedge_certificate(admg, x, y, no->hedge);
    REQUIRE(certificate);
    ++certificates;
    const MixedGraph& graph = admg.graph();
    CHECK(certificate->child.size() + certificate->roots.size() == no->hedge.outer.size());
    CHECK(certificate->inner_tree.size() + 1 == no->hedge.inner.size());
    CHECK(certificate->inner_tree.size() + certificate->outer_edges.size() + 1 == no->hedge.outer.size());
    const auto in_inner = [&](NodeId v) {
      return std::binary_search(no->hedge.inner.begin(), no->hedge.inner.end(), v);
    };
    std::set<NodeId> planted(certificate->roots.begin(), certificate->roots.end());
    for (const auto& [v, c] : certificate->child) {
      CHECK(graph.has_directed_edge(v, c));
      CHECK((!in_inner(v) || in_inner(c)));
      CHECK(planted.insert(v).second);
    }
    for (const auto* tree : {&certificate->inner_tree, &certificate->outer_edges}) {
      for (const auto& [a, b] : *tree) {
        const auto siblings = graph.siblings(a);
        CHECK(std::find(siblings.begin(), siblings.end(), b) != siblings.end());
      }
    }
    for (const auto& [a, b] : certificate->inner_tree) CHECK((in_inner(a) && in_inner(b)));
  }
  CHECK(certificates > 100);
}

TEST_CASE("the rules of do-calculus on the front-door graph") {
  const Admg admg = admg_of("X->Z->Y X<->Y");
  const NodeSet x = nodes_of(admg, "X"), y = nodes_of(admg, "Y"), z = nodes_of(admg, "Z");
  CHECK(may_exchange_action(admg, {.y = z, .z = x}).separated);
  CHECK_FALSE(may_exchange_action(admg, {.y = y, .z = x}).separated);
  CHECK_FALSE(may_exchange_action(admg, {.y = y, .z = z}).separated);
  CHECK(may_exchange_action(admg, {.y = y, .z = z, .w = x}).separated);
  CHECK(may_delete_action(admg, {.y = x, .z = z}).separated);
  CHECK_FALSE(may_delete_action(admg, {.y = y, .z = z}).separated);
  CHECK(may_delete_action(admg, {.y = y, .z = x, .x = z}).separated);
  CHECK_FALSE(may_delete_observation(admg, {.y = y, .z = x, .x = z}).separated);  // by the hidden cause
  CHECK(may_delete_observation(admg_of("X->Z->Y"), {.y = {1}, .z = {0}, .w = {2}}).separated);
  CHECK(may_exchange_action(admg, {.y = y, .z = x}).witness.nodes.size() == 2);
}
