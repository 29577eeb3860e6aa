// labels: unit golden
#include "causal/io/bif.hpp"

#include "causal/graph/random_graph.hpp"
#include "causal/io/file.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using io::read_bif;
using io::write_bif;

namespace {

BayesianNetwork read_data(const std::string& name) {
  const io::MappedFile file(std::string(CAUSAL_SOURCE_DIR) + "/data/" + name);
  const io::BifModel model = read_bif(file.bytes(), name);
  for (const std::string& warning : model.warnings)
    CHECK(warning.find("renormalised (off by up to 1e-0") != std::string::npos);
  return model.network;
}

/// Names and levels that need quotes among others.
BayesianNetwork random_network(std::uint32_t key) {
  RandomStream stream(3, RandomDomain::Test, key);
  const int n = 1 + static_cast<int>(stream.below(7));
  const Dag shape = random_dag_with_edges(n, n * (n - 1) / 4, key);
  const std::vector<std::string> oddities = {"", " ", "|", "a b", "\"q\"", "\\", "//c", "/*", "(x)", "äö", "<5", "{"};
  std::vector<DiscreteVariable> variables;
  for (int v = 0; v < n; ++v) {
    DiscreteVariable variable{"V" + std::to_string(v) + oddities[stream.below(oddities.size())], {}};
    for (std::uint64_t k = 0, levels = 1 + stream.below(4); k < levels; ++k) {
      variable.levels.push_back(oddities[stream.below(oddities.size())] + std::to_string(k));
    }
    variables.push_back(std::move(variable));
  }
  std::vector<std::string> names;
  for (const auto& variable : variables) names.push_back(variable.name);
  const Dag dag(MixedGraph(names, shape.graph().edges()));
  std::vector<Factor> tables;
  for (NodeId v = 0; v < n; ++v) {
    std::vector<VariableId> scope(dag.parents(v).begin(), dag.parents(v).end());
    scope.push_back(v);
    std::vector<int> cardinalities;
    for (const NodeId u : scope) cardinalities.push_back(variables[slot(u)].cardinality());
    Factor table = Factor::constant(scope, cardinalities, 1.0);
    std::vector<double> values(table.size());
    const auto levels = static_cast<std::size_t>(cardinalities.back());
    for (std::size_t first = 0; first < values.size(); first += levels) {
      double sum = 0;
      for (std::size_t k = 0; k < levels; ++k) sum += values[first + k] = stream.uniform();
      for (std::size_t k = 0; k < levels; ++k) values[first + k] /= sum;
    }
    tables.emplace_back(std::move(scope), std::move(cardinalities), std::move(values));
  }
  return {dag, std::move(variables), std::move(tables)};
}

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(read_bif(text, "x.bif"));
  } catch (const ParseError& error) {
    return error.where() + " " + error.message();
  } catch (const Error& error) {
    return error.message();
  }
  return "accepted";
}

const std::string kHead = "network n {\n}\nvariable a { type discrete [ 2 ] { y, n }; }\n";

}  // namespace

TEST_CASE("the chest clinic has its published tables") {  // Lauritzen and Spiegelhalter 1988
  const BayesianNetwork asia = read_data("asia.bif");
  CHECK(asia.n() == 8);
  CHECK(asia.dag().graph().edges().size() == 8);
  const NodeId tub = asia.dag().graph().id("tub");
  CHECK(asia.table(tub).values() == std::vector<double>{0.05, 0.95, 0.01, 0.99});
  const NodeId dysp = asia.dag().graph().id("dysp");
  const NodeId bronc = asia.dag().graph().id("bronc");
  const NodeId either = asia.dag().graph().id("either");
  const Factor& table = asia.table(dysp);
  CHECK(table.scope() == std::vector{bronc, either, dysp});
  CHECK(table.at(std::vector{0, 0, 0}) == 0.9);  // dysp = yes given bronchitis and either
  CHECK(table.at(std::vector{0, 1, 0}) == 0.8);
  CHECK(table.at(std::vector{1, 0, 0}) == 0.7);
  CHECK(asia.level(dysp, "no") == 1);
  CHECK_THROWS_AS(static_cast<void>(asia.level(dysp, "maybe")), InvalidArgument);
}

TEST_CASE("ALARM has its published size") {  // Beinlich et al. 1989: 37 variables, 46 arcs, 509 parameters
  const BayesianNetwork alarm = read_data("alarm.bif");
  CHECK(alarm.n() == 37);
  CHECK(alarm.dag().graph().edges().size() == 46);
  std::size_t free_parameters = 0;
  for (NodeId v = 0; v < alarm.n(); ++v) {
    const auto levels = static_cast<std::size_t>(alarm.variable(v).cardinality());
    free_parameters += alarm.table(v).size() / levels * (levels - 1);
  }
  CHECK(free_parameters == 509);
}

TEST_CASE("what is written reads back bit for bit, whatever the names") {
  for (std::uint32_t key = 0; key < 300; ++key) {
    const BayesianNetwork network = random_network(key);
    const std::string text = write_bif(network, "a \"name\"");
    const io::BifModel back = read_bif(text, "written");
    REQUIRE(back.network == network);
    REQUIRE(back.warnings.empty());
    REQUIRE(back.name == "a \"name\"");
    REQUIRE(write_bif(back.network, back.name) == text);
  }
}

TEST_CASE("entries, defaults and tables say the same") {
  const std::string head = kHead + "variable b { type discrete [ 2 ] { 0, 1 }; }\nprobability (a) { table .25 .75; }\n";
  const auto entries = read_bif(head + "probability (b | a) { (n) 0.5 0.5; (y) 0.1 0.9; }", "t").network;
  const auto standard = read_bif(head + "probability (b | a) { default 0.5 0.5; (y) 0.1, 0.9; }", "t").network;
  const auto table = read_bif(head + "probability (b | a) { table 0.1 0.5 0.9 0.5; }", "t").network;
  CHECK(entries == standard);
  CHECK(entries == table);
  CHECK(entries.table(1).values() == std::vector<double>{0.1, 0.9, 0.5, 0.5});
}

TEST_CASE("parents may be listed in any order, and blocks may stand before their variables") {
  const std::string text =
      "probability (c | b, a) { (0, y) 1 0; (0, n) .2 .8; (1, y) .3 .7; (1, n) .4 .6; }\n" + kHead +
      "variable b { property x = 1; type discrete [ 2 ] { 0, 1 }; }\nvariable c { type discrete [2] { u, v }; }\n"
      "probability (a) { table .25 .75; }  // a comment\nprobability (b) { table .5 .5; /* another */ }\n";
  const auto network = read_bif(text, "t").network;
  CHECK(network.table(2) == Factor({0, 1, 2}, {2, 2, 2}, {1, 0, .3, .7, .2, .8, .4, .6}));
}

TEST_CASE("a distribution that nearly sums to one is mended with a warning, any other is refused") {
  const auto mended = read_bif(kHead + "probability (a) { table .3333 .6666; }", "t");
  CHECK(mended.warnings.size() == 1);
  CHECK(mended.network.table(0).total() == doctest::Approx(1).epsilon(1e-15));
  CHECK(error_of(kHead + "probability (a) { table .3 .6; }") ==
        "x.bif:4:13 the probabilities of 'a' sum to 0.9 instead of 1");
}

TEST_CASE("malformed files are refused with line and column") {
  CHECK(error_of("network x {") == "x.bif:1:12 expected 'property' or '}' but found the end of the text");
  CHECK(error_of("variable a { type discrete [ 3 ] { y, n }; }") ==
        "x.bif:1:30 3 levels are announced and 2 are given");
  CHECK(error_of(kHead) == "x.bif:4:1 there is no probability block for 'a'");
  CHECK(error_of(kHead + "probability (b) { table 1; }") == "x.bif:4:14 variable 'b' is not declared");
  CHECK(error_of(kHead + "probability (a) { table 1 0 0; }") == "x.bif:4:29 more than 2 probabilities");
  CHECK(error_of(kHead + "probability (a) { table 1 -0.5; }") == "x.bif:4:27 a negative number cannot stand here");
  CHECK(error_of(kHead + "probability (a | a) { table 1 0; }") == "x.bif:4:18 variable 'a' stands here twice");
  CHECK(error_of(kHead + "variable b { type discrete [ 2 ] { 0, 1 }; }\nprobability (a) { table 1 0; }\n"
                         "probability (b | a) { (y) 1 0; }") ==
        "x.bif:6:13 the probabilities of 'b' given a = n are missing");
  const std::string loop =
      "variable b { type discrete [ 1 ] { 0 }; }\nvariable c { type discrete [ 1 ] { 0 }; }\n"
      "probability (a | b) { default 1 0; }\nprobability (b | c) { default 1; }\nprobability (c | a) { default 1; }";
  CHECK(error_of(kHead + loop).find("cycle") != std::string::npos);
}

TEST_CASE("a network whose tables do not fit its graph is refused") {
  const Dag dag(MixedGraph({"a", "b"}, {directed(0, 1)}));
  const std::vector<DiscreteVariable> variables{{"a", {"0", "1"}}, {"b", {"0", "1"}}};
  const Factor a({0}, {2}, {0.5, 0.5});
  CHECK_THROWS_AS(BayesianNetwork(dag, variables, {a, Factor({1}, {2}, {0.5, 0.5})}), InvalidArgument);
  CHECK_THROWS_WITH_AS(BayesianNetwork(dag, variables, {a, Factor({0, 1}, {2, 2}, {0.5, 0.5, 0.5, 0.6})}),
                       "BayesianNetwork: its probabilities given a = 1 sum to 1.1 instead of 1\nvariable 'b'",
                       InvalidArgument);
}
