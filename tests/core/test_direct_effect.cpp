// labels: oracle unit
#include <Eigen/Dense>

#include "causal/identify/adjustment.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/linear_sem.hpp"
#include "support/adjustment_truth.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::bit;
using test::Bits;

namespace {

double regression_coefficient(const Eigen::MatrixXd& covariance, NodeId y, NodeId x, const NodeSet& z) {
  NodeSet on{x};
  on.insert(on.end(), z.begin(), z.end());
  const Eigen::VectorXd cross = covariance(on, y);
  return (covariance(on, on).inverse() * cross)(0);
}

double weight_of_edge(const LinearSem& sem, NodeId x, NodeId y) {
  const auto& edges = sem.dag().graph().edges();
  const auto found = std::find(edges.begin(), edges.end(), directed(x, y));
  return found == edges.end() ? 0 : sem.weights()[static_cast<std::size_t>(found - edges.begin())];
}

}  // namespace

TEST_CASE("sets for direct effects exist when some set does, are minimal, and give the coefficient of the edge") {
  RandomStream stream(34, RandomDomain::Test);
  int found = 0, none = 0;
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(4));
    const Dag dag = test::random_dag(n, stream.uniform(0.2, 0.8), stream);
    const auto order = stream.permutation(n);
    const NodeId x = order[0], y = order[1];
    std::vector<Edge> edges = dag.graph().edges();
    std::erase(edges, directed(x, y));
    const Dag without(MixedGraph(n, edges));
    const Bits below = test::bits_of(descendants(dag.graph(), NodeSet{y}));
    Bits allowed = 0;
    for (const NodeId v : order) {
      if (v != x && v != y && stream.uniform() < 0.8) allowed |= bit(v);
    }
    std::vector<Bits> valid;
    for (const Bits z : test::subsets(allowed & ~below)) {
      if (separated(without, {x}, {y}, test::set_of(z)).separated) valid.push_back(z);
    }
    const AdjustmentResult result = direct_effect_adjustment(dag, x, y, {.allowed = test::set_of(allowed)});
    REQUIRE(result.set.has_value() == !valid.empty());
    ++(valid.empty() ? none : found);
    if (!result.set) {
      CHECK((!result.reason.empty() && !result.witness.empty()));
      continue;
    }
    const Bits set = test::bits_of(*result.set);
    CHECK(std::find(valid.begin(), valid.end(), set) != valid.end());
    for (const Bits z : valid) CHECK((z == set || (z & ~set) != 0));
    const LinearSem sem = LinearSem::random(dag, {}, static_cast<std::uint64_t>(repeat));
    // Rounding in the inverse of a well-conditioned matrix of order 6.
    CHECK(std::abs(regression_coefficient(sem.covariance(), y, x, *result.set) - weight_of_edge(sem, x, y)) < 1e-9);
  }
  CHECK((found > 500 && none > 500));
}

TEST_CASE("a mediator belongs to the set of a direct effect, what is below y does not") {
  const Dag dag(MixedGraph({"X", "M", "Y", "W"}, {directed(0, 1), directed(1, 2), directed(0, 2), directed(2, 3)}));
  CHECK(*direct_effect_adjustment(dag, 0, 2).set == NodeSet{1});
  CHECK(direct_effect_adjustment(dag, 0, 2, {.include = {3}}).reason == "{W} may not be adjusted for: below y");
  const Admg bow(MixedGraph({"X", "Y"}, {directed(0, 1), bidirected(0, 1)}));
  const AdjustmentResult none = direct_effect_adjustment(bow, 0, 1);
  CHECK(!none.set);
  CHECK(none.reason ==
        "no set within the bounds blocks every other way from x to y: the walk X <-> Y stays open given {}");
  CHECK_THROWS_AS(static_cast<void>(direct_effect_adjustment(dag, 0, 0)), InvalidArgument);
}
