// labels: oracle
#include <algorithm>

#include "causal/diagram/network.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/diagram/worlds.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/counterfactual.hpp"
#include "causal/scm/scm_diagram.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// Binary functions of parents and three states of noise.
Scm random_functions(int n, std::uint64_t seed) {
  RandomStream stream(seed, RandomDomain::Test);
  const Dag dag = random_dag_er(n, 2, seed);
  std::vector<MechanismPtr> mechanisms;
  for (NodeId v = 0; v < n; ++v) {
    const std::vector<int> parents(dag.parents(v).size(), 2);
    const double a = stream.uniform(0.1, 0.5), b = stream.uniform(0.1, 0.4);
    std::vector<int> values(std::size_t{3} << parents.size());
    for (int& value : values) value = static_cast<int>(stream.below(2));
    mechanisms.push_back(std::make_shared<FunctionTable>(parents, 2, values, Noise::categorical({a, b, 1 - a - b})));
  }
  return {dag, std::move(mechanisms)};
}

std::vector<NodeId> all_nodes(int n) {
  std::vector<NodeId> nodes;
  for (NodeId v = 0; v < n; ++v) nodes.push_back(v);
  return nodes;
}

}  // namespace

TEST_CASE("worlds drawn as one diagram and worlds of a model have the same distribution") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const int n = 4;
    const Scm model = random_functions(n, seed);
    const ScmDiagram drawn = scm_diagram(model, all_nodes(n));
    const NodeId forced = static_cast<NodeId>(seed % 4);
    const auto joint = counterfactual_distribution(
        model, {{{Hard{forced, 1}}}, {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 0}, {1, 1}, {1, 2}, {1, 3}}});
    const auto& expected = std::get<DiscreteCounterfactual>(joint).distribution;
    const auto meaning = evaluate(drawn.meaning, twin(drawn.diagram, {{model.name(forced), 1}}));
    REQUIRE(meaning.map.has_value());
    REQUIRE(meaning.map->rows() == expected.size());
    for (std::size_t cell = 0; cell < expected.size(); ++cell) {
      CHECK(std::abs((*meaning.map)(cell, 0) - expected.values()[cell]) < 1e-12);
    }
  }
}

TEST_CASE("surgery on the diagram of a model with chance is surgery on the model") {
  const Dag dag(MixedGraph({"u_y", "x", "y"}, {directed(0, 2), directed(1, 2), directed(0, 1)}));
  const Scm model(dag,
                  {std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.4, 0.6}),
                   std::make_shared<DiscreteCpt>(std::vector<int>{2}, 2, std::vector<double>{0.9, 0.1, 0.3, 0.7}),
                   std::make_shared<FunctionTable>(std::vector<int>{2, 2}, 2, std::vector<int>{0, 1, 1, 0, 1, 1, 0, 1},
                                                   Noise::categorical({0.2, 0.8}))});
  const ScmDiagram drawn = scm_diagram(model, {2});
  CHECK(drawn.diagram.find("u_y'").size() == 1);
  const auto after = evaluate(drawn.meaning, do_surgery(drawn.diagram, {{"x", 1}}));
  const auto expected = counterfactual_distribution(intervene(model, {Hard{1, 1}}), {{}, {{0, 2}}});
  const auto& values = std::get<DiscreteCounterfactual>(expected).distribution.values();
  CHECK((*after.map)(1, 0) == doctest::Approx(values[1]).epsilon(1e-14));
  CHECK_THROWS_AS((void)scm_diagram(model, {2, 2}), InvalidArgument);
  CHECK_THROWS_AS((void)twin(drawn.diagram, {}), InvalidArgument);  // x has chance in it
}

TEST_CASE("a linear model and its Gaussian functor agree before and after surgery") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Scm model = Scm::linear(LinearSem::random(random_dag_er(6, 2.5, seed), {}, seed));
    const GaussianFunctor functor = gaussian_functor(model);
    const Diagram diagram = network_diagram(model.dag(), all_nodes(6));
    for (const bool cut : {false, true}) {
      const LinearForm form = *(cut ? intervene(model, {Hard{2, 1.5}}) : model).linear_form();
      const GaussianMap state = functor.apply(cut ? do_surgery(diagram, {{model.name(2), 1.5}}) : diagram);
      CHECK((state.b() - form.mean()).cwiseAbs().maxCoeff() < 1e-12);
      CHECK((state.s() - form.covariance()).cwiseAbs().maxCoeff() < 1e-12);
    }
  }
  const Scm uniform = Scm::linear(LinearSem(Dag(MixedGraph(1, {})), {}, {0}, {1}, NoiseLaw::Uniform));
  CHECK_THROWS_AS((void)gaussian_functor(uniform), InvalidArgument);
  CHECK_THROWS_AS((void)scm_diagram(uniform, {0}), InvalidArgument);
}
