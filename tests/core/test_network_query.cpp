// labels: oracle
#include "causal/scm/network_query.hpp"

#include <cmath>

#include "causal/io/bif.hpp"
#include "causal/io/file.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/golden_model.hpp"

#include <doctest/doctest.h>

using namespace causal;
using causal::test::GoldenModel;
using causal::test::Setting;

namespace {

BayesianNetwork read_shipped(const std::string& name) {
  const std::string path = std::string(CAUSAL_SOURCE_DIR) + "/data/" + name;
  const io::MappedFile file(path);
  return io::read_bif(file.bytes(), path).network;
}

// The golden model as a network: hidden roots are its latents. Its parents are numbered in another order than tables
// here, so each table is brought into the order of the graph.
BayesianNetwork network_of(const GoldenModel& model) {
  const Dag& dag = model.structure().dag;
  std::vector<DiscreteVariable> variables;
  std::vector<Factor> tables;
  NodeSet latents;
  for (NodeId v = 0; v < dag.n(); ++v) {
    variables.push_back({dag.graph().name(v), {"0", "1"}});
    std::vector<VariableId> scope(dag.parents(v).begin(), dag.parents(v).end());
    scope.push_back(v);
    tables.push_back(model.mechanism(v).permuted(scope));
    if (v >= model.observed()) latents.push_back(v);
  }
  return BayesianNetwork(dag, std::move(variables), std::move(tables), std::move(latents));
}

Admg random_admg(int n, RandomStream& stream) {
  std::vector<Edge> edges;
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = a + 1; b < n; ++b) {
      if (stream.uniform() < .4) edges.push_back(directed(a, b));
      if (stream.uniform() < .25) edges.push_back(bidirected(a, b));
    }
  }
  return Admg(MixedGraph(n, std::move(edges)));
}

}  // namespace

TEST_CASE("conditional and interventional queries equal truncated factorisation on random models with hidden causes") {
  RandomStream stream(31, RandomDomain::Test);
  double worst = 0;
  for (int i = 0; i < 300; ++i) {
    const int n = 3 + i % 4;
    const GoldenModel model(random_admg(n, stream));
    const BayesianNetwork network = network_of(model);
    const std::vector<int> order = stream.permutation(n);
    NetworkQuery asked{{order[0]}, {}, {}};
    std::vector<Setting> given, forced;
    for (int k = 1; k < n; ++k) {
      const int value = static_cast<int>(stream.below(2));
      switch (stream.below(4)) {
        case 0:
          asked.target.push_back(order[static_cast<std::size_t>(k)]);
          break;
        case 1:
          asked.evidence.push_back({order[static_cast<std::size_t>(k)], value});
          given.push_back({order[static_cast<std::size_t>(k)], value});
          break;
        case 2:
          asked.interventions.push_back({order[static_cast<std::size_t>(k)], value});
          forced.push_back({order[static_cast<std::size_t>(k)], value});
          break;
        default:
          break;
      }
    }
    Factor joint = model.joint(forced);
    for (const Setting& s : given) joint = joint.slice(s.node, s.value);
    const Factor expected = joint.marginal(asked.target).scaled(1 / joint.total());
    const NetworkAnswer answer = query(network, asked);
    REQUIRE(answer.distribution);
    worst = std::max(worst, max_difference(*answer.distribution, expected));
    worst = std::max(worst, std::abs(answer.evidence_probability - joint.total()));
    const NetworkMarginals all = marginals(network, asked.evidence, asked.interventions);
    for (const NodeId v : asked.target) {
      worst = std::max(worst, max_difference(all.marginals[slot(v)], expected.marginal(std::vector{v})));
    }
    for (const auto& [v, value] : asked.interventions) {
      REQUIRE(all.marginals[slot(v)].values()[static_cast<std::size_t>(value)] == 1);
    }
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("the smoking example: a hidden cause gives the published effects") {
  // The hidden cause carries s and the value of c for each value of t: 4 s + 2 c(t=1) + c(t=0). By choice it agrees
  // with the joint table; the effect of s is the same for every such choice.
  const double joint[2][2][2] = {{{.20, .02}, {.05, .10}}, {{.02, .01}, {.10, .50}}};  // [s][t][c]
  double p_s[2], p_t[2], p_c[2][2];  // P(s), P(t=1 | s), P(c=1 | s, t)
  for (int s = 0; s < 2; ++s) {
    p_s[s] = joint[s][0][0] + joint[s][0][1] + joint[s][1][0] + joint[s][1][1];
    p_t[s] = (joint[s][1][0] + joint[s][1][1]) / p_s[s];
    for (int t = 0; t < 2; ++t) p_c[s][t] = joint[s][t][1] / (joint[s][t][0] + joint[s][t][1]);
  }
  std::vector<double> h(8), s_of_h, t_of_s = {1 - p_t[0], p_t[0], 1 - p_t[1], p_t[1]}, c_of_ht;
  for (int k = 0; k < 8; ++k) {
    const int s = k / 4, c1 = k / 2 % 2, c0 = k % 2;
    h[static_cast<std::size_t>(k)] =
        p_s[s] * (c1 == 1 ? p_c[s][1] : 1 - p_c[s][1]) * (c0 == 1 ? p_c[s][0] : 1 - p_c[s][0]);
    s_of_h.insert(s_of_h.end(), {1.0 - s, 1.0 * s});
    c_of_ht.insert(c_of_ht.end(), {1.0 - c0, 1.0 * c0, 1.0 - c1, 1.0 * c1});
  }
  const Dag dag(MixedGraph({"h", "s", "t", "c"}, {directed(0, 1), directed(1, 2), directed(0, 3), directed(2, 3)}));
  const std::vector<std::string> yes_no = {"0", "1"};
  const BayesianNetwork network(
      dag, {{"h", {"0", "1", "2", "3", "4", "5", "6", "7"}}, {"s", yes_no}, {"t", yes_no}, {"c", yes_no}},
      {Factor({0}, {8}, h), Factor({0, 1}, {8, 2}, s_of_h), Factor({1, 2}, {2, 2}, t_of_s),
       Factor({0, 2, 3}, {8, 2, 2}, c_of_ht)},
      {0});
  const Factor seen = *query(network, {.target = {1, 2, 3}}).distribution;
  for (std::size_t cell = 0; cell < 8; ++cell) {
    CHECK(seen.values()[cell] == doctest::Approx(joint[cell / 4][cell / 2 % 2][cell % 2]).epsilon(1e-13));
  }
  const auto effect = [&](int s) {
    return query(network, {.target = {3}, .interventions = {{1, s}}}).distribution->values()[1];
  };
  CHECK(effect(1) == doctest::Approx(.7465223665).epsilon(1e-10));
  CHECK(effect(0) == doctest::Approx(.4577027027).epsilon(1e-10));
  CHECK(query(network, {.target = {3}, .evidence = {{1, 1}}}).distribution->values()[1] ==
        doctest::Approx(.51 / .63).epsilon(1e-13));
}

TEST_CASE("the chest clinic has the marginals that follow from its tables by hand") {
  const BayesianNetwork asia = read_shipped("asia.bif");
  const NodeId xray = asia.dag().graph().id("xray"), either = asia.dag().graph().id("either");
  const NetworkMarginals all = marginals(asia);
  REQUIRE(all.marginals.size() == 8);
  CHECK(all.evidence_probability == doctest::Approx(1).epsilon(1e-14));
  const auto yes = [&](NodeId v) {
    return all.marginals[slot(v)].values()[static_cast<std::size_t>(asia.level(v, "yes"))];
  };
  const double p_either = 1 - (1 - .0104) * (1 - .055);  // tub: .01 * .05 + .99 * .01; lung: .5 * .1 + .5 * .01
  CHECK(yes(either) == doctest::Approx(p_either).epsilon(1e-14));
  CHECK(yes(xray) == doctest::Approx(.98 * p_either + .05 * (1 - p_either)).epsilon(1e-14));
}

TEST_CASE("every marginal of ALARM is the answer to its own query") {
  const BayesianNetwork alarm = read_shipped("alarm.bif");
  const Evidence evidence = {{0, 0}, {20, 1}};
  const NetworkMarginals all = marginals(alarm, evidence);
  for (NodeId v = 0; v < alarm.n(); ++v) {
    if (v == 0 || v == 20) continue;
    const NetworkAnswer one = query(alarm, {.target = {v}, .evidence = evidence});
    CHECK(max_difference(*one.distribution, all.marginals[slot(v)]) < 1e-12);
    CHECK(one.evidence_probability == doctest::Approx(all.evidence_probability).epsilon(1e-12));
  }
}

TEST_CASE("only ancestors of what is asked take part") {
  const int n = 2000;
  std::vector<Edge> edges;
  std::vector<std::string> names;
  std::vector<DiscreteVariable> variables;
  std::vector<Factor> tables;
  for (NodeId v = 0; v < n; ++v) {
    names.push_back("x" + std::to_string(v));
    variables.push_back({names.back(), {"0", "1"}});
    if (v > 0) edges.push_back(directed(v - 1, v));
    tables.push_back(v == 0 ? Factor({0}, {2}, {.5, .5}) : Factor({v - 1, v}, {2, 2}, {.9, .1, .2, .8}));
  }
  const BayesianNetwork chain(Dag(MixedGraph(names, edges)), variables, tables);
  CHECK(query(chain, {.target = {2}}).plan.order.size() == 2);
  // What is forced is no effect of its causes, and hides them.
  CHECK(query(chain, {.target = {1001}, .interventions = {{1000, 1}}}).plan.order.empty());
  CHECK(query(chain, {.target = {1001}, .interventions = {{1000, 1}}}).distribution->values()[1] == .8);
}

TEST_CASE("impossible evidence has probability 0 and no distribution") {
  const BayesianNetwork network(Dag(MixedGraph({"a", "b"}, {directed(0, 1)})), {{"a", {"0", "1"}}, {"b", {"0", "1"}}},
                                {Factor({0}, {2}, {1, 0}), Factor({0, 1}, {2, 2}, {.5, .5, .1, .9})});
  const NetworkAnswer answer = query(network, {.target = {1}, .evidence = {{0, 1}}});
  CHECK(answer.status == Status::Ok);
  CHECK(answer.evidence_probability == 0);
  CHECK(!answer.distribution);
  CHECK(marginals(network, {{0, 1}}).marginals.empty());
  // Forcing the same value is possible.
  CHECK(query(network, {.target = {1}, .interventions = {{0, 1}}}).distribution->values()[1] == .9);
}

TEST_CASE("samples follow the distribution they are drawn from") {
  const BayesianNetwork asia = read_shipped("asia.bif");
  const std::int64_t n = 200000;
  const Dataset data = sample(asia, n, {.seed = 4});
  REQUIRE(data.cols() == 8);
  CHECK(data.column(0).levels == asia.variable(0).levels);
  const NetworkMarginals all = marginals(asia);
  for (NodeId v = 0; v < asia.n(); ++v) {
    const double p = all.marginals[slot(v)].values()[0];
    const double frequency = static_cast<double>((data.values().col(v).array() == 0).count()) / static_cast<double>(n);
    CHECK(std::abs(frequency - p) < 4 * std::sqrt(p * (1 - p) / static_cast<double>(n)));
  }
  CHECK(sample(asia, 1000, {.threads = 1, .seed = 4}).values() ==
        sample(asia, 1000, {.threads = 4, .seed = 4}).values());
}

TEST_CASE("a network survives the way to a structural model and back") {
  const BayesianNetwork asia = read_shipped("asia.bif");
  const BayesianNetwork back = to_bayesian_network(to_scm(asia));
  REQUIRE(back.dag() == asia.dag());
  CHECK(back.variables() == asia.variables());
  for (NodeId v = 0; v < asia.n(); ++v) CHECK(max_difference(back.table(v), asia.table(v)) < 1e-15);
}

TEST_CASE("queries that contradict themselves are refused by name") {
  const BayesianNetwork asia = read_shipped("asia.bif");
  CHECK_THROWS_WITH_AS(static_cast<void>(query(asia, {.target = {0}, .evidence = {{0, 1}}})),
                       "query: 'asia' stands in the target and again in the evidence", InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(query(asia, {.target = {8}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(query(asia, {.target = {1, 1}})), InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(query(asia, {.target = {1}, .interventions = {{0, 2}}})),
                       doctest::Contains("value of 'asia' = 2"), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(marginals(asia, {{0, 0}}, {{0, 0}})), InvalidArgument);
}

TEST_CASE("a query that costs too much is refused with its cost") {
  const BayesianNetwork alarm = read_shipped("alarm.bif");
  const NetworkAnswer answer = query(alarm, {.target = {36}}, {.max_operations = 10});
  CHECK(answer.status == Status::BudgetExceeded);
  CHECK(!answer.distribution);
  CHECK(answer.plan.operations > 10);
}
