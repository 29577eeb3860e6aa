// labels: unit
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "causal/io/graph_json.hpp"
#include "render/change_section.hpp"
#include "render/changes_text.hpp"
#include "render/force_picture.hpp"
#include "render/force_scale.hpp"
#include "render/force_words.hpp"
#include "render/html_report.hpp"
#include "render/markup.hpp"
#include "render/svg.hpp"
#include "render/ticks.hpp"
#include "support/sample_changes.hpp"

#include <doctest/doctest.h>

using causal::DrivingForce;
using causal::LearnedGraph;
using causal::render::change_section;
using causal::render::draw_force;
using causal::render::ForcePicture;
using causal::test::changing_graph;
using causal::test::domain_graph;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

markup::Document read_checked(const std::string& text) {
  markup::Document document = markup::read(text);
  CHECK(document.error == "");
  REQUIRE_FALSE(document.elements.empty());
  return document;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Whether every attribute that holds coordinates holds finite numbers inside the picture.
void check_coordinates(const markup::Document& document) {
  const double width = std::stod(document.elements.front().attributes.at("width"));
  const double height = std::stod(document.elements.front().attributes.at("height"));
  for (const markup::Element& element : document.elements) {
    for (const auto& [key, value] : element.attributes) {
      if (key == "aria-label") continue;
      CHECK_FALSE(contains(value, "nan"));
      CHECK_FALSE(contains(value, "inf"));
      const bool across = key == "x" || key == "x1" || key == "x2" || key == "cx";
      const bool down = key == "y" || key == "y1" || key == "y2" || key == "cy";
      if (!across && !down) continue;
      CHECK(std::stod(value) >= 0);
      CHECK(std::stod(value) <= (across ? width : height));
    }
  }
}

std::size_t count_class(const markup::Document& document, const std::string& element, const std::string& style) {
  const auto all = document.all(element);
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const markup::Element* e) {
    const auto found = e->attributes.find("class");
    return found != e->attributes.end() && found->second == style;
  }));
}

/// Number of points of the path.
std::size_t points_of(const markup::Element& path) {
  const std::string& d = path.attributes.at("d");
  return static_cast<std::size_t>(std::count_if(d.begin(), d.end(), [](char c) { return c == 'M' || c == 'L'; }));
}

LearnedGraph with_force(std::vector<double> points, std::vector<std::vector<double>> components,
                        std::vector<causal::ChangePoint> change_points = {}) {
  LearnedGraph graph = changing_graph(2);
  graph.changes->points = std::move(points);
  std::vector<double> shares(components.size(), 0.25);
  graph.changes->forces = {{1, {0}, std::move(shares), std::move(components), std::move(change_points)}};
  return graph;
}

}  // namespace

TEST_CASE("a report of changes is well-formed, and all of them are in the embedded data") {
  for (const LearnedGraph& graph : {changing_graph(), domain_graph(7)}) {
    const std::string html = causal::render::html_report(graph);
    const markup::Document document = read_checked(html);
    REQUIRE(document.by_id("changes") != nullptr);
    const markup::Element* data = document.by_id("causal-graph");
    REQUIRE(data != nullptr);
    CHECK(data->text.find('<') == std::string::npos);
    CHECK(causal::io::Json::parse(data->text).dump() == causal::io::graph_to_json(graph).dump());
    CHECK(html == causal::render::html_report(graph));
  }
  CHECK(change_section(LearnedGraph{}).empty());
}

TEST_CASE("the section names what changes, each candidate of each round, and why nothing was taken") {
  const std::string html = change_section(changing_graph());
  CHECK(contains(html, "stood for by <strong>time</strong>"));
  CHECK(contains(html, "3 of 4 mechanisms change with it: <strong>x2, x3, x4</strong>. The others were not found"));
  const markup::Document document = read_checked(html);
  REQUIRE(document.by_id("rounds") != nullptr);
  // Three candidates, then two and the remark that nothing was taken.
  const std::size_t table = html.find("id=\"rounds\"");
  const std::string rows = html.substr(table, html.find("</table>", table) - table);
  std::size_t count = 0;
  for (std::size_t i = rows.find("<tr><td"); i != std::string::npos; i = rows.find("<tr><td", i + 1)) ++count;
  CHECK(count == 6);
  CHECK(contains(rows,
                 "<td>x4</td><td>x3</td><td class=\"num\">0.0102</td><td class=\"num\">0.9</td>"
                 "<td class=\"num\">0.61</td><td><strong>taken</strong>: x3 → x4</td>"));
  CHECK(contains(rows, "<td>x3</td><td>x2, x4</td>"));
  CHECK(contains(rows, "nothing taken, margin 0.00333: the margin lies below min_margin = 0.05"));
  CHECK(contains(html, "Sign and scale of a force are arbitrary"));
}

TEST_CASE("nothing changes, or no direction was asked for: no table and no figure") {
  LearnedGraph graph = changing_graph();
  graph.changes.emplace().surrogate = 4;
  const std::string html = change_section(graph);
  const markup::Document document = read_checked(html);
  CHECK(contains(html, "No mechanism was found to change"));
  CHECK(document.all("svg").empty());
  CHECK(document.all("table").empty());
}

TEST_CASE("a force over time has a line per component, ticks, and its change points marked and told") {
  const LearnedGraph graph = changing_graph();
  const ForcePicture smooth = draw_force(graph, graph.changes->forces[0]);
  const markup::Document document = read_checked(smooth.svg);
  check_coordinates(document);
  CHECK(document.elements.front().attributes.at("role") == "img");
  CHECK(document.elements.front().attributes.at("aria-label") == "Driving force of x2 given x1 over time");
  REQUIRE(document.all("desc").size() == 1);
  CHECK(contains(document.all("desc")[0]->text, "120 points from 0 to 119"));
  CHECK(contains(document.all("desc")[0]->text, "The first component explains 62 % of the change"));
  CHECK(count_class(document, "path", "f1") == 1);
  CHECK(count_class(document, "path", "f2") == 1);
  CHECK(contains(smooth.svg, ">20</text>"));
  CHECK(contains(smooth.svg, ">first component, 62 %</text>"));
  CHECK(contains(smooth.svg, ">time</text>"));

  const ForcePicture step = draw_force(graph, graph.changes->forces[1]);
  const markup::Document stepped = read_checked(step.svg);
  check_coordinates(stepped);
  CHECK(count_class(stepped, "line", "change") == 1);
  CHECK(contains(step.svg, ">60 (+1.9 sd)</text>"));
  CHECK(contains(change_section(graph), "It jumps or bends at time 60 (+1.9 sd)"));
}

TEST_CASE("a constant force is a level line and is called constant") {
  const LearnedGraph graph = changing_graph();
  const ForcePicture picture = draw_force(graph, graph.changes->forces[2]);
  check_coordinates(read_checked(picture.svg));
  CHECK(contains(change_section(graph), "It is constant: no change of this mechanism was measured."));
}

TEST_CASE("one point is a dot, and values that are missing leave a gap") {
  const LearnedGraph one = with_force({3}, {{-2.5}});
  const markup::Document dot = read_checked(draw_force(one, one.changes->forces[0]).svg);
  check_coordinates(dot);
  CHECK(count_class(dot, "circle", "f1 dot") == 1);

  const LearnedGraph gap = with_force({0, 1, 2, 3, 4, 5}, {{1, 2, kNaN, 3, kNaN, kNaN}});
  const markup::Document broken = read_checked(draw_force(gap, gap.changes->forces[0]).svg);
  check_coordinates(broken);
  REQUIRE(count_class(broken, "path", "f1") == 1);
  CHECK(count_class(broken, "circle", "f1 dot") == 1);

  const LearnedGraph none = with_force({0, 1}, {{kNaN, kNaN}});
  check_coordinates(read_checked(draw_force(none, none.changes->forces[0]).svg));
  const LearnedGraph empty = with_force({}, {});
  CHECK(draw_force(empty, empty.changes->forces[0]).svg.empty());
  CHECK(contains(change_section(empty), "No force was computed."));
  const LearnedGraph no_points = with_force({}, {{}});
  CHECK(draw_force(no_points, no_points.changes->forces[0]).svg.empty());
  read_checked(change_section(no_points));
}

TEST_CASE("numbers of any size are drawn inside the picture") {
  const double huge = std::numeric_limits<double>::max();
  const double tiny = std::numeric_limits<double>::denorm_min();
  for (const double scale : {huge, 1e-300, tiny, 1.7e9}) {
    const LearnedGraph graph = with_force({-scale, 0, scale / 2, scale}, {{scale, -scale, 0, scale}},
                                          {{0, kNaN}, {scale / 2, -huge}, {scale, 1}});
    check_coordinates(read_checked(draw_force(graph, graph.changes->forces[0]).svg));
  }
}

TEST_CASE("a hundred thousand points are thinned to six hundred with the extremes kept, which is said") {
  LearnedGraph graph = changing_graph(100000);
  graph.changes->forces[0].components[0][77777] = 50;
  graph.changes->forces[0].components[0][33333] = -40;
  const ForcePicture picture = draw_force(graph, graph.changes->forces[0]);
  CHECK(picture.drawn_places == 600);
  const markup::Document document = read_checked(picture.svg);
  check_coordinates(document);
  for (const markup::Element* path : document.all("path")) {
    if (path->attributes.at("class") != "change") CHECK(points_of(*path) <= 600);
  }
  const std::vector<std::size_t> places = causal::render::line_places(graph.changes->forces[0].components[0], 600);
  CHECK(std::is_sorted(places.begin(), places.end()));
  CHECK(std::count(places.begin(), places.end(), 77777) == 1);
  CHECK(std::count(places.begin(), places.end(), 33333) == 1);
  const std::string html = change_section(graph);
  CHECK(html.size() < 100000);
  CHECK(contains(html, "Drawn are 600 of 100,000 points: the lowest and the highest of each stretch."));
}

TEST_CASE("domains are bars with labels; of many only the largest are drawn and labels are spared") {
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{60}, std::size_t{599}}) {
    CAPTURE(count);
    const LearnedGraph graph = domain_graph(count);
    for (const DrivingForce& force : graph.changes->forces) {
      const ForcePicture picture = draw_force(graph, force);
      const markup::Document document = read_checked(picture.svg);
      check_coordinates(document);
      CHECK(count_class(document, "rect", "f1") == count + 1);  // and the sample in the legend
    }
    CHECK(contains(draw_force(graph, graph.changes->forces[0]).svg, ">site &lt;0&gt; &amp; co</text>"));
    read_checked(change_section(graph));
  }
  const LearnedGraph many = domain_graph(1000);
  const ForcePicture picture = draw_force(many, many.changes->forces[0]);
  check_coordinates(read_checked(picture.svg));
  CHECK(picture.drawn_places == 600);
  CHECK(contains(change_section(many), "Drawn are 600 of 1,000 domains: those where the first component is largest."));
  CHECK(contains(change_section(many), "1 weaker component not drawn."));
}

TEST_CASE("long and awkward names stay inside and are escaped") {
  LearnedGraph graph = domain_graph(6);
  graph.nodes[0].name = std::string(300, 'W') + "<x>";
  graph.nodes[2].name = "</script><b>&" + std::string(300, 'M');
  for (std::string& domain : graph.changes->domains) domain += std::string(200, 'w');
  check_coordinates(read_checked(draw_force(graph, graph.changes->forces[1]).svg));
  read_checked(causal::render::html_report(graph));
  LearnedGraph time = changing_graph();
  time.nodes[4].name = std::string(400, 'M');
  check_coordinates(read_checked(draw_force(time, time.changes->forces[0]).svg));
}

TEST_CASE("many change points that are close keep their lines; labels without room are left to the title") {
  std::vector<causal::ChangePoint> close;
  for (int i = 0; i < 40; ++i) close.push_back({50.0 + i, 1.0});
  LearnedGraph graph = changing_graph();
  graph.changes->forces[1].change_points = close;
  const markup::Document document = read_checked(draw_force(graph, graph.changes->forces[1]).svg);
  check_coordinates(document);
  CHECK(count_class(document, "line", "change") == 40);
  CHECK(count_class(document, "text", "change") < 40);
  CHECK(count_class(document, "text", "change") >= 3);
  CHECK(contains(change_section(graph), "and 28 more"));
}

TEST_CASE("the surrogate looks different, its edges too, and the legend says what they mean") {
  const LearnedGraph graph = changing_graph();
  const markup::Document document = read_checked(causal::render::draw_graph(graph).svg);
  CHECK(count_class(document, "g", "cg-surrogate") == 1);
  CHECK(count_class(document, "g", "cg-e cg-change") == 3);
  CHECK(count_class(document, "g", "cg-e cg-directed") == 3);
  CHECK(contains(causal::render::draw_graph(graph).svg, "the mechanism of x2 changes with time"));
  const std::string html = causal::render::html_report(graph);
  CHECK(contains(html, "C → x: the mechanism of x changes with C, here time."));
  CHECK(contains(html, "a → b: a is a direct cause of b"));
  LearnedGraph plain = graph;
  plain.changes.reset();
  CHECK_FALSE(contains(causal::render::html_report(plain), "the mechanism of x changes"));
  CHECK_FALSE(contains(causal::render::html_report(plain), "<h2>What changes"));
}

TEST_CASE("a large graph that is drawn in part keeps its surrogate") {
  const int p = 400;
  std::vector<causal::Edge> edges;
  for (int v = 1; v < p - 1; ++v) edges.push_back(causal::directed(v - 1, v));
  edges.push_back(causal::directed(p - 1, p - 2));
  LearnedGraph graph = causal::learned_graph_from(causal::MixedGraph(p, std::move(edges)), causal::GraphKind::Dag);
  graph.changes.emplace().surrogate = p - 1;
  graph.changes->changing = {p - 2};
  const markup::Document document = read_checked(causal::render::html_report(graph));
  CHECK(count_class(document, "g", "cg-surrogate") >= 1);
}

TEST_CASE("ticks are round, inside, and told apart by their labels") {
  using causal::render::round_ticks;
  using causal::render::Tick;
  const auto labels = [](double low, double high) {
    std::string out;
    for (const Tick& tick : round_ticks(low, high, 6)) out += (out.empty() ? "" : " ") + tick.label;
    return out;
  };
  CHECK(labels(0, 499) == "0 100 200 300 400");
  CHECK(labels(0, 1) == "0.0 0.2 0.4 0.6 0.8 1.0");
  CHECK(labels(-0.3, 0.3) == "-0.3 -0.2 -0.1 0.0 0.1 0.2 0.3");
  CHECK(labels(2010, 2024) == "2010 2015 2020");
  CHECK(labels(5, 5) == "5");
  CHECK(labels(0, 0) == "0");
  for (const double scale : {1e-12, 1e-3, 1.0, 1.7e9, 1e15, 1e300}) {
    for (const double low : {-1.0, 0.0, 0.99}) {
      const std::vector<Tick> ticks = round_ticks(low * scale, scale, 8);
      REQUIRE_FALSE(ticks.empty());
      CHECK(ticks.size() <= 16);
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        CHECK(ticks[i].value >= low * scale - 1e-6 * scale);
        CHECK(ticks[i].value <= scale * (1 + 1e-6));
        if (i > 0) CHECK(ticks[i].label != ticks[i - 1].label);
      }
    }
  }
}

TEST_CASE("shares and change points in words") {
  using causal::render::change_text;
  using causal::render::percent;
  CHECK(percent(0.616) == "62 %");
  CHECK(percent(0.004) == "less than 1 %");
  CHECK(percent(0) == "0 %");
  CHECK(percent(kNaN) == "–");
  CHECK(change_text({1700000000, -2}) == "1700000000 (−2 sd)");
  CHECK(change_text({0.5, kNaN}) == "0.5");
}

TEST_CASE("the lines for a terminal name what changes, each decision with its margin, and each force") {
  CHECK(causal::render::changes_text(changing_graph()) ==
        "changes with time: x2, x3, x4\n"
        "by independent change: x3 -> x4 (margin 0.61)\n"
        "undecided by independent change: x2, x3 (margin 0.00333; the margin lies below min_margin = 0.05)\n"
        "force of x2 given x1: 62 % of the change in one component\n"
        "force of x3 given x2: 70 % of the change in one component, jumps at 60 (+1.9 sd)\n"
        "force of x4 given x3: 0 % of the change in one component");
  LearnedGraph graph = changing_graph();
  graph.changes.emplace().surrogate = 4;
  CHECK(causal::render::changes_text(graph) == "nothing was found to change with time");
  graph.changes->rounds.push_back({.scores = {}, .sink = -1, .margin = 0, .oriented = {}, .note = "too few values"});
  CHECK(causal::render::changes_text(graph) ==
        "nothing was found to change with time\nundecided by independent change: too few values");
  CHECK(causal::render::changes_text(LearnedGraph{}).empty());
}
