// labels: unit oracle
#include "causal/diagram/worlds.hpp"

#include <cmath>

#include "causal/diagram/normal_form.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "support/diagram_meaning.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

/// A random model of functions over the nodes of a DAG, each with its own hidden root of three values.
struct FunctionalModel {
  Dag dag;
  Diagram diagram;  // outputs: all nodes
  FiniteFunctor functor;
  std::vector<std::vector<double>> chance;  // per node, of its root
  std::vector<std::vector<int>> table;      // per node: value by (parents..., root)

  FunctionalModel(int n, std::uint64_t seed) : dag(random_dag_er(n, std::min(n - 1.0, 2.5), seed)) {
    RandomStream stream(seed, RandomDomain::Test, 61);
    DiagramBuilder builder;
    std::vector<WireId> wire(slot(n));
    chance.resize(slot(n));
    table.resize(slot(n));
    for (const NodeId v : dag.topological_order()) {
      const std::string name = dag.graph().name(v), hidden = "U" + name;
      std::vector<WireId> in;
      for (const NodeId parent : dag.parents(v)) in.push_back(wire[slot(parent)]);
      in.push_back(builder.box(channel_box(hidden), {}, {Name(hidden)}));
      const Name type(name);
      wire[slot(v)] = builder.box(function_box(name), in, std::span(&type, 1));
      functor.set_type(name, 2);
      functor.set_type(hidden, 3);
      double sum = 0;
      for (int u = 0; u < 3; ++u) chance[slot(v)].push_back(stream.uniform());
      for (const double p : chance[slot(v)]) sum += p;
      for (double& p : chance[slot(v)]) p /= sum;
      functor.set_box(hidden, FiniteMap({}, {3}, chance[slot(v)]));
      std::vector<int> cardinalities(dag.parents(v).size(), 2);
      cardinalities.push_back(3);
      std::vector<double> values;
      for (std::size_t a = 0; a < (std::size_t{1} << dag.parents(v).size()) * 3; ++a) {
        table[slot(v)].push_back(static_cast<int>(stream.below(2)));
        values.push_back(table[slot(v)].back() == 0 ? 1 : 0);
        values.push_back(table[slot(v)].back() == 1 ? 1 : 0);
      }
      functor.set_box(name, FiniteMap(cardinalities, {2}, values));
    }
    for (NodeId v = 0; v < n; ++v) builder.output(wire[slot(v)]);
    diagram = builder.build();
  }

  /// Values of all nodes for given roots, with some nodes forced.
  [[nodiscard]] std::vector<int> solve(const std::vector<int>& roots, const std::vector<test::Setting>& forced) const {
    std::vector<int> value(slot(dag.n()), 0);
    for (const NodeId v : dag.topological_order()) {
      int row = 0;
      for (const NodeId parent : dag.parents(v)) row = 2 * row + value[slot(parent)];
      value[slot(v)] = table[slot(v)][static_cast<std::size_t>(3 * row + roots[slot(v)])];
      for (const test::Setting& setting : forced) {
        if (setting.node == v) value[slot(v)] = setting.value;
      }
    }
    return value;
  }
};

}  // namespace

TEST_CASE("a twin diagram gives abduction, action, prediction by enumeration of the roots, also given evidence") {
  int conditioned = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    RandomStream stream(62, RandomDomain::Test, static_cast<std::uint32_t>(i));
    const int n = 2 + static_cast<int>(stream.below(3));
    const FunctionalModel model(n, i);
    const std::vector<int> pick = stream.permutation(n);
    const NodeId x = pick[0], y = pick[1];
    const int forced = static_cast<int>(stream.below(2)), seen = static_cast<int>(stream.below(2));
    const NodeId e = pick[stream.below(slot(n))];

    // P(y in the world do(x), evidence e = seen in the world as it is), by definition.
    std::vector<double> expected(2, 0.0);
    std::size_t states = 1;
    for (int v = 0; v < n; ++v) states *= 3;
    for (std::size_t state = 0; state < states; ++state) {
      std::vector<int> roots;
      double p = 1;
      for (std::size_t v = 0, rest = state; v < slot(n); ++v, rest /= 3) {
        roots.push_back(static_cast<int>(rest % 3));
        p *= model.chance[v][rest % 3];
      }
      if (model.solve(roots, {})[slot(e)] != seen) continue;
      expected[static_cast<std::size_t>(model.solve(roots, {{x, forced}})[slot(y)])] += p;
    }

    const Diagram worlds = twin(model.diagram, {{model.dag.graph().name(x), static_cast<double>(forced)}});
    REQUIRE(worlds.cod().size() == 2 * slot(n));
    // Keep e of the first world and y of the second.
    DiagramBuilder builder;
    const std::vector<WireId> wires = builder.append(worlds, {});
    builder.output(wires[slot(e)]);
    builder.output(wires[slot(n) + slot(y)]);
    const Diagram query = observe_output(builder.build(), 0, seen);
    const Diagram merged = normal_form(propagate_observations(query));
    CHECK(merged.boxes() <= normal_form(query).boxes() + 1);
    for (const Diagram& diagram : {query, merged}) {
      const FiniteMap mass = *evaluate(model.functor, diagram).map;
      CHECK(std::abs(mass(0, 0) - expected[0]) < 1e-13);
      CHECK(std::abs(mass(1, 0) - expected[1]) < 1e-13);
      const PartialMap answer = normalise(mass);
      CHECK(answer.undefined[0] == (expected[0] + expected[1] == 0));
      if (answer.undefined[0]) continue;
      CHECK(std::abs(answer.map(1, 0) - expected[1] / (expected[0] + expected[1])) < 1e-12);
      ++conditioned;
    }
  }
  CHECK(conditioned > 1000);
}

TEST_CASE("what an intervention does not reach is one box in all worlds") {
  DiagramBuilder builder;
  const WireId u = builder.box(channel_box("U"), {}, {"U"});
  const WireId a = builder.box(function_box("a"), {u}, {"a"});
  const WireId b = builder.box(function_box("b"), {a}, {"b"});
  const WireId c = builder.box(function_box("c"), {b, u}, {"c"});
  for (const WireId wire : {a, b, c}) builder.output(wire);
  const Diagram model = builder.build();
  const Diagram worlds = twin(model, {{"b", 1}});
  CHECK(worlds.find("U").size() == 1);
  CHECK(worlds.find("a").size() == 1);
  CHECK(worlds.find("b").size() == 1);  // the forced one is a point state
  CHECK(worlds.find("c").size() == 2);
  CHECK(worlds.cod().size() == 6);
  CHECK(worlds.cod()[0] == worlds.cod()[3]);
  CHECK(equivalent(parallel_worlds(model, {{}}), model));
  CHECK(equivalent(parallel_worlds(model, {{{"b", 1}}}), do_surgery(model, {{"b", 1}})));
  // Equal worlds merge altogether; a forced root is forced in its world alone.
  CHECK(normal_form(parallel_worlds(model, {{{"b", 1}}, {{"b", 1}}})).boxes() ==
        normal_form(do_surgery(model, {{"b", 1}})).boxes());
  CHECK(twin(model, {{"U", 0}}).find("U").size() == 1);
}

TEST_CASE("models with chance outside their roots and unknown labels are refused") {
  const Diagram noisy = then(generator(channel_box("U"), {}, {"U"}), generator(channel_box("f"), {"U"}, {"A"}));
  CHECK_THROWS_AS(static_cast<void>(twin(noisy, {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(twin(generator(function_box("f"), {"U"}, {"A"}), {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(twin(generator(channel_box("U"), {}, {"U"}), {{"V", 0}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(twin(generator(channel_box("U"), {}, {"U", "V"}), {{"U", 0}})), InvalidArgument);
}
