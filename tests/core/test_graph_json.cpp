// labels: unit
#include <string>

#include "causal/io/graph_json.hpp"
#include "causal/run/error.hpp"
#include "support/json_schema.hpp"
#include "support/sample_graphs.hpp"

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

Json reread(const Json& json) { return io::graph_to_json(io::graph_from_json(Json::parse(json.dump()))); }

/// The place of the error that reading this text ends in.
std::string place(const std::string& text) {
  try {
    static_cast<void>(io::graph_from_json(Json::parse(text)));
  } catch (const DataError& error) {
    return error.where();
  }
  return "no error";
}

std::string with(const std::string& nodes, const std::string& edges, const std::string& rest = "") {
  return R"({"schema":"causal.graph/1","kind":"pag","nodes":[)" + nodes + R"(],"edges":[)" + edges + "]" + rest + "}";
}

const std::string kTwoNodes = R"({"id":0,"name":"a"},{"id":1,"name":"b"})";
const std::string kThreeNodes = kTwoNodes + R"(,{"id":2,"name":"c"})";
const std::string kEdge = R"({"from":0,"to":1,"mark_from":"tail","mark_to":"arrow"})";

}  // namespace

TEST_CASE("the document has exactly the keys of the schema, in its order") {
  LearnedGraph graph = full_record_graph();
  graph.nodes.resize(2);
  graph.edges = {{directed(0, 1), 0, 0.41, 1.2e-9, 0.97}};
  graph.sepsets = {};
  graph.timing.reset();
  graph.not_a_cpdag.reset();
  CHECK(io::graph_to_json(graph).dump() ==
        R"({"schema":"causal.graph/1","kind":"pdag","nodes":[{"id":0,"name":"raf","type":"continuous","lag":null},)"
        R"({"id":1,"name":"mek","type":"discrete","lag":null}],)"
        R"("edges":[{"from":0,"to":1,"mark_from":"tail","mark_to":"arrow","lag":0,"strength":0.41,)"
        R"("p_value":1.2e-09,"frequency":0.97}],"sepsets":[],"ambiguous_triples":[[0,1,3]],)"
        R"("run":{"tool":"causal","version":"0.1.0","algorithm":"pc","options":{"alpha":0.05,"skeleton":"stable",)"
        R"("threads":-1,"big":"1e5","verbose":true},"seed":18446744073709551615,)"
        R"("data":{"sha256":"00ff","n":7466,"p":4},"status":"time_limit",)"
        R"("warnings":["column 'raf' is \"odd\"","é"],"stats":{"ci_tests":21,"by_level":[6,12,0,3],"degenerate":2}}})");
}

TEST_CASE("a graph comes back from JSON byte for byte and conforms to the schema") {
  LearnedGraph lagged = graph_of({"x", "y"}, {}, GraphKind::TsDag);
  lagged.edges = {{directed(0, 0), 1}, {directed(0, 1), 2}, {directed(1, 0), 1}};
  lagged.nodes[1].lag = 3;
  for (const LearnedGraph& graph : {full_record_graph(), all_marks_graph(), lagged, LearnedGraph{}}) {
    const Json json = io::graph_to_json(graph);
    CHECK(reread(json).dump() == json.dump());
    CHECK(schema().violation(json) == "");
  }
}

TEST_CASE("edges in any order and writing are read as the canonical list") {
  const Json swapped = Json::parse(with(kThreeNodes, R"({"from":2,"to":1,"mark_from":"arrow","mark_to":"tail"},)"
                                                     R"({"from":1,"to":0,"mark_from":"circle","mark_to":"arrow"})"));
  const LearnedGraph graph = io::graph_from_json(swapped);
  REQUIRE(graph.edges.size() == 2);
  CHECK(graph.edges[0].edge == Edge{0, 1, Mark::Arrow, Mark::Circle});
  CHECK(graph.edges[1].edge == directed(1, 2));
}

TEST_CASE("unknown members are passed over") {
  CHECK(place(with(kTwoNodes, kEdge, R"(,"later":{"a":[1]})")) == "no error");
}

TEST_CASE("each error names the path of the member") {
  CHECK(place("[]") == "the document");
  CHECK(place(R"({"schema":"causal.graph/2"})") == "schema");
  CHECK(place(R"({"schema":"causal.graph/1","nodes":{},"edges":[]})") == "nodes");
  CHECK(place(with(R"({"id":1,"name":"a"})", "")) == "nodes[0].id");
  CHECK(place(with(R"({"id":0,"name":""})", "")) == "nodes[0].name");
  CHECK(place(with(R"({"id":0,"name":"a"},{"id":1,"name":"a"})", "")) == "nodes[1].name");
  CHECK(place(with(R"({"id":0,"name":"a","type":"float"})", "")) == "nodes[0].type");
  CHECK(place(with(kTwoNodes, R"({"from":0,"to":2,"mark_from":"tail","mark_to":"arrow"})")) == "edges[0].to");
  CHECK(place(with(kTwoNodes, R"({"from":0,"to":1,"mark_from":"tail","mark_to":"head"})")) == "edges[0].mark_to");
  CHECK(place(with(kTwoNodes, R"({"from":0,"to":0,"mark_from":"tail","mark_to":"arrow"})")) == "edges[0]");
  CHECK(place(with(kTwoNodes, kEdge + "," + kEdge)) == "edges[1]");
  CHECK(place(with(kTwoNodes, R"({"from":0,"to":1.5,"mark_from":"tail","mark_to":"arrow"})")) == "edges[0].to");
  CHECK(place(with(kThreeNodes, "", R"(,"sepsets":[{"x":0,"y":1,"given":[2,2]}])")) == "sepsets[0].given[1]");
  CHECK(place(with(kThreeNodes, "", R"(,"sepsets":[{"x":1,"y":0,"given":[2]}])")) == "sepsets[0]");
  CHECK(place(with(kThreeNodes, "", R"(,"ambiguous_triples":[[0,1]])")) == "ambiguous_triples[0]");
  CHECK(place(with(kTwoNodes, "", R"(,"run":{"data":{"n":-1}})")) == "run.data.n");
  CHECK(place(with(kTwoNodes, "", R"(,"run":{"status":"fine"})")) == "run.status");
  CHECK(place(with(kTwoNodes, "", R"(,"run":{"stats":{"ci_tests":3,"by_level":[1]}})")) == "run.stats.ci_tests");
}

TEST_CASE("a directed and a bidirected edge share a pair, other double edges do not") {
  const std::string bidirected = R"({"from":0,"to":1,"mark_from":"arrow","mark_to":"arrow"})";
  const std::string undirected = R"({"from":0,"to":1,"mark_from":"tail","mark_to":"tail"})";
  CHECK(place(with(kTwoNodes, kEdge + "," + bidirected)) == "no error");
  CHECK(place(with(kTwoNodes, bidirected + "," + undirected)) == "edges[1]");
  CHECK(place(with(kTwoNodes, undirected + "," + kEdge)) == "edges[1]");
}

TEST_CASE("the schema refuses what the reader refuses") {
  CHECK(schema().violation(Json::parse(with(kTwoNodes, kEdge))) == "");
  CHECK(schema().violation(Json::parse(with(kTwoNodes, R"({"from":0,"to":1,"mark_from":"tail"})"))) ==
        "$.edges[0]: lacks mark_to");
  CHECK(schema().violation(Json::parse(with(R"({"id":0,"name":""})", ""))) != "");
  CHECK(schema().violation(Json::parse(with("", "", R"(,"ambiguous_triples":[[0,1]])"))) != "");
  CHECK(schema().violation(Json::parse(with("", "", R"(,"run":{"options":{"a":[1]}})"))) != "");
}

TEST_CASE("an option that stands twice is refused when written") {
  LearnedGraph graph;
  graph.run.options = {{"alpha", "0.05"}, {"alpha", "0.01"}};
  CHECK_THROWS_AS(static_cast<void>(io::graph_to_json(graph)), InvalidArgument);
}
