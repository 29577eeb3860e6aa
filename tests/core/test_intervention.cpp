// labels: unit oracle
#include <cmath>

#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/intervention.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// x0 -> x1 -> x2, x0 -> x2.
Scm triangle() {
  const Dag dag(MixedGraph(3, {directed(0, 1), directed(0, 2), directed(1, 2)}));
  return Scm::linear(LinearSem(dag, {2, 3, 5}, {1, 0, 0}, {1, 1, 1}));
}

std::vector<double> at(const Scm& model, std::vector<double> noise) { return model.values_under(noise); }

}  // namespace

TEST_CASE("each kind of surgery changes what it says and nothing else") {
  const Scm model = triangle();
  CHECK(at(model, {1, 1, 1}) == std::vector<double>{2, 5, 32});
  CHECK(at(intervene(model, {Hard{1, 7}}), {1, 1, 1}) == std::vector<double>{2, 7, 42});
  CHECK(at(intervene(model, {HardSet{{{0, 0}, {1, 7}}}}), {1, 1, 1}) == std::vector<double>{0, 7, 36});
  CHECK(at(intervene(model, {Shift{1, 10}}), {1, 1, 1}) == std::vector<double>{2, 15, 82});
  CHECK(at(intervene(model, {Scale{1, -1}}), {1, 1, 1}) == std::vector<double>{2, -5, -18});
  CHECK(at(intervene(model, {EdgeIntervention{0, 2, 4}}), {1, 1, 1}) == std::vector<double>{2, 5, 38});
  const auto doubled = [](std::span<const double> context) { return 2 * context[0]; };
  CHECK(at(intervene(model, {Conditional{1, {0}, doubled}}), {1, 1, 1}) == std::vector<double>{2, 4, 27});
  const auto sum = std::make_shared<LinearMechanism>(std::vector<double>{1}, 0.0, Noise::gaussian());
  CHECK(at(intervene(model, {Soft{2, {1}, sum}}), {1, 1, 1}) == std::vector<double>{2, 5, 6});
  CHECK(at(intervene(model, {Stochastic{1, Noise::gaussian()}}), {1, 1, 1}) == std::vector<double>{2, 1, 12});
}

TEST_CASE("later interventions act on what earlier ones left, and untouched mechanisms are shared") {
  const Scm model = triangle();
  CHECK(at(intervene(model, {Hard{1, 7}, Hard{1, 8}}), {1, 1, 1})[1] == 8);
  CHECK(at(intervene(model, {Hard{1, 7}, Shift{1, 1}}), {1, 1, 1})[1] == 8);
  CHECK(at(intervene(model, {Shift{1, 1}, Hard{1, 7}}), {1, 1, 1})[1] == 7);
  const Scm after = intervene(model, {Hard{1, 7}});
  CHECK(after.mechanism_ptr(2) == model.mechanism_ptr(2));
  CHECK(after.mechanism_ptr(1) != model.mechanism_ptr(1));
  CHECK(after.dag().graph().edges() == std::vector<Edge>{directed(0, 2), directed(1, 2)});
  CHECK(model.dag().graph().edges().size() == 3);
  CHECK(after.has_fresh_noise(1));
  CHECK_FALSE(intervene(model, {Shift{1, 1}}).has_fresh_noise(1));
}

TEST_CASE("a stochastic intervention draws noise that is independent of the old") {
  const Scm model = triangle();
  const Eigen::VectorXd before = model.sample_values(50'000, {.seed = 1}).col(0).array() - 1;
  const Eigen::VectorXd after =
      intervene(model, {Stochastic{0, Noise::gaussian()}}).sample_values(50'000, {.seed = 1}).col(0);
  CHECK(std::abs(before.dot(after) / 50'000) < 5 / std::sqrt(50'000.0));
}

TEST_CASE("surgery refuses what it cannot do") {
  const Scm model = triangle();
  const auto policy = [](std::span<const double> context) { return context[0]; };
  CHECK_THROWS_AS((void)intervene(model, {Conditional{1, {2}, policy}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(model, {Conditional{1, {1}, policy}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(model, {Hard{3, 0}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(model, {Hard{0, std::nan("")}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(model, {EdgeIntervention{2, 0, 0}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(model, {Scale{0, 0}}), InvalidArgument);
  const auto sum = std::make_shared<LinearMechanism>(std::vector<double>{1}, 0.0, Noise::gaussian());
  CHECK_THROWS_AS((void)intervene(model, {Soft{0, {2}, sum}}), GraphError);
  const MechanismPtr coin = std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.5, 0.5});
  const Scm discrete(Dag(MixedGraph(1, {})), {coin});
  CHECK_THROWS_AS((void)intervene(discrete, {Hard{0, 2}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(discrete, {Shift{0, 1}}), InvalidArgument);
  CHECK_THROWS_AS((void)intervene(discrete, {Stochastic{0, Noise::categorical({0.1, 0.2, 0.7})}}), InvalidArgument);
}

TEST_CASE("closed forms of linear models agree with the surgered equations") {
  RandomStream stream(8, RandomDomain::Test);
  for (int round = 0; round < 200; ++round) {
    const auto seed = static_cast<std::uint64_t>(round);
    const LinearSem sem = LinearSem::random(random_dag_er(7, 3, seed), {}, seed);
    const auto v = static_cast<NodeId>(stream.below(7));
    const double value = stream.normal();
    const LinearForm by_sem = sem.do_(v, value).linear_form();
    const LinearForm by_surgery = *intervene(Scm::linear(sem), {Hard{v, value}}).linear_form();
    CHECK((by_sem.mean() - by_surgery.mean()).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((by_sem.covariance() - by_surgery.covariance()).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((sem.shift(v, value).mean() - intervene(Scm::linear(sem), {Shift{v, value}}).linear_form()->mean())
              .cwiseAbs()
              .maxCoeff() < 1e-12);
    // The total effect is the slope of the mean in the value set, and the sum over all paths.
    const Eigen::VectorXd slope = sem.do_(v, value + 1).mean() - sem.do_(v, value).mean();
    const Eigen::MatrixXd effects = sem.total_effects();
    for (NodeId w = 0; w < 7; ++w) {
      CHECK(slope[w] == doctest::Approx(effects(w, v)).epsilon(1e-9));
      CHECK(sem.path_specific_effect(v, w, sem.dag().graph().edges()) == doctest::Approx(effects(w, v)));
    }
  }
  const Dag dag(MixedGraph(3, {directed(0, 1), directed(0, 2), directed(1, 2)}));
  const LinearSem sem(dag, {2, 3, 5}, {1, 0, 0}, {1, 1, 1});
  CHECK(sem.path_specific_effect(0, 2, {directed(0, 2)}) == 3);
  CHECK(sem.path_specific_effect(0, 2, {directed(0, 1), directed(1, 2)}) == 10);
  CHECK(sem.path_specific_effect(0, 2, {directed(0, 1)}) == 0);
  CHECK_THROWS_AS((void)sem.path_specific_effect(0, 2, {directed(2, 1)}), InvalidArgument);
}
