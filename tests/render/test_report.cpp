// labels: unit
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "causal/io/graph_json.hpp"
#include "render/example.hpp"
#include "render/html_report.hpp"
#include "render/markup.hpp"
#include "render/svg.hpp"
#include "render/text.hpp"
#include "render/truth.hpp"
#include "render/wording.hpp"

#include <doctest/doctest.h>

using causal::LearnedGraph;
using causal::render::html_report;
using causal::render::ReportContext;
using causal::render::Verdict;

namespace {

ReportContext full_context() {
  ReportContext context;
  context.question = "Does <a> cause \"b\" & c?";
  context.methods = {{"fci", "Fast causal inference", "Allows unmeasured causes.", "Spirtes 1995"}};
  context.assumptions = {{"faithfulness", "Independences follow from the graph.", false},
                         {"linear & Gaussian", "n > p", true}};
  context.truth = causal::MixedGraph(example::pag().names(), {causal::directed(0, 1), causal::directed(1, 2),
                                                              causal::directed(2, 5), causal::directed(7, 0)});
  return context;
}

markup::Document read_checked(const std::string& html) {
  markup::Document document = markup::read(html);
  CHECK(document.error == "");
  REQUIRE_FALSE(document.elements.empty());
  return document;
}

std::size_t rows_of(const std::string& html, const std::string& table_id) {
  const std::size_t table = html.find("id=\"" + table_id + "\"");
  if (table == std::string::npos) return 0;
  const std::string part = html.substr(table, html.find("</table>", table) - table);
  std::size_t rows = 0;
  for (std::size_t i = part.find("<tr><td"); i != std::string::npos; i = part.find("<tr><td", i + 1)) ++rows;
  return rows;
}

}  // namespace

TEST_CASE("the markup reader finds what is broken") {
  CHECK(markup::read("<a><b/></a>").error == "");
  CHECK(markup::read("<a><b></a></b>").error != "");
  CHECK(markup::read("<a>").error != "");
  CHECK(markup::read("<a x=1/>").error != "");
  CHECK(markup::read("<a x=\"1\" x=\"2\"/>").error != "");
  CHECK(markup::read("<a>&nbsp;</a>").error != "");
  CHECK(markup::read("<a>1 & 2</a>").error != "");
  CHECK(markup::read("<a x=\"<\"/>").error != "");
  CHECK(markup::read("<script>if (a < b && c) {}</script>").error == "");
}

TEST_CASE("the report is well-formed and needs no network, whatever the names") {
  const std::string html = html_report(example::pag(), full_context());
  const markup::Document document = read_checked(html);
  for (const markup::Element& element : document.elements) {
    for (const auto& [key, value] : element.attributes) {
      CHECK(key != "src");
      CHECK(key != "href");
      CHECK((key == "xmlns" || value.find("://") == std::string::npos));
      CHECK(key.substr(0, 2) != "on");
    }
  }
  CHECK(html.find("@import") == std::string::npos);
  CHECK(html.find("url(") == std::string::npos);
  // The two scripts are ours; the name that looks like a third stays text.
  CHECK(document.all("script").size() == 2);
}

TEST_CASE("the embedded data are the graph, byte for byte after unescaping") {
  const LearnedGraph graph = example::pag();
  const markup::Document document = read_checked(html_report(graph, full_context()));
  const markup::Element* data = document.by_id("causal-graph");
  REQUIRE(data != nullptr);
  CHECK(data->attributes.at("type") == "application/json");
  CHECK(data->text.find('<') == std::string::npos);
  const causal::io::Json json = causal::io::Json::parse(data->text);
  CHECK(json.dump() == causal::io::graph_to_json(graph).dump());
  const LearnedGraph back = causal::io::graph_from_json(json);
  CHECK(back.graph() == graph.graph());
  CHECK(causal::io::graph_to_json(back).dump() == json.dump());
}

TEST_CASE("every edge has a row, a line and a hover title; every node a box") {
  const LearnedGraph graph = example::pag();
  const std::string html = html_report(graph);
  const markup::Document document = read_checked(html);
  CHECK(rows_of(html, "edges") == graph.edges.size());
  CHECK(rows_of(html, "sepsets") == graph.sepsets.size());
  std::set<std::string> titles;
  for (const markup::Element* title : document.all("title")) titles.insert(markup::decoded(title->text));
  for (const causal::LearnedEdge& edge : graph.edges) {
    const std::string words = graph.nodes[static_cast<std::size_t>(edge.edge.from)].name + " " +
                              causal::render::edge_sign(edge.edge) + " " +
                              graph.nodes[static_cast<std::size_t>(edge.edge.to)].name;
    CHECK(std::any_of(titles.begin(), titles.end(), [&](const std::string& t) { return t.starts_with(words + "\n"); }));
  }
  CHECK(document.all("rect").size() == graph.nodes.size());
  std::set<std::string> shown;
  for (const markup::Element* text : document.all("text")) shown.insert(markup::decoded(text->text));
  CHECK(shown.contains("a<b>&\"c\"'d'"));
  CHECK(shown.contains("血圧"));
}

TEST_CASE("the picture carries a role, a label and a description") {
  const markup::Document document = read_checked(causal::render::draw_graph(example::pag()).svg);
  const markup::Element& svg = document.elements.front();
  CHECK(svg.attributes.at("role") == "img");
  CHECK(svg.attributes.at("aria-label") == "Causal graph: 9 nodes, 8 edges");
  REQUIRE(document.all("desc").size() == 1);
  CHECK(document.all("desc")[0]->text.find("plain —o two words") != std::string::npos);
}

TEST_CASE("ends of lines: nothing for a tail, a triangle for an arrowhead, a ring for a circle") {
  using causal::Mark;
  for (const Mark from : {Mark::Tail, Mark::Arrow, Mark::Circle}) {
    for (const Mark to : {Mark::Tail, Mark::Arrow, Mark::Circle}) {
      const markup::Document sample = read_checked(causal::render::draw_sample({0, 1, from, to}));
      const auto count = [&](Mark mark) { return static_cast<std::size_t>((from == mark) + (to == mark)); };
      CHECK(sample.all("path").size() == 1 + count(Mark::Arrow));
      CHECK(sample.all("circle").size() == count(Mark::Circle));
    }
  }
}

TEST_CASE("line width follows strength and opacity follows frequency") {
  LearnedGraph graph = causal::learned_graph_from(
      causal::MixedGraph(3, {causal::directed(0, 1), causal::directed(1, 2)}), causal::GraphKind::Dag);
  graph.edges[0].strength = -0.9;
  graph.edges[1].strength = 0.3;
  graph.edges[0].frequency = 1;
  graph.edges[1].frequency = 0.25;
  const markup::Document document = read_checked(causal::render::draw_graph(graph).svg);
  std::vector<double> widths;
  for (const markup::Element* path : document.all("path")) {
    if (path->attributes.contains("stroke-width")) widths.push_back(std::stod(path->attributes.at("stroke-width")));
  }
  REQUIRE(widths.size() == 2);
  CHECK(widths[0] > widths[1]);
  std::vector<double> opacities;
  for (const markup::Element* group : document.all("g")) {
    if (group->attributes.contains("opacity")) opacities.push_back(std::stod(group->attributes.at("opacity")));
  }
  REQUIRE(opacities.size() == 2);
  CHECK(opacities[0] == 1);
  CHECK(opacities[1] < 0.5);
}

TEST_CASE("the legend explains the marks that occur and no others") {
  const LearnedGraph dag = example::random_dag(6, 1.5, 3);
  const std::string html = html_report(dag);
  CHECK(html.find("a → b: a is a direct cause of b.") != std::string::npos);
  CHECK(html.find("a — b:") == std::string::npos);
  CHECK(html.find("a ↔ b:") == std::string::npos);
  const std::string all = html_report(example::pag(), full_context());
  for (const char* line : {"a → b:", "a — b:", "a ↔ b:", "a o→ b:", "a o—o b:", "a —o b:"}) {
    CHECK(all.find(line) != std::string::npos);
  }
  CHECK(all.find("Given the assumptions listed below") != std::string::npos);
}

TEST_CASE("the header repeats the run") {
  const std::string html = html_report(example::pag(), full_context());
  CHECK(html.find("Does &lt;a&gt; cause &quot;b&quot; &amp; c?") != std::string::npos);
  CHECK(html.find("<h1>Causal graph of my data.csv</h1>") != std::string::npos);
  CHECK(html.find("causal discover &#39;my data.csv&#39; &#39;it&#39;\\&#39;&#39;s&#39;") != std::string::npos);
  CHECK(html.find(std::string(64, 'a')) != std::string::npos);
  CHECK(html.find("7,466") != std::string::npos);
  CHECK(html.find("partial: time limit reached") != std::string::npos);
  CHECK(html.find("3 tests gave no answer") != std::string::npos);
  CHECK(html.find("✓ tested") != std::string::npos);
  CHECK(html.find("not tested") != std::string::npos);
}

TEST_CASE("a comparison tells same, open, contradicting, extra and missing edges apart") {
  const LearnedGraph learned = example::pag();
  const causal::render::Comparison comparison = causal::render::compare(learned, *full_context().truth);
  CHECK(comparison.count(Verdict::Same) == 1);       // 0 -> 1
  CHECK(comparison.count(Verdict::LeftOpen) == 1);   // 1 -- 2, truly 1 -> 2
  CHECK(comparison.count(Verdict::Different) == 1);  // 0 -> 7, truly 7 -> 0
  CHECK(comparison.count(Verdict::Extra) == 5);
  REQUIRE(comparison.missing.size() == 1);
  CHECK(comparison.missing[0] == causal::directed(2, 5));
}

TEST_CASE("the same run gives the same bytes") {
  CHECK(html_report(example::pag(), full_context()) == html_report(example::pag(), full_context()));
}

TEST_CASE("empty and single-node graphs, and graphs without an edge, have a report") {
  read_checked(html_report(LearnedGraph{}));
  const LearnedGraph one = causal::learned_graph_from(causal::MixedGraph(1, {}), causal::GraphKind::Dag);
  const markup::Document document = read_checked(html_report(one));
  CHECK(document.all("rect").size() == 1);
  CHECK(document.by_id("edges") == nullptr);
}

TEST_CASE("two hundred nodes are all drawn, five hundred in part, which is said") {
  const LearnedGraph large = example::random_dag(200, 2, 1);
  CHECK(read_checked(html_report(large)).all("rect").size() == 200);
  const LearnedGraph huge = example::random_dag(500, 1, 2);
  const std::string html = html_report(huge);
  const markup::Document document = read_checked(html);
  CHECK(document.all("rect").size() == 120);
  CHECK(html.find("Drawn are the 120 nodes with the most edges, of 500") != std::string::npos);
  CHECK(rows_of(html, "edges") == huge.edges.size());
}

TEST_CASE("names fit their boxes by the width estimate, long ones are cut") {
  LearnedGraph graph = causal::learned_graph_from(
      causal::MixedGraph({"W", "MMMMMMMMMM", std::string(300, 'x'), "日本語日本語"}, {}), causal::GraphKind::Dag);
  const markup::Document document = read_checked(causal::render::draw_graph(graph).svg);
  const auto boxes = document.all("rect");
  const auto texts = document.all("text");
  REQUIRE(boxes.size() == 4);
  REQUIRE(texts.size() == 4);
  for (std::size_t v = 0; v < 4; ++v) {
    const double width = std::stod(boxes[v]->attributes.at("width"));
    CHECK(causal::render::text_width(texts[v]->text, 13) + 16 <= width);
    CHECK(width < 230);
  }
  CHECK(texts[2]->text.ends_with("…"));
}

TEST_CASE("escaping replaces what XML and UTF-8 forbid") {
  using causal::render::escaped;
  CHECK(escaped("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  CHECK(escaped("β血😀") == "β血😀");
  CHECK(escaped(std::string("a\0b", 3)) ==
        "a\uFFFD"
        "b");
  CHECK(escaped("\x01") == "\uFFFD");
  CHECK(escaped("\xFF") == "\uFFFD");
  CHECK(escaped("\xC0\x80") == "\uFFFD\uFFFD");            // overlong NUL
  CHECK(escaped("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // surrogate
  CHECK(escaped("\xE8\xA1") == "\uFFFD\uFFFD");            // cut short
}

TEST_CASE("numbers are written for people") {
  using causal::render::grouped;
  using causal::render::short_number;
  CHECK(short_number(1.2e-9) == "1.2e-9");
  CHECK(short_number(1.5e-36) == "1.5e-36");
  CHECK(short_number(0.031249) == "0.0312");
  CHECK(short_number(std::nan("")) == "–");
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(-1000) == "-1,000");
  CHECK(grouped(-999999) == "-999,999");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(causal::render::counted(1, "edge") == "1 edge");
  CHECK(causal::render::shell_command({"a", "b c", "it's", ""}) == "a 'b c' 'it'\\''s' ''");
}
