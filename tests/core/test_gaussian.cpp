// labels: unit oracle
#include "causal/probability/gaussian.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <limits>

#include "causal/diagram/functor.hpp"
#include "causal/diagram/network.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/linear_sem.hpp"

#include <doctest/doctest.h>

using namespace causal;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

GaussianMap random_map(RandomStream& stream, int in, int out) {
  const auto fill = [&](Eigen::Index rows, Eigen::Index columns) {
    MatrixXd m(rows, columns);
    for (Eigen::Index j = 0; j < columns; ++j) {
      for (Eigen::Index i = 0; i < rows; ++i) m(i, j) = stream.normal();
    }
    return m;
  };
  const MatrixXd root = fill(out, out);
  return {fill(out, in), fill(out, 1), root * root.transpose()};
}

/// The linear model as functor on the diagram of its graph.
GaussianFunctor functor_of(const LinearSem& sem) {
  GaussianFunctor functor;
  const MixedGraph& graph = sem.dag().graph();
  for (NodeId v = 0; v < graph.n(); ++v) {
    const auto parents = sem.dag().parents(v);
    MatrixXd a(1, static_cast<Eigen::Index>(parents.size()));
    for (std::size_t e = 0; e < graph.edges().size(); ++e) {
      const Edge& edge = graph.edges()[e];
      if (edge.to != v) continue;
      a(0, std::find(parents.begin(), parents.end(), edge.from) - parents.begin()) = sem.weights()[e];
    }
    functor.set_type(graph.name(v), 1);
    functor.set_box(graph.name(v), GaussianMap(a, VectorXd::Constant(1, sem.intercepts()[slot(v)]),
                                               MatrixXd::Constant(1, 1, sem.variances()[slot(v)])));
  }
  return functor;
}

}  // namespace

TEST_CASE("Gaussian channels form a category with products") {
  RandomStream stream(41, RandomDomain::Test);
  const GaussianMap f = random_map(stream, 2, 3), g = random_map(stream, 3, 2), h = random_map(stream, 2, 4);
  CHECK(max_difference(then(then(f, g), h), then(f, then(g, h))) < 1e-11);
  CHECK(max_difference(then(GaussianMap::identity(2), f), f) == 0);
  CHECK(max_difference(then(f, GaussianMap::identity(3)), f) < 1e-14);
  CHECK(max_difference(then(tensor(f, h), tensor(g, GaussianMap::identity(4))), tensor(then(f, g), h)) < 1e-12);
  CHECK(then(f, GaussianMap::discard(3)).out() == 0);
  // copying a random output is not the same as drawing twice
  CHECK(max_difference(then(f, GaussianMap::copy(3)), then(GaussianMap::copy(2), tensor(f, f))) > 0.1);
  CHECK_THROWS_AS(static_cast<void>(then(f, f)), InvalidArgument);
}

TEST_CASE("what is no covariance is refused") {
  const VectorXd b = VectorXd::Zero(2);
  CHECK_THROWS_AS(GaussianMap::state(b, MatrixXd::Identity(3, 3)), InvalidArgument);
  MatrixXd s(2, 2);
  s << 1, 0.5, 0.4, 1;
  CHECK_THROWS_AS(GaussianMap::state(b, s), InvalidArgument);
  s << 1, 2, 2, 1;
  CHECK_THROWS_AS(GaussianMap::state(b, s), InvalidArgument);
  s << 1, 0, 0, std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(GaussianMap::state(b, s), InvalidArgument);
}

TEST_CASE("a state is put together again from marginal and conditional") {
  for (std::uint32_t i = 0; i < 100; ++i) {
    RandomStream stream(42, RandomDomain::Test, i);
    const GaussianMap joint = random_map(stream, 0, 4);
    const GaussianConditional c = disintegrate(joint, {2, 0}, {1, 3});
    CHECK(c.rank == 2);
    const GaussianMap again =
        then(joint.outputs({2, 0}), then(GaussianMap::copy(2), tensor(GaussianMap::identity(2), c.channel)));
    CHECK(max_difference(again, joint.outputs({2, 0, 1, 3})) < 1e-9);
    // the textbook formula where the block is invertible
    MatrixXd s_aa(2, 2), s_ba(2, 2);
    s_aa << joint.s()(2, 2), joint.s()(2, 0), joint.s()(0, 2), joint.s()(0, 0);
    s_ba << joint.s()(1, 2), joint.s()(1, 0), joint.s()(3, 2), joint.s()(3, 0);
    const MatrixXd k = s_ba * s_aa.inverse();
    CHECK((c.channel.a() - k).norm() < 1e-8 * (1 + k.norm()));
  }
}

TEST_CASE("a singular state says where its conditional holds") {
  // x, 2x + 1, and y = x + noise, in units that differ by 1e6.
  MatrixXd a(3, 1);
  a << 1e6, 2e6, 1;
  const GaussianMap state =
      then(GaussianMap::state(VectorXd::Zero(1), MatrixXd::Identity(1, 1)),
           GaussianMap(a, (VectorXd(3) << 0, 1e6, 0).finished(), (VectorXd(3) << 0, 0, 0.25).finished().asDiagonal()));
  const GaussianConditional c = disintegrate(state, {0, 1}, {2});
  CHECK(c.rank == 1);
  VectorXd inside(2), outside(2);
  inside << 3e6, 7e6;
  outside << 3e6, 7.1e6;
  CHECK(c.contains(inside));
  CHECK_FALSE(c.contains(outside));
  CHECK((c.support * c.support - c.support).norm() < 1e-9);
  const auto y = condition(state, {0, 1}, inside, {2});
  REQUIRE(y);
  CHECK(y->b()(0) == doctest::Approx(3).epsilon(1e-12));
  CHECK(y->s()(0, 0) == doctest::Approx(0.25).epsilon(1e-12));
  CHECK_FALSE(condition(state, {0, 1}, outside, {2}));
  // a constant coordinate can only be observed at its value
  const GaussianMap fixed = tensor(GaussianMap::point(VectorXd::Constant(1, 5)), state);
  CHECK(condition(fixed, {0}, VectorXd::Constant(1, 5), {3}));
  CHECK_FALSE(condition(fixed, {0}, VectorXd::Constant(1, 5.1), {3}));
  CHECK_THROWS_AS(static_cast<void>(disintegrate(state, {0, 0}, {1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(disintegrate(state, {0}, {3})), InvalidArgument);
}

TEST_CASE("Bayesian inversion of a noisy measurement is the Kalman update") {
  const GaussianMap prior = GaussianMap::state(VectorXd::Constant(1, 2), MatrixXd::Constant(1, 1, 4));
  const GaussianMap measure(MatrixXd::Constant(1, 1, 1), VectorXd::Zero(1), MatrixXd::Constant(1, 1, 1));
  const GaussianConditional back = bayesian_inversion(prior, measure);
  CHECK(back.channel.a()(0, 0) == doctest::Approx(0.8).epsilon(1e-14));
  CHECK(back.channel.b()(0) == doctest::Approx(0.4).epsilon(1e-14));
  CHECK(back.channel.s()(0, 0) == doctest::Approx(0.8).epsilon(1e-14));
}

TEST_CASE("the diagram of a linear model has the mean and covariance of the model, before and after surgery") {
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream stream(43, RandomDomain::Test, i);
    const int n = 2 + static_cast<int>(stream.below(6));
    const Dag dag = random_dag_er(n, std::min(n - 1.0, 3.0), i);
    LinearSem sem = LinearSem::random(dag, {}, i);
    std::vector<double> intercepts(slot(n));
    stream.fill_normal(intercepts);
    sem = LinearSem(dag, sem.weights(), intercepts, sem.variances());
    std::vector<NodeId> all;
    for (NodeId v = 0; v < n; ++v) all.push_back(v);
    const Diagram joint = network_diagram(dag, all);
    GaussianFunctor functor = functor_of(sem);
    const GaussianMap state = functor.apply(joint);
    CHECK((state.b() - sem.mean()).norm() < 1e-12 * (1 + sem.mean().norm()));
    CHECK((state.s() - sem.covariance()).norm() < 1e-12 * (1 + sem.covariance().norm()));

    // do(x) is the model without the edges into x; and so is the cut state conditioned on x.
    const auto x = static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(n)));
    const double value = stream.normal();
    std::vector<double> weights = sem.weights(), shifts = intercepts, variances = sem.variances();
    for (std::size_t e = 0; e < weights.size(); ++e) {
      if (dag.graph().edges()[e].to == x) weights[e] = 0;
    }
    shifts[slot(x)] = value;
    variances[slot(x)] = 0;
    const LinearSem severed(dag, weights, shifts, variances);
    const Name name = dag.graph().name(x);
    const GaussianMap forced = functor.apply(do_surgery(joint, {{name, value}}));
    CHECK((forced.b() - severed.mean()).norm() < 1e-11);
    CHECK((forced.s() - severed.covariance()).norm() < 1e-11);
    const GaussianMap opened =
        then(GaussianMap::point(VectorXd::Constant(1, value)), functor.apply(open(joint, {name})));
    CHECK(max_difference(opened, forced) < 1e-11);

    CHECK_THROWS_AS(static_cast<void>(functor.apply(cut(joint, {name}))), InvalidArgument);
    std::vector<int> rest;
    for (NodeId v = 0; v < n; ++v) {
      if (v != x) rest.push_back(v);
    }
    for (const double spread : {1.0, 9.0}) {
      functor.set_reference(spread, spread);
      const auto conditioned =
          condition(functor.apply(cut(joint, {name})), {static_cast<int>(x)}, VectorXd::Constant(1, value), rest);
      REQUIRE(conditioned);
      CHECK(max_difference(*conditioned, forced.outputs(rest)) < 1e-10);
    }
  }
}

TEST_CASE("a Gaussian functor refuses what is no Gaussian channel") {
  GaussianFunctor functor;
  functor.set_type("A", 2);
  functor.set_box("f", GaussianMap::state(VectorXd::Zero(2), MatrixXd::Identity(2, 2)));
  CHECK(functor.apply(generator(channel_box("f"), {}, {"A"})).out() == 2);
  CHECK_THROWS_AS(static_cast<void>(functor.apply(generator(function_box("f"), {}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.apply(generator(channel_box("f"), {"A"}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.apply(generator(channel_box("g"), {}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.apply(generator(point_box(1), {}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.apply(generator(observe_box(1), {"A"}, {}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.apply(identity({"B"}))), InvalidArgument);
}
