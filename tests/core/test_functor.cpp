// labels: unit oracle
#include "causal/diagram/functor.hpp"

#include <algorithm>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "support/diagram_meaning.hpp"
#include "support/random_diagrams.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

FiniteMap meaning(const FiniteFunctor& functor, const Diagram& diagram) {
  const DiagramEvaluation result = evaluate(functor, diagram);
  REQUIRE(result.status == Status::Ok);
  REQUIRE(result.exponent == 0);
  return *result.map;
}

/// A random ADMG in which node i may only point to later nodes.
Admg random_admg(RandomStream& stream, int n, double directed_chance, double bidirected_chance) {
  std::vector<Edge> edges;
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = a + 1; b < n; ++b) {
      if (stream.uniform() < directed_chance) edges.push_back(directed(a, b));
      if (stream.uniform() < bidirected_chance) edges.push_back(bidirected(a, b));
    }
  }
  return Admg(MixedGraph(n, edges));
}

}  // namespace

TEST_CASE("matrices compose as channels, the first factor most significant") {
  const FiniteMap f({2}, {3}, {0.2, 0.3, 0.5, 0.1, 0.0, 0.9});
  CHECK(f(2, 1) == 0.9);
  CHECK(f.matrix()(1, 0) == 0.3);
  const FiniteMap g({3}, {2}, {1, 0, 0.5, 0.5, 0.25, 0.75});
  const FiniteMap fg = then(f, g);
  CHECK(fg(0, 0) == doctest::Approx(0.2 + 0.15 + 0.125).epsilon(1e-15));
  const FiniteMap both = tensor(f, g);
  CHECK(both.in() == std::vector{2, 3});
  CHECK(both.out() == std::vector{3, 2});
  CHECK(both(2 * 2 + 1, 1 * 3 + 2) == 0.9 * 0.75);
  CHECK_THROWS_AS(static_cast<void>(then(f, f)), InvalidArgument);
  CHECK_THROWS_AS(FiniteMap({2}, {2}, {1, 0, 1}), InvalidArgument);
  CHECK_THROWS_AS(FiniteMap({2}, {2}, {1, 0, 2, -1}), InvalidArgument);
}

TEST_CASE("contraction of a diagram equals the sum over all assignments, and normal forms keep the meaning") {
  int compared = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    RandomStream stream(31, RandomDomain::Test, i);
    const Diagram diagram = test::random_diagram(stream, {.boxes = 5, .partial_chance = i % 3 == 0 ? 0.3 : 0.0});
    if (diagram.wires() > 9) continue;
    FiniteFunctor functor;
    test::give_random_meaning(functor, diagram, i);
    const FiniteMap expected = test::meaning_by_enumeration(functor, diagram);
    CHECK(test::max_difference(meaning(functor, diagram), expected) < 1e-12);
    CHECK(test::max_difference(meaning(functor, normal_form(diagram)), expected) < 1e-12);
    const FiniteMap counted = test::meaning_by_enumeration(functor.possibility(), diagram);
    CHECK(possible(counted) == possible(expected));
    CHECK(possible(meaning(functor.possibility(), diagram)) == possible(expected));
    ++compared;
  }
  CHECK(compared > 150);
}

TEST_CASE("the meaning of a composite is the product of the meanings") {
  for (std::uint32_t i = 0; i < 100; ++i) {
    RandomStream stream(32, RandomDomain::Test, i);
    const std::vector<Name> middle{"T0", "T1"};
    const Diagram f = test::random_diagram(stream, {.boxes = 4, .cod = middle});
    const Diagram g = test::random_diagram(stream, {.boxes = 4, .dom = middle});
    FiniteFunctor functor;
    test::give_random_meaning(functor, tensor(f, g), i);
    CHECK(test::max_difference(meaning(functor, then(f, g)), then(meaning(functor, f), meaning(functor, g))) < 1e-12);
    CHECK(test::max_difference(meaning(functor, tensor(f, g)), tensor(meaning(functor, f), meaning(functor, g))) <
          1e-12);
  }
}

TEST_CASE("equivalent diagrams have one meaning, also after observations are propagated") {
  int observed = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    RandomStream stream(33, RandomDomain::Test, i);
    Diagram diagram = test::random_diagram(stream, {.boxes = 4});
    if (diagram.cod().empty() || diagram.wires() > 8) continue;
    diagram = observe_output(tensor(diagram, Diagram()), 0, static_cast<double>(stream.below(2)));
    FiniteFunctor functor;
    test::give_random_meaning(functor, diagram, i);
    const FiniteMap expected = test::meaning_by_enumeration(functor, diagram);
    CHECK(test::max_difference(meaning(functor, normal_form(propagate_observations(diagram))), expected) < 1e-12);
    ++observed;
  }
  CHECK(observed > 100);
}

TEST_CASE("cut, open and truncated factorisation agree on 10000 random networks") {
  double worst = 0;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    RandomStream stream(34, RandomDomain::Test, i);
    const int n = 2 + static_cast<int>(stream.below(3));
    const Admg admg = random_admg(stream, n, 0.5, 0.3);
    const test::GoldenModel model(admg);
    const FiniteFunctor functor = test::functor_of(model);
    const auto x = static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(n)));
    std::vector<NodeId> outputs{x};
    std::vector<VariableId> scope{x};
    for (NodeId v = 0; v < n; ++v) {
      if (v == x) continue;
      outputs.push_back(v);
      scope.push_back(v);
    }
    const Diagram joint = network_diagram(admg, outputs);
    const Name name = admg.graph().name(x);
    // The cut state disintegrated along x, the open channel, and do, each against the model's own enumeration.
    const PartialMap conditional = disintegrate(meaning(functor, cut(joint, {name})), 1);
    REQUIRE(conditional.total());
    const FiniteMap opened = meaning(functor, open(joint, {name}));
    for (int value = 0; value < 2; ++value) {
      const Factor truth = model.joint({{x, value}}).permuted(scope);
      const FiniteMap forced = meaning(functor, do_surgery(joint, {{name, static_cast<double>(value)}}));
      const std::size_t half = truth.size() / 2, a = static_cast<std::size_t>(value);
      for (std::size_t cell = 0; cell < truth.size(); ++cell) {
        worst = std::max(worst, std::abs(forced(cell, 0) - truth.values()[cell]));
        worst = std::max(worst, std::abs(opened(cell, a) - truth.values()[cell]));
      }
      for (std::size_t cell = 0; cell < half; ++cell) {
        worst = std::max(worst, std::abs(conditional.map(cell, a) - truth.values()[a * half + cell]));
      }
    }
  }
  CHECK(worst < 1e-13);
}

TEST_CASE("what has no mass is undefined, not a number made up") {
  const FiniteMap joint({}, {2, 2}, {0.25, 0.75, 0, 0});
  const PartialMap conditional = disintegrate(joint, 1);
  CHECK(conditional.undefined == std::vector{false, true});
  CHECK(conditional.map.values() == std::vector{0.25, 0.75, 0.0, 0.0});
  CHECK_FALSE(conditional.total());
  const PartialMap back = bayesian_inversion(FiniteMap({}, {2}, {0.5, 0.5}), FiniteMap({2}, {2}, {1, 0, 1, 0}));
  CHECK(back.undefined == std::vector{false, true});
  CHECK(back.map(0, 0) == 0.5);
  CHECK(disintegrate(joint, 0).map == joint);
  CHECK_THROWS_AS(static_cast<void>(disintegrate(joint, 3)), InvalidArgument);
}

TEST_CASE("a functor refuses meanings that are no channels") {
  FiniteFunctor functor;
  functor.set_type("A", 2);
  const Diagram f = generator(channel_box("f"), {"A"}, {"A"});
  CHECK_THROWS_AS(static_cast<void>(functor.network(f)), InvalidArgument);  // f has no matrix
  functor.set_box("f", FiniteMap({2}, {2}, {0.5, 0.5, 0.5, 0.4}));
  CHECK_THROWS_AS(static_cast<void>(functor.network(f)), InvalidArgument);
  CHECK(functor.network(generator({.label = "f", .partial = true}, {"A"}, {"A"})).tensors.size() == 1);
  functor.set_box("f", FiniteMap({2}, {2}, {0.5, 0.5, 0.5, 0.5}));
  CHECK(functor.network(f).tensors.size() == 1);
  CHECK_THROWS_AS(static_cast<void>(functor.network(generator(function_box("f"), {"A"}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.network(generator(channel_box("f"), {"A", "A"}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.network(generator(channel_box("f"), {"B"}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.network(generator(point_box(2), {}, {"A"}))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(functor.network(generator(point_box(0.5), {}, {"A"}))), InvalidArgument);
}
