// labels: unit
#include <cmath>
#include <string>
#include <vector>

#include "causal/io/format.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/io/graph_text.hpp"
#include "causal/run/error.hpp"
#include "support/sample_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::test;
using io::GraphFormat;

namespace {

const double kNan = std::nan("");

/// What a format promises to hold beside nodes and marks.
struct Holds {
  GraphFormat format;
  bool kind;
  bool types;
  bool edge_lags;
  bool node_lags;
  bool double_edges;
  bool strength;
  bool other_numbers;
};
const std::vector<Holds> kFormats = {
    {GraphFormat::Json, true, true, true, true, true, true, true},
    {GraphFormat::Dot, true, true, true, true, true, true, true},
    {GraphFormat::Graphml, true, true, true, true, true, true, true},
    {GraphFormat::Csv, false, false, true, false, true, true, true},
    {GraphFormat::Txt, false, false, true, false, true, false, false},
    {GraphFormat::Dagitty, false, false, false, false, true, true, false},
    {GraphFormat::Tetrad, false, false, false, false, true, false, false},
    {GraphFormat::AmatPcalg, false, false, false, false, false, false, false},
    {GraphFormat::AmatCausalLearn, false, false, false, false, false, false, false},
    {GraphFormat::AmatGadjid, false, false, false, false, false, false, false},
    {GraphFormat::AmatLingam, false, false, false, false, false, true, false},
    {GraphFormat::Tigramite, false, false, true, false, false, false, false},
};

std::string json(const LearnedGraph& graph) { return io::graph_to_json(graph).dump(); }

/// The graph with only what the format holds.
LearnedGraph held(LearnedGraph graph, const Holds& holds) {
  if (holds.format == GraphFormat::Json) return graph;
  LearnedGraph rest;
  rest.kind = graph.kind;
  rest.nodes = graph.nodes;
  rest.edges = graph.edges;
  for (LearnedNode& node : rest.nodes) {
    if (!holds.types) node.type = VariableType::Continuous;
  }
  for (LearnedEdge& edge : rest.edges) {
    if (!holds.strength) edge.strength = kNan;
    if (!holds.other_numbers) edge.p_value = edge.frequency = kNan;
  }
  return rest;
}

void check_round_trip(const LearnedGraph& graph, const Holds& holds) {
  CAPTURE(io::write_graph(graph, holds.format));
  const std::string text = io::write_graph(graph, holds.format);
  LearnedGraph back = io::read_graph(text, holds.format, "text");
  if (!holds.kind) back.kind = graph.kind;
  CHECK(json(back) == json(held(graph, holds)));
  // The kind may steer what is written, so compare texts of the same kind.
  CHECK(io::write_graph(back, holds.format) == io::write_graph(held(graph, holds), holds.format));
  // A bare matrix of circles is the one text that does not tell its own format.
  CHECK(io::sniff_format(text).value_or(holds.format) == holds.format);
}

/// Small pseudo-random numbers that need no library: a linear congruential generator.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  int roll(int sides) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state_ >> 33U) % static_cast<std::uint64_t>(sides));
  }

 private:
  std::uint64_t state_;
};

LearnedGraph random_graph(Dice& dice, const Holds& holds) {
  std::vector<std::string> names = awkward_names();
  for (int i = static_cast<int>(names.size()) - 1; i > 0; --i) {
    std::swap(names[static_cast<std::size_t>(i)], names[static_cast<std::size_t>(dice.roll(i + 1))]);
  }
  names.resize(static_cast<std::size_t>(dice.roll(static_cast<int>(names.size()) + 1)));
  if (holds.format == GraphFormat::Tetrad) std::erase(names, "x;y,z");
  LearnedGraph graph = graph_of(names, {}, GraphKind::Pag);
  const int n = static_cast<int>(names.size());
  const bool only_directed = holds.format == GraphFormat::AmatLingam;
  const bool no_circles = holds.format == GraphFormat::AmatGadjid;
  for (LearnedNode& node : graph.nodes) {
    node.type = static_cast<VariableType>(dice.roll(4));
    if (holds.node_lags && dice.roll(5) == 0) node.lag = dice.roll(3);
  }
  for (NodeId a = 0; a < n; ++a) {
    for (NodeId b = 0; b < n; ++b) {
      if (holds.edge_lags && dice.roll(6) == 0) graph.edges.push_back({directed(a, b), 1 + dice.roll(3)});
      if (a >= b || dice.roll(3) != 0) continue;
      Edge edge{a, b, static_cast<Mark>(dice.roll(3)), static_cast<Mark>(dice.roll(3))};
      if (only_directed || (no_circles && dice.roll(2) == 0))
        edge = dice.roll(2) == 0 ? directed(a, b) : directed(b, a);
      if (no_circles && !edge.is_directed()) edge = undirected(a, b);
      graph.edges.push_back({canonical(edge)});
      if (holds.double_edges && edge.is_directed() && dice.roll(3) == 0) graph.edges.push_back({bidirected(a, b)});
    }
  }
  for (LearnedEdge& edge : graph.edges) {
    if (dice.roll(2) == 0) edge.strength = (dice.roll(1000) - 500.5) / 7;
    if (dice.roll(2) == 0) edge.p_value = dice.roll(1000) / 999.0;
    if (dice.roll(2) == 0) edge.frequency = dice.roll(1000) / 999.0;
  }
  // The order of the files: sorted by ends, lag, bidirected last. JSON sorts when it reads.
  return io::graph_from_json(io::graph_to_json(graph));
}

void check_refused(const LearnedGraph& graph, GraphFormat format, const std::string& place) {
  CAPTURE(enum_name(format));
  try {
    static_cast<void>(io::write_graph(graph, format));
    FAIL_CHECK("nothing was refused");
  } catch (const GraphError& error) {
    CHECK(error.where() == place);
  }
}

}  // namespace

TEST_CASE("every format gives back what it holds, on a graph with all marks") {
  for (const Holds& holds : kFormats) {
    LearnedGraph graph = all_marks_graph();
    if (holds.format == GraphFormat::AmatGadjid || holds.format == GraphFormat::AmatLingam) continue;
    if (holds.format == GraphFormat::Tetrad) graph.nodes[4].name = "x y z";
    check_round_trip(graph, holds);
  }
}

TEST_CASE("every format gives back what it holds, on random graphs") {
  for (const Holds& holds : kFormats) {
    Dice dice(7);
    for (int repeat = 0; repeat < 300; ++repeat) check_round_trip(random_graph(dice, holds), holds);
  }
}

TEST_CASE("the kind comes back from formats that hold it, and dagitty keeps its own types") {
  for (const auto& [kind, name] : EnumNames<GraphKind>::names) {
    LearnedGraph graph = graph_of({"a", "b"}, {directed(0, 1)}, kind);
    for (const GraphFormat format : {GraphFormat::Json, GraphFormat::Dot, GraphFormat::Graphml}) {
      CHECK(io::read_graph(io::write_graph(graph, format), format, "text").kind == kind);
    }
  }
  for (const GraphKind kind : {GraphKind::Dag, GraphKind::Mag, GraphKind::Pag, GraphKind::Pdag}) {
    const LearnedGraph graph = graph_of({"a", "b"}, {directed(0, 1)}, kind);
    CHECK(io::read_graph(io::write_graph(graph, GraphFormat::Dagitty), GraphFormat::Dagitty, "text").kind == kind);
  }
}

TEST_CASE("what a format cannot hold is refused by name, never lost") {
  const LearnedGraph circle =
      graph_of({"a", "b", "c"}, {directed(0, 1), {1, 2, Mark::Circle, Mark::Arrow}}, GraphKind::Pag);
  check_refused(circle, GraphFormat::AmatGadjid, "edge b o-> c");
  check_refused(circle, GraphFormat::AmatLingam, "edge b o-> c");

  LearnedGraph lagged = graph_of({"a", "b"}, {directed(1, 0)}, GraphKind::TsDag);
  lagged.edges[0].lag = 2;
  LearnedGraph lagged_node = graph_of({"a", "b"}, {}, GraphKind::TsDag);
  lagged_node.nodes[1].lag = 1;
  const LearnedGraph twice = graph_of({"a", "b"}, {bidirected(0, 1), directed(1, 0)}, GraphKind::Admg);
  for (const Holds& holds : kFormats) {
    if (!holds.edge_lags) check_refused(lagged, holds.format, "edge b[t-2] -> a");
    if (!holds.node_lags) check_refused(lagged_node, holds.format, "node 'b'");
    if (holds.double_edges || holds.format == GraphFormat::Tigramite) continue;
    check_refused(twice, holds.format, "two edges between 'a' and 'b'");
  }
  check_refused(twice, GraphFormat::Tigramite, "edge b -> a");
  LearnedGraph zero = graph_of({"a", "b"}, {directed(1, 0)}, GraphKind::Dag);
  zero.edges[0].strength = 0;
  check_refused(zero, GraphFormat::AmatLingam, "edge b -> a");
  for (const char* name : {"a;b", "a,b", " a", "a\nb", "a --> b"}) {
    check_refused(graph_of({name}, {}, GraphKind::Dag), GraphFormat::Tetrad, "node '" + std::string(name) + "'");
  }
  check_refused(graph_of({"a\x01"}, {}, GraphKind::Dag), GraphFormat::Graphml, "node 'a\x01'");
}

TEST_CASE("one variable at several lags keeps its name") {
  LearnedGraph graph = graph_of({"x", "x", "x y", "x y"}, {directed(1, 0), directed(1, 2)}, GraphKind::TsDag);
  graph.nodes[1].lag = 1;
  graph.nodes[0].lag = 0;
  graph.nodes[3].lag = 12;
  for (const GraphFormat format : {GraphFormat::Json, GraphFormat::Dot, GraphFormat::Graphml}) {
    CHECK(json(io::read_graph(io::write_graph(graph, format), format, "text")) == json(graph));
  }
}

TEST_CASE("extensions and first bytes tell the format") {
  CHECK(io::format_from_extension("a/b.JSON") == GraphFormat::Json);
  CHECK(io::format_from_extension("g.gv") == GraphFormat::Dot);
  CHECK_FALSE(io::format_from_extension("a.dot/b").has_value());
  CHECK_FALSE(io::format_from_extension("graph").has_value());
  CHECK(io::sniff_format("\xEF\xBB\xBF  {\"schema\":1}") == GraphFormat::Json);
  CHECK(io::sniff_format("strict digraph g { a -> b }") == GraphFormat::Dot);
  CHECK(io::sniff_format("DAG { a -> b }") == GraphFormat::Dagitty);
  CHECK(io::sniff_format("digraph -> graph") == GraphFormat::Txt);
  CHECK(io::sniff_format("a -> b") == GraphFormat::Txt);
  CHECK_FALSE(io::sniff_format("").has_value());
  CHECK_FALSE(io::sniff_format("1,2\n3,4").has_value());
}

TEST_CASE("text for reading lists only the nodes that have no edge, text for reading back keeps the order") {
  const LearnedGraph graph = graph_of({"c", "alone", "a", "b c"}, {directed(2, 0), undirected(2, 3)}, GraphKind::Pdag);
  CHECK(io::write_graph_text(graph, io::NodeLines::Isolated) == "a -> c\na -- \"b c\"\nalone\n");
  CHECK(io::write_graph_text(graph) == "c\nalone\na\n\"b c\"\na -> c\na -- \"b c\"\n");
  const LearnedGraph bare = graph_of({"x", "y"}, {}, GraphKind::Dag);
  CHECK(io::write_graph_text(bare, io::NodeLines::Isolated) == "x\ny\n");
}
