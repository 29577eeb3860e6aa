// labels: unit
#include <limits>
#include <string>

#include "causal/io/graph_json.hpp"
#include "causal/run/error.hpp"
#include "support/json_schema.hpp"
#include "support/sample_changes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::test;
using io::Json;

namespace {

const JsonSchema& schema() {
  static const JsonSchema schema =
      JsonSchema::from_file(std::string(CAUSAL_SOURCE_DIR) + "/data/schemas/causal.graph.1.schema.json");
  return schema;
}

/// Two variables and the surrogate, node 2, with this text as `changes`.
std::string document(const std::string& changes) {
  return R"({"schema":"causal.graph/1","kind":"pdag","nodes":[{"id":0,"name":"a"},{"id":1,"name":"b"},)"
         R"({"id":2,"name":"c"}],"edges":[],"changes":)" +
         changes + "}";
}

struct Parts {
  std::string surrogate = "2";
  std::string points = "0.0,1.0";
  std::string domains = "";
  std::string changing = "0,1";
  std::string rounds = "";
  std::string forces = "";

  [[nodiscard]] std::string text() const {
    return document(R"({"surrogate":)" + surrogate + R"(,"points":[)" + points + R"(],"domains":[)" + domains +
                    R"(],"changing":[)" + changing + R"(],"rounds":[)" + rounds + R"(],"forces":[)" + forces + "]}");
  }
};

std::string score(const std::string& node, const std::string& parents, const std::string& dependence = "0.1",
                  const std::string& overlap = "0.5") {
  return R"({"node":)" + node + R"(,"parents":[)" + parents + R"(],"dependence":)" + dependence + R"(,"overlap":)" +
         overlap + "}";
}

std::string round(const std::string& scores, const std::string& sink = "null", const std::string& margin = "0.0",
                  const std::string& oriented = "") {
  return R"({"scores":[)" + scores + R"(],"sink":)" + sink + R"(,"margin":)" + margin + R"(,"oriented":[)" + oriented +
         R"(],"note":""})";
}

std::string force(const std::string& node, const std::string& shares, const std::string& components,
                  const std::string& change_points = "", const std::string& parents = "") {
  return R"({"node":)" + node + R"(,"parents":[)" + parents + R"(],"shares":[)" + shares + R"(],"components":[)" +
         components + R"(],"change_points":[)" + change_points + "]}";
}

/// The place of the error that reading this text ends in.
std::string place(const std::string& text) {
  try {
    static_cast<void>(io::graph_from_json(Json::parse(text)));
  } catch (const DataError& error) {
    return error.where();
  }
  return "no error";
}

}  // namespace

TEST_CASE("changes stand between the graph and the run, with the keys of the schema in its order") {
  LearnedGraph graph = changing_graph(2);
  graph.changes->rounds.erase(graph.changes->rounds.begin());
  graph.changes->forces.erase(graph.changes->forces.begin());
  const std::string text = io::graph_to_json(graph).dump();
  const std::size_t from = text.find(R"("changes":)");
  REQUIRE(from != std::string::npos);
  CHECK(text.substr(from, text.find(R"("run":)") - from) ==
        R"("changes":{"surrogate":4,"points":[0.0,1.0],"domains":[],"changing":[1,2,3],)"
        R"("rounds":[{"scores":[{"node":1,"parents":[2],"dependence":0.0301,"overlap":0.03},)"
        R"({"node":2,"parents":[1],"dependence":0.0299,"overlap":null}],"sink":null,"margin":0.0033333333333333335,)"
        R"("oriented":[],"note":"the margin lies below min_margin = 0.05"}],)"
        R"("forces":[{"node":2,"parents":[1],"shares":[0.7],"components":[[-0.4,0.6]],)"
        R"("change_points":[{"at":1.0,"size":1.9}]},)"
        R"({"node":3,"parents":[2],"shares":[0.0],"components":[[0.0,0.0]],"change_points":[]}]},)");
}

TEST_CASE("changes come back from JSON byte for byte and conform to the schema") {
  LearnedGraph nothing_found = changing_graph();
  nothing_found.changes.emplace().surrogate = 4;
  LearnedGraph not_computed = changing_graph(3);
  not_computed.changes->rounds[0].margin = std::numeric_limits<double>::quiet_NaN();
  not_computed.changes->rounds[0].scores[0].dependence = std::numeric_limits<double>::quiet_NaN();
  not_computed.changes->forces[1].components[0][1] = std::numeric_limits<double>::quiet_NaN();
  not_computed.changes->forces[1].change_points[0].size = std::numeric_limits<double>::quiet_NaN();
  LearnedGraph without_points = domain_graph(4);
  without_points.changes->points.clear();
  for (const LearnedGraph& graph :
       {changing_graph(), domain_graph(5), domain_graph(1), nothing_found, not_computed, without_points}) {
    const Json json = io::graph_to_json(graph);
    const LearnedGraph back = io::graph_from_json(Json::parse(json.dump()));
    CHECK(io::graph_to_json(back).dump() == json.dump());
    CHECK(schema().violation(json) == "");
  }
}

TEST_CASE("every number and list of changes comes back as it was") {
  const LearnedGraph graph = changing_graph();
  const MechanismChanges back = *io::graph_from_json(io::graph_to_json(graph)).changes;
  const MechanismChanges& changes = *graph.changes;
  CHECK(back.surrogate == 4);
  CHECK(back.points == changes.points);
  CHECK(back.changing == changes.changing);
  REQUIRE(back.rounds.size() == 2);
  CHECK(back.rounds[0].sink == 3);
  CHECK(back.rounds[0].oriented == changes.rounds[0].oriented);
  CHECK(back.rounds[0].scores[1].parents == NodeSet{1, 3});
  CHECK(back.rounds[0].scores[1].overlap == 0.64);
  CHECK(back.rounds[1].sink == -1);
  CHECK(back.rounds[1].note == changes.rounds[1].note);
  REQUIRE(back.forces.size() == 3);
  CHECK(back.forces[0].components == changes.forces[0].components);
  CHECK(back.forces[0].shares == changes.forces[0].shares);
  CHECK(back.forces[1].change_points[0].at == 60);
  CHECK_FALSE(io::graph_from_json(io::graph_to_json(LearnedGraph{})).changes.has_value());
  CHECK_FALSE(io::graph_from_json(Json::parse(document("null"))).changes.has_value());
}

TEST_CASE("each error in changes names the path of the member") {
  CHECK(place(Parts{}.text()) == "no error");
  CHECK(place(document("[]")) == "changes");
  CHECK(place(document("{}")) == "changes");
  CHECK(place(Parts{.surrogate = "3"}.text()) == "changes.surrogate");
  CHECK(place(Parts{.points = "1.0,0.0"}.text()) == "changes.points[1]");
  CHECK(place(Parts{.points = "null"}.text()) == "changes.points[0]");
  CHECK(place(Parts{.domains = R"("u")"}.text()) == "changes.domains");
  CHECK(place(Parts{.domains = R"("u",1)"}.text()) == "changes.domains[1]");
  CHECK(place(Parts{.changing = "1,0"}.text()) == "changes.changing[1]");
  CHECK(place(Parts{.changing = "0,2"}.text()) == "changes.changing[1]");
  CHECK(place(Parts{.changing = "-1"}.text()) == "changes.changing[0]");
}

TEST_CASE("each error in a round names the path of the member") {
  const auto in_round = [](const std::string& rounds) { return place(Parts{.rounds = rounds}.text()); };
  CHECK(in_round(round(score("0", "1") + "," + score("1", "0"), "1", "0.2", R"({"from":0,"to":1})")) == "no error");
  CHECK(in_round(round(score("0", ""), "1")) == "changes.rounds[0].sink");
  CHECK(in_round(round(score("0", ""), "0", "1.5")) == "changes.rounds[0].margin");
  CHECK(in_round(round("", "null", "0.0", R"({"from":1,"to":1})")) == "changes.rounds[0].oriented[0]");
  CHECK(in_round(round("", "null", "0.0", R"({"from":1,"to":9})")) == "changes.rounds[0].oriented[0].to");
  CHECK(in_round(round(score("1", "") + "," + score("0", ""))) == "changes.rounds[0].scores[1].node");
  CHECK(in_round(round(score("2", ""))) == "changes.rounds[0].scores[0].node");
  CHECK(in_round(round(score("0", "0"))) == "changes.rounds[0].scores[0].parents[0]");
  CHECK(in_round(round(score("0", "1,2"))) == "changes.rounds[0].scores[0].parents[1]");
  CHECK(in_round(round(score("0", "", "-0.1"))) == "changes.rounds[0].scores[0].dependence");
  CHECK(in_round(round(score("0", "", "0.1", "1.01"))) == "changes.rounds[0].scores[0].overlap");
  CHECK(in_round(R"({"scores":[]})") == "changes.rounds[0]");
}

TEST_CASE("each error in a force names the path of the member") {
  const auto in_force = [](const std::string& forces) { return place(Parts{.forces = forces}.text()); };
  CHECK(in_force(force("0", "0.6", "[0.1,-2.0]", R"({"at":1.0,"size":2.0})", "1")) == "no error");
  CHECK(in_force(force("2", "", "")) == "changes.forces[0].node");
  CHECK(in_force(force("1", "", "") + "," + force("1", "", "")) == "changes.forces[1].node");
  CHECK(in_force(force("1", "", "", "", "1")) == "changes.forces[0].parents[0]");
  CHECK(in_force(force("1", "1.2", "[0.0,0.0]")) == "changes.forces[0].shares[0]");
  CHECK(in_force(force("1", "0.1,0.2", "[0.0,0.0],[0.0,0.0]")) == "changes.forces[0].shares[1]");
  CHECK(in_force(force("1", "0.6", "")) == "changes.forces[0].components");
  CHECK(in_force(force("1", "0.6", "[0.0]")) == "changes.forces[0].components[0]");
  CHECK(in_force(force("1", "0.6", R"([0.0,"x"])")) == "changes.forces[0].components[0][1]");
  CHECK(in_force(force("1", "", "", R"({"at":null,"size":2.0})")) == "changes.forces[0].change_points[0].at");
  CHECK(in_force(force("1", "", "", R"({"at":1.0,"size":2.0},{"at":1.0,"size":2.0})")) ==
        "changes.forces[0].change_points[1].at");
}

TEST_CASE("the schema refuses shares out of range and members that are missing") {
  const auto violation = [](const Parts& parts) { return schema().violation(Json::parse(parts.text())); };
  CHECK(violation({}) == "");
  CHECK(violation({.surrogate = "-1"}) != "");
  CHECK(violation({.forces = force("1", "1.2", "[0.0,0.0]")}) != "");
  CHECK(violation({.rounds = round(score("0", "", "-0.1"))}) != "");
  CHECK(violation({.rounds = R"({"scores":[]})"}) != "");
  CHECK(schema().violation(Json::parse(document("{}"))) != "");
}
