// labels: oracle
// Every effect of one node on another in every ADMG of up to four nodes.
#include <utility>
#include <variant>

#include "causal/identify/fixing.hpp"
#include "causal/identify/hedge.hpp"
#include "causal/identify/id.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// Fixing as its definition reads: any fixable node outside the target, until there is none.
bool reachable_by_definition(const AdmgRows& graph, const NodeBits& target) {
  NodeBits rest = NodeBits::all(graph.n());
  while (rest != target) {
    NodeId next = -1;
    (rest - target).for_each([&](NodeId v) {
      if (next < 0 && is_fixable(graph, v, rest)) next = v;
    });
    if (next < 0) return false;
    rest.erase(next);
  }
  return true;
}

bool identified_by_definition(const Admg& admg, NodeId y, NodeId x) {
  const AdmgRows graph(admg);
  const int n = admg.n();
  for (const NodeBits& part : graph.districts(graph.ancestors(NodeBits(n, {y}), NodeBits::all(n) - NodeBits(n, {x})))) {
    if (!reachable_by_definition(graph, part)) return false;
  }
  return true;
}

struct Counts {
  int queries = 0, identified = 0, disagree = 0, false_hedges = 0, wrong_orders = 0;
};

// Every node of an order must be fixable when its turn comes.
bool is_sound(const AdmgRows& graph, const FixingOrder& order) {
  NodeBits rest = NodeBits::all(graph.n());
  for (const NodeId v : order.order) {
    if (!is_fixable(graph, v, rest)) return false;
    rest.erase(v);
  }
  return order.stuck.empty() || rest.nodes() == order.stuck;
}

Counts count(int n) {
  Counts counts;
  test::for_each_admg(n, [&](const Admg& admg) {
    const AdmgRows rows(admg);
    for (NodeId x = 0; x < n; ++x) {
      for (NodeId y = 0; y < n; ++y) {
        if (x == y) continue;
        ++counts.queries;
        const IdResult result = identify(admg, {{y}, {x}}, {.derivation = false});
        const FixingResult fixing = fixing_verdict(admg, {y}, {x});
        const bool identified = std::holds_alternative<Identified>(result);
        counts.identified += identified ? 1 : 0;
        counts.disagree += identified != fixing.identified() ? 1 : 0;
        counts.disagree += identified != identified_by_definition(admg, y, x) ? 1 : 0;
        for (const FixingOrder& order : fixing.orders) counts.wrong_orders += is_sound(rows, order) ? 0 : 1;
        if (identified) continue;
        counts.false_hedges += is_hedge(admg, {x}, {y}, std::get<NotIdentifiable>(result).hedge) ? 0 : 1;
        const Hedge stuck{fixing.orders.back().stuck, fixing.districts[fixing.orders.size() - 1]};
        counts.false_hedges += is_hedge(admg, {x}, {y}, stuck) ? 0 : 1;
      }
    }
  });
  return counts;
}

}  // namespace

TEST_CASE("ID and fixing agree on every ADMG of two to four nodes, and every failure has a hedge") {
  // Queries and identifiable effects for n = 2, 3, 4; the queries are 4^(n(n-1)/2) n (n - 1).
  constexpr std::pair<int, int> kExpected[]{{8, 7}, {384, 325}, {49'152, 40'049}};
  for (int n = 2; n <= 4; ++n) {
    const Counts counts = count(n);
    CAPTURE(n);
    CHECK(counts.queries == kExpected[n - 2].first);
    CHECK(counts.identified == kExpected[n - 2].second);
    CHECK(counts.disagree == 0);
    CHECK(counts.false_hedges == 0);
    CHECK(counts.wrong_orders == 0);
  }
}

TEST_CASE("identified effects by pair for four nodes in the order 0 < 1 < 2 < 3") {
  constexpr int kExpected[4][4]{
      {0, 3072, 2560, 1986}, {4096, 0, 2880, 2310}, {4096, 4096, 0, 2665}, {4096, 4096, 4096, 0}};
  int identified[4][4]{};
  test::for_each_admg(4, [&](const Admg& admg) {
    for (NodeId x = 0; x < 4; ++x) {
      for (NodeId y = 0; y < 4; ++y) {
        if (x != y && fixing_verdict(admg, {y}, {x}).identified()) ++identified[x][y];
      }
    }
  });
  for (int x = 0; x < 4; ++x) {
    for (int y = 0; y < 4; ++y) CHECK(identified[x][y] == kExpected[x][y]);
  }
}
