// labels: oracle golden unit
#include "causal/identify/ida.hpp"

#include <Eigen/Dense>
#include <set>

#include "causal/graph/equivalence.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/linear_sem.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

constexpr double kRounding = 1e-9;  // of inverses of well-conditioned matrices of order 7

// Effects of setting x jointly on y.
std::vector<double> true_effects(const LinearSem& sem, NodeId y, const NodeSet& x) {
  const auto n = sem.dag().n();
  Eigen::MatrixXd b = Eigen::MatrixXd::Zero(n, n);
  const auto& edges = sem.dag().graph().edges();
  for (std::size_t i = 0; i < edges.size(); ++i) b(edges[i].to, edges[i].from) = sem.weights()[i];
  for (const NodeId v : x) b.row(v).setZero();
  const Eigen::MatrixXd total = (Eigen::MatrixXd::Identity(n, n) - b).inverse();
  std::vector<double> effects;
  for (const NodeId v : x) effects.push_back(total(y, v));
  return effects;
}

NodeSet parents_in(const MixedGraph& dag, NodeId v) { return {dag.parents(v).begin(), dag.parents(v).end()}; }

// The linear model over another DAG of the class with the same covariance: regressions on the parents.
LinearSem same_covariance(const MixedGraph& dag, const Eigen::MatrixXd& covariance) {
  std::vector<double> weights(dag.edges().size()), variances;
  for (NodeId v = 0; v < dag.n(); ++v) {
    const NodeSet parents = parents_in(dag, v);
    double variance = covariance(v, v);
    if (!parents.empty()) {
      const Eigen::VectorXd cross = covariance(parents, v);
      const Eigen::VectorXd on_parents = covariance(parents, parents).inverse() * cross;
      variance -= cross.dot(on_parents);
      for (std::size_t i = 0; i < parents.size(); ++i) {
        const auto edge = std::find(dag.edges().begin(), dag.edges().end(), directed(parents[i], v));
        weights[static_cast<std::size_t>(edge - dag.edges().begin())] = on_parents(static_cast<Eigen::Index>(i));
      }
    }
    variances.push_back(variance);
  }
  return {Dag(dag), weights, std::vector<double>(slot(dag.n()), 0), variances};
}

}  // namespace

TEST_CASE("IDA gives each parent set of the class once, with the effect that every such DAG has") {
  RandomStream stream(61, RandomDomain::Test);
  int several = 0;
  for (int repeat = 0; repeat < 1000; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(4));
    const Dag dag = test::random_dag(n, stream.uniform(0.2, 0.8), stream);
    const Cpdag cpdag = dag_to_cpdag(dag);
    const Eigen::MatrixXd covariance = LinearSem::random(dag, {}, static_cast<std::uint64_t>(repeat)).covariance();
    const auto order = stream.permutation(n);
    const NodeId x = order[0], y = order[1];
    const auto members = test::consistent_extensions(cpdag.graph());
    std::set<NodeSet> expected;
    for (const MixedGraph& member : members) expected.insert(parents_in(member, x));
    for (const IdaAdjustment adjustment : {IdaAdjustment::Parents, IdaAdjustment::Optimal}) {
      const IdaResult result = ida(cpdag, covariance, x, y, {.adjustment = adjustment});
      CHECK(result.status == Status::Ok);
      REQUIRE(result.effects.size() == expected.size());
      for (const PossibleEffect& possible : result.effects) {
        CHECK(expected.count(possible.parents) == 1);
        for (const MixedGraph& member : members) {
          if (parents_in(member, x) != possible.parents) continue;
          const double truth = true_effects(same_covariance(member, covariance), y, {x})[0];
          CHECK(std::abs(possible.effect - truth) < kRounding);
        }
      }
    }
    several += expected.size() > 1 ? 1 : 0;
  }
  CHECK(several > 300);
}

TEST_CASE("joint IDA gives each combination of parent sets of the class once, with its effects") {
  RandomStream stream(62, RandomDomain::Test);
  int several = 0;
  for (int repeat = 0; repeat < 600; ++repeat) {
    const int n = 4 + static_cast<int>(stream.below(3));
    const Dag dag = test::random_dag(n, stream.uniform(0.2, 0.8), stream);
    const Cpdag cpdag = dag_to_cpdag(dag);
    const Eigen::MatrixXd covariance = LinearSem::random(dag, {}, static_cast<std::uint64_t>(repeat)).covariance();
    const auto order = stream.permutation(n);
    NodeSet x{order[0], order[1]};
    if (repeat % 3 == 0) x.push_back(order[2]);
    std::sort(x.begin(), x.end());
    const NodeId y = order[3];
    const auto members = test::consistent_extensions(cpdag.graph());
    std::set<std::vector<NodeSet>> expected;
    const auto all_parents = [&x](const MixedGraph& member) {
      std::vector<NodeSet> parents;
      for (const NodeId v : x) parents.push_back(parents_in(member, v));
      return parents;
    };
    for (const MixedGraph& member : members) expected.insert(all_parents(member));
    const JointIdaResult result = joint_ida(cpdag, covariance, x, y);
    REQUIRE(result.effects.size() == expected.size());
    for (const PossibleJointEffect& possible : result.effects) {
      CHECK(expected.count(possible.parents) == 1);
      for (const MixedGraph& member : members) {
        if (all_parents(member) != possible.parents) continue;
        const auto truth = true_effects(same_covariance(member, covariance), y, x);
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(possible.effects[i] - truth[i]) < kRounding);
      }
    }
    several += expected.size() > 1 ? 1 : 0;
  }
  CHECK(several > 200);
}

// By hand: x -- y -- z with unit variances and correlations a and b. x -> y gives a, y -> x gives 0.
TEST_CASE("golden: the possible effects in a chain") {
  const Cpdag chain(Pdag(MixedGraph({"x", "y", "z"}, {undirected(0, 1), undirected(1, 2)})));
  Eigen::MatrixXd covariance(3, 3);
  covariance << 1, 0.5, 0.2, 0.5, 1, 0.4, 0.2, 0.4, 1;
  const IdaResult on_y = ida(chain, covariance, 0, 1);
  REQUIRE(on_y.effects.size() == 2);
  CHECK(on_y.effects[0].effect == doctest::Approx(0.5));
  CHECK((on_y.effects[1].parents == NodeSet{1} && on_y.effects[1].effect == 0));
  CHECK(ida(chain, covariance, 1, 0).effects.size() == 3);  // x and z cannot both be parents
}

TEST_CASE("a singular regression is named, not guessed; wrong input is refused") {
  const Cpdag chain(Pdag(MixedGraph({"x", "y", "z"}, {undirected(0, 1), undirected(1, 2)})));
  Eigen::MatrixXd copies(3, 3);
  copies << 1, 1, 0.3, 1, 1, 0.3, 0.3, 0.3, 1;
  const IdaResult result = ida(chain, copies, 1, 2);
  CHECK(result.status == Status::Degenerate);
  CHECK(result.singular == std::vector<NodeSet>{{0}});
  CHECK(result.effects.size() == 2);
  CHECK(joint_ida(chain, copies, {0, 1}, 2).status == Status::Degenerate);

  const Eigen::MatrixXd unit = Eigen::MatrixXd::Identity(3, 3);
  const IdaResult limited = ida(chain, unit, 1, 2, {.max_results = 1});
  CHECK((limited.status == Status::BudgetExceeded && limited.effects.size() == 1));
  CHECK_THROWS_AS(static_cast<void>(ida(chain, unit, 0, 0)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(ida(chain, Eigen::MatrixXd::Identity(2, 2), 0, 1)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(ida(chain, unit * std::numeric_limits<double>::quiet_NaN(), 0, 1)),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(joint_ida(chain, unit, {}, 1)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(joint_ida(chain, unit, {0}, 1, {.adjustment = IdaAdjustment::Optimal})),
                  InvalidArgument);
}
