// labels: oracle golden determinism
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>

#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/counterfactual.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// X -> H -> Y, X -> Y.
Scm study_hours() {
  const Dag dag(MixedGraph({"X", "H", "Y"}, {directed(0, 1), directed(0, 2), directed(1, 2)}));
  return Scm::linear(LinearSem(dag, {0.5, 0.7, 0.4}, {0, 0, 0}, {1, 1, 1}));
}

// A random discrete model of functions: every node reads its parents and its own noise.
Scm random_functions(int n, std::uint64_t seed) {
  RandomStream stream(seed, RandomDomain::Test);
  const Dag dag = random_dag_er(n, std::min(2.5, n - 1.0), seed);
  std::vector<int> cards;
  for (int v = 0; v < n; ++v) cards.push_back(2 + static_cast<int>(stream.below(2)));
  std::vector<MechanismPtr> mechanisms;
  for (NodeId v = 0; v < n; ++v) {
    std::vector<int> parents;
    std::size_t rows = 1;
    for (const NodeId u : dag.parents(v)) {
      parents.push_back(cards[slot(u)]);
      rows *= static_cast<std::size_t>(cards[slot(u)]);
    }
    const std::size_t states = 2 + stream.below(3);
    std::vector<double> law(states);
    double sum = 0;
    for (double& p : law) sum += p = stream.uniform();
    for (double& p : law) p /= sum;
    std::vector<int> values(rows * states);
    for (int& value : values) value = static_cast<int>(stream.below(static_cast<std::uint64_t>(cards[slot(v)])));
    mechanisms.push_back(std::make_shared<FunctionTable>(std::move(parents), cards[slot(v)], std::move(values),
                                                         Noise::categorical(std::move(law))));
  }
  return {dag, std::move(mechanisms)};
}

// P(query | given) by running through every state of the noise. Empty when the evidence has no mass.
std::map<std::vector<int>, double> by_enumeration(const Scm& model, const WorldQuery& query, double& mass) {
  std::vector<Scm> worlds{model};
  for (const auto& interventions : query.worlds) worlds.push_back(intervene(model, interventions));
  std::vector<double> noise(slot(model.n()), 0.0);
  std::map<std::vector<int>, double> result;
  mass = 0;
  for (bool more = true; more;) {
    double p = 1;
    for (NodeId v = 0; v < model.n(); ++v) {
      p *= model.mechanism(v).noise().probabilities()[static_cast<std::size_t>(noise[slot(v)])];
    }
    std::vector<std::vector<double>> values;
    for (const Scm& world : worlds) values.push_back(world.values_under(noise));
    bool fits = true;
    for (const WorldValue& one : query.given) {
      fits = fits && values[static_cast<std::size_t>(one.world)][slot(one.node)] == one.value;
    }
    if (fits) {
      std::vector<int> cell;
      for (const WorldNode& one : query.query) {
        cell.push_back(static_cast<int>(values[static_cast<std::size_t>(one.world)][slot(one.node)]));
      }
      result[cell] += p;
      mass += p;
    }
    more = false;
    for (NodeId v = 0; v < model.n() && !more; ++v) {
      const auto states = static_cast<double>(model.mechanism(v).noise().probabilities().size());
      if (++noise[slot(v)] < states)
        more = true;
      else
        noise[slot(v)] = 0;
    }
  }
  return result;
}

WorldQuery random_query(const Scm& model, std::uint64_t seed) {
  RandomStream stream(seed, RandomDomain::Test, 1);
  const auto node = [&] { return static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(model.n()))); };
  const auto value = [&](NodeId v) {
    return static_cast<double>(stream.below(static_cast<std::uint64_t>(model.cardinality(v))));
  };
  WorldQuery query;
  const int worlds = 1 + static_cast<int>(stream.below(2));
  for (int w = 0; w < worlds; ++w) {
    std::vector<Intervention> interventions;
    const NodeId v = node();
    const auto parents = model.dag().parents(v);
    if (!parents.empty() && stream.below(3) == 0) {
      const NodeId u = parents[stream.below(parents.size())];
      interventions.emplace_back(EdgeIntervention{u, v, value(u)});
    } else {
      interventions.emplace_back(Hard{v, value(v)});
    }
    if (stream.below(3) == 0) {
      const NodeId other = node();
      interventions.emplace_back(Hard{other, value(other)});
    }
    query.worlds.push_back(std::move(interventions));
  }
  const auto any_world = [&] { return static_cast<int>(stream.below(static_cast<std::uint64_t>(worlds) + 1)); };
  for (std::uint64_t k = 0; k <= stream.below(3); ++k) query.query.push_back({any_world(), node()});
  for (std::uint64_t k = stream.below(4); k > 0; --k) {
    const NodeId v = node();
    query.given.push_back({stream.below(4) == 0 ? any_world() : 0, v, value(v)});
  }
  return query;
}

}  // namespace

TEST_CASE("the textbook student: noise (.5, .75, .75), and 1.90 with two hours of homework") {
  // Provenance: Pearl, Glymour, Jewell, "Causal Inference in Statistics: A Primer", section 4.2.3.
  const Scm model = study_hours();
  const std::vector<Observation> evidence{{0, 0.5}, {1, 1}, {2, 1.5}};
  const auto noise = std::get<std::vector<double>>(abduct(model, evidence));
  CHECK(noise[0] == doctest::Approx(0.5));
  CHECK(noise[1] == doctest::Approx(0.75));
  CHECK(noise[2] == doctest::Approx(0.75));
  const auto exact = std::get<PointCounterfactual>(counterfactual_point(model, evidence, {Hard{1, 2}}, {2}));
  CHECK(exact.values[0] == doctest::Approx(1.90).epsilon(1e-14));
  const auto gaussian = std::get<GaussianCounterfactual>(counterfactual_gaussian(model, evidence, {Hard{1, 2}}));
  CHECK(gaussian.mean[2] == doctest::Approx(1.90).epsilon(1e-12));
  CHECK(std::abs(gaussian.covariance(2, 2)) < 1e-12);
  const auto answer = counterfactual(model, evidence, {Hard{1, 2}}, {2});
  CHECK(std::get<PointCounterfactual>(answer).values[0] == doctest::Approx(1.90).epsilon(1e-14));
}

TEST_CASE("discrete counterfactuals equal the sum over all states of the noise") {
  int answered = 0;
  int impossible = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    const Scm model = random_functions(3 + static_cast<int>(seed % 3), seed);
    const WorldQuery query = random_query(model, seed);
    CAPTURE(seed);
    double mass = 0;
    const auto truth = by_enumeration(model, query, mass);
    const auto answer = counterfactual_distribution(model, query);
    if (mass == 0) {
      REQUIRE(std::holds_alternative<NoCounterfactual>(answer));
      CHECK(std::get<NoCounterfactual>(answer).refusal == Refusal::ZeroSupport);
      ++impossible;
      continue;
    }
    REQUIRE(std::holds_alternative<DiscreteCounterfactual>(answer));
    const auto& found = std::get<DiscreteCounterfactual>(answer);
    CHECK(std::abs(found.given_probability - mass) <= 1e-12);
    for (std::size_t cell = 0; cell < found.distribution.size(); ++cell) {
      const auto entry = truth.find(found.distribution.assignment(cell));
      const double expected = entry == truth.end() ? 0 : entry->second / mass;
      CHECK(std::abs(found.distribution.values()[cell] - expected) <= 1e-12);
    }
    ++answered;
  }
  CHECK(answered >= 1000);
  CHECK(impossible >= 50);
}

TEST_CASE("a table with chance is used where one copy of it is left and refused where two are") {
  const Dag dag(MixedGraph({"x", "y"}, {directed(0, 1)}));
  const Scm model(dag,
                  {std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.4, 0.6}),
                   std::make_shared<DiscreteCpt>(std::vector<int>{2}, 2, std::vector<double>{0.9, 0.1, 0.3, 0.7})});
  const std::vector<std::vector<Intervention>> set_one{{Hard{0, 1}}};
  // P(y_{x=1}) and P(y_{x=1} | x = 0) need one copy.
  const auto effect = counterfactual_distribution(model, {set_one, {{1, 1}}, {{0, 0, 0}}});
  CHECK(std::get<DiscreteCounterfactual>(effect).distribution.values()[1] == doctest::Approx(0.7));
  // Given x = 1 the two worlds agree.
  const auto same = counterfactual_distribution(model, {set_one, {{1, 1}}, {{0, 0, 1}, {0, 1, 1}}});
  CHECK(std::get<DiscreteCounterfactual>(same).distribution.values()[1] == doctest::Approx(1));
  // Given x = 0 and y = 0 it depends on how the two rows go together.
  const WorldQuery crossing{set_one, {{1, 1}}, {{0, 0, 0}, {0, 1, 0}}};
  const auto refused = counterfactual_distribution(model, crossing);
  REQUIRE(std::holds_alternative<NoCounterfactual>(refused));
  CHECK(std::get<NoCounterfactual>(refused).refusal == Refusal::NotIdentifiable);
  CHECK(std::get<NoCounterfactual>(refused).node == 1);
  // With independent responses, and with the coupling in which nobody is harmed.
  const auto independent = std::get<Scm>(with_response_functions(model, 1));
  CHECK(std::get<DiscreteCounterfactual>(counterfactual_distribution(independent, crossing)).distribution.values()[1] ==
        doctest::Approx(0.7));
  const auto monotone = std::get<Scm>(with_response_functions(model, 1, {0.3, 0.6, 0, 0.1}));
  CHECK(std::get<DiscreteCounterfactual>(counterfactual_distribution(monotone, crossing)).distribution.values()[1] ==
        doctest::Approx(0.6 / 0.9));
  CHECK_THROWS_AS((void)with_response_functions(model, 1, {0.4, 0.5, 0, 0.1}), InvalidArgument);
  const auto too_many = with_response_functions(model, 1, {}, 3);
  CHECK(std::get<NoCounterfactual>(too_many).refusal == Refusal::BudgetExceeded);
  CHECK(max_difference(independent.table(1), model.table(1)) < 1e-15);
}

TEST_CASE("Gaussian counterfactuals with partial evidence equal conditioning in the joint of both worlds") {
  RandomStream stream(3, RandomDomain::Test);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const int n = 5;
    LinearSem random = LinearSem::random(random_dag_er(n, 2.5, seed), {}, seed);
    std::vector<double> intercepts(5);
    for (double& c : intercepts) c = stream.normal();
    const LinearSem sem(random.dag(), random.weights(), intercepts, random.variances());
    const Scm model = Scm::linear(sem);
    const auto v = static_cast<NodeId>(stream.below(5));
    const double value = stream.normal();
    std::vector<Intervention> interventions{Hard{v, value}};
    if (seed % 3 == 1) interventions = {Shift{v, value}};
    std::vector<Observation> evidence;
    for (const int w : stream.choice(n, static_cast<int>(stream.below(4)))) evidence.push_back({w, stream.normal()});
    const auto found = std::get<GaussianCounterfactual>(counterfactual_gaussian(model, evidence, interventions));
    // Joint of (x, x'): both are M (c + e) with the same e; condition by the block formula on a dense inverse.
    const LinearForm before = sem.linear_form();
    const LinearForm after = *intervene(model, interventions).linear_form();
    Eigen::MatrixXd joint_map(2 * n, n);
    joint_map << before.effects, after.effects;
    if (seed % 3 != 1)
      joint_map.bottomRows(n) =
          after.effects * (Eigen::VectorXd::Unit(n, v).array() == 0).cast<double>().matrix().asDiagonal();
    const Eigen::MatrixXd joint = joint_map * before.noise_covariance * joint_map.transpose();
    Eigen::VectorXd mean(2 * n);
    mean << before.mean(), after.mean();
    const auto k = static_cast<Eigen::Index>(evidence.size());
    Eigen::MatrixXd S(k, k), C(n, k);
    Eigen::VectorXd r(k);
    for (Eigen::Index i = 0; i < k; ++i) {
      const NodeId a = evidence[static_cast<std::size_t>(i)].node;
      r[i] = evidence[static_cast<std::size_t>(i)].value - mean[a];
      C.col(i) = joint.col(a).tail(n);
      for (Eigen::Index j = 0; j < k; ++j) S(i, j) = joint(a, evidence[static_cast<std::size_t>(j)].node);
    }
    Eigen::VectorXd expected = mean.tail(n);
    Eigen::MatrixXd covariance = joint.bottomRightCorner(n, n);
    if (k > 0) {
      expected += C * S.inverse() * r;
      covariance -= C * S.inverse() * C.transpose();
    }
    CHECK((found.mean - expected).cwiseAbs().maxCoeff() < 1e-10);
    CHECK((found.covariance - covariance).cwiseAbs().maxCoeff() < 1e-10);
  }
}

TEST_CASE("evidence outside the support has probability zero, for every method") {
  const Dag dag(MixedGraph({"x", "y"}, {directed(0, 1)}));
  const Scm copy = Scm::linear(LinearSem(dag, {2}, {0, 0}, {1, 0}));
  const std::vector<Observation> contradiction{{0, 1}, {1, 3}};
  const auto gaussian = counterfactual_gaussian(copy, contradiction, {Hard{0, 0}});
  CHECK(std::get<NoCounterfactual>(gaussian).refusal == Refusal::ZeroSupport);
  const auto point = counterfactual_point(copy, contradiction, {Hard{0, 0}}, {1});
  CHECK(std::get<NoCounterfactual>(point).refusal == Refusal::ZeroSupport);
  CHECK(std::get<NoCounterfactual>(point).node == 1);
  const auto sampled = counterfactual_sample(copy, contradiction, {Hard{0, 0}}, {1}, {.samples = 2000});
  CHECK(std::get<NoCounterfactual>(sampled).refusal == Refusal::ZeroSupport);
  const auto consistent = counterfactual_gaussian(copy, {{0, 1}, {1, 2}}, {Hard{0, 0}});
  CHECK(std::get<GaussianCounterfactual>(consistent).mean[1] == doctest::Approx(0));
}

TEST_CASE("what cannot be inverted is named") {
  const Dag dag(MixedGraph({"x", "y", "z"}, {directed(0, 1), directed(1, 2)}));
  const auto root = std::make_shared<LinearMechanism>(std::vector<double>{}, 0.0, Noise::gaussian());
  const auto square = functional(
      1, [](auto pa, double u) { return pa[0] + u * u; }, Noise::gaussian());
  const Scm model(dag,
                  {root, square, std::make_shared<LinearMechanism>(std::vector<double>{1}, 0.0, Noise::gaussian())});
  const auto answer = counterfactual_point(model, {{0, 0}, {1, 1}, {2, 1}}, {Hard{0, 1}}, {2});
  CHECK(std::get<NoCounterfactual>(answer).refusal == Refusal::NotInvertible);
  CHECK(std::get<NoCounterfactual>(answer).node == 1);
  CHECK(std::get<NoCounterfactual>(abduct(model, {{0, 0}, {1, 1}, {2, 1}})).node == 1);
  const auto sampled = counterfactual_sample(model, {{1, 1}}, {Hard{0, 1}}, {2}, {.samples = 100});
  CHECK(std::get<NoCounterfactual>(sampled).refusal == Refusal::NotInvertible);
  // Below the surgery the noise of y is not needed.
  const auto shifted_z = counterfactual_point(model, {{0, 0}, {1, 1}, {2, 1}}, {Hard{1, 5}}, {2});
  CHECK(std::get<PointCounterfactual>(shifted_z).values[0] == doctest::Approx(5));
  const auto unseen = counterfactual_point(model, {{0, 0}, {2, 1}}, {Hard{1, 5}}, {2});
  CHECK(std::get<NoCounterfactual>(unseen).refusal == Refusal::NotDetermined);
}

TEST_CASE("a monotone function without inverse is inverted by bracketing") {
  const Dag dag(MixedGraph({"x", "y"}, {directed(0, 1)}));
  const auto root = std::make_shared<LinearMechanism>(std::vector<double>{}, 0.0, Noise::gaussian());
  const auto f = [](std::span<const double> pa, double u) { return pa[0] + u + 0.5 * std::tanh(3 * u); };
  const Scm model(dag, {root, functional(1, f, Noise::gaussian(), {}, Monotone::Increasing)});
  const double u = -0.37;
  const std::vector<double> one{1};
  const std::vector<double> four{4};
  const auto answer = counterfactual_point(model, {{0, 1}, {1, f(one, u)}}, {Hard{0, 4}}, {1});
  CHECK(std::get<PointCounterfactual>(answer).values[0] == doctest::Approx(f(four, u)).epsilon(1e-12));
}

TEST_CASE("importance sampling agrees with the closed form, and reports how many samples it is worth") {
  const Scm model = study_hours();
  const std::vector<Observation> evidence{{2, 1.5}};
  const auto exact = std::get<GaussianCounterfactual>(counterfactual_gaussian(model, evidence, {Hard{1, 2}}));
  const auto sample =
      std::get<WeightedSample>(counterfactual_sample(model, evidence, {Hard{1, 2}}, {2}, {.run = {.seed = 4}}));
  CHECK(sample.weights.sum() == doctest::Approx(1));
  CHECK(sample.effective_sample_size > 1000);
  CHECK(sample.effective_sample_size < 100'000);
  CHECK(std::abs(sample.mean(0) - exact.mean[2]) < 5 * sample.standard_error(0));
  CHECK(sample.standard_error(0) < 0.02);
  // Sampled at one and at four threads the bytes are the same.
  for (const int threads : {1, 4}) {
    const auto again = std::get<WeightedSample>(
        counterfactual_sample(model, evidence, {Hard{1, 2}}, {2}, {.run = {.threads = threads, .seed = 4}}));
    CHECK(again.values == sample.values);
    CHECK(again.weights == sample.weights);
  }
  const auto far = counterfactual_sample(model, {{2, 40}}, {Hard{1, 2}}, {2}, {.samples = 1000});
  CHECK(std::get<NoCounterfactual>(far).refusal == Refusal::BudgetExceeded);
}

TEST_CASE("sampling finite noise given evidence agrees with contraction") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Scm model = random_functions(4, seed);
    const NodeId first = model.dag().topological_order().front();
    const NodeId last = model.dag().topological_order().back();
    const WorldQuery query{{{Hard{first, 1}}}, {{1, last}}, {{0, last, 0}}};
    const auto exact = counterfactual_distribution(model, query);
    const auto sampled =
        counterfactual_sample(model, {{last, 0}}, {Hard{first, 1}}, {last}, {.samples = 20'000, .run = {.seed = seed}});
    if (std::holds_alternative<NoCounterfactual>(exact)) {
      CHECK(std::get<NoCounterfactual>(sampled).refusal == Refusal::ZeroSupport);
      continue;
    }
    const auto& p = std::get<DiscreteCounterfactual>(exact).distribution.values();
    double mean = 0;
    for (std::size_t k = 0; k < p.size(); ++k) mean += static_cast<double>(k) * p[k];
    const auto& sample = std::get<WeightedSample>(sampled);
    CHECK(std::abs(sample.mean(0) - mean) <= 5 * sample.standard_error(0) + 1e-12);
  }
}
