#include "render/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "render/layout.hpp"
#include "render/text.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

constexpr double kFontSize = 13;
constexpr double kBoxHeight = 30;
constexpr double kBoxPadding = 11;
constexpr double kSmallestBox = 46;
constexpr double kLongestName = 190;
constexpr std::size_t kEdgesDescribed = 40;

constexpr std::string_view kStyle = R"css(
.cg{--cg-box:#fff;--cg-rim:#6b7680;--cg-ink:#1d2329;--cg-soft:#68737d;
--cg-directed:#0072b2;--cg-undirected:#4d5761;--cg-bidirected:#c24d00;--cg-circle:#a8497f;--cg-change:#007a5a;--cg-shade:#e7f3ee;
font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){.cg{--cg-box:#20262d;--cg-rim:#8592a0;--cg-ink:#eceff2;--cg-soft:#9aa5b0;
--cg-directed:#56b4e9;--cg-undirected:#b9c2cb;--cg-bidirected:#f08a4b;--cg-circle:#e39ac4;
--cg-change:#2fc496;--cg-shade:#1c332c}}
@media print{.cg{--cg-box:#fff;--cg-rim:#6b7680;--cg-ink:#000;--cg-soft:#444;
--cg-directed:#0072b2;--cg-undirected:#4d5761;--cg-bidirected:#c24d00;--cg-circle:#a8497f;
--cg-change:#007a5a;--cg-shade:#e7f3ee}}
.cg rect{fill:var(--cg-box);stroke:var(--cg-rim);stroke-width:1.2}
.cg text{fill:var(--cg-ink);text-anchor:middle}
.cg .cg-note{fill:var(--cg-soft);font-size:12px}
.cg .cg-e{fill:none;stroke:var(--c);stroke-linecap:butt}
.cg .cg-h{fill:var(--c);stroke:none}
.cg .cg-directed{--c:var(--cg-directed)}.cg .cg-undirected{--c:var(--cg-undirected)}
.cg .cg-bidirected{--c:var(--cg-bidirected)}.cg .cg-circle{--c:var(--cg-circle)}
.cg .cg-change{--c:var(--cg-change)}.cg .cg-change path:not(.cg-h){stroke-dasharray:7 4}
.cg .cg-surrogate rect{fill:var(--cg-shade);stroke:var(--cg-change);stroke-width:1.6;stroke-dasharray:5 3}
.cg g.cg-e:hover{opacity:1;filter:drop-shadow(0 0 2px var(--c))}
)css";

std::string_view line_class(LineKind kind) {
  switch (kind) {
    case LineKind::Directed:
      return "cg-directed";
    case LineKind::Undirected:
      return "cg-undirected";
    case LineKind::Bidirected:
      return "cg-bidirected";
    default:
      return "cg-circle";
  }
}

std::string at(Point p) { return coordinate(p.x) + ' ' + coordinate(p.y); }

double distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }

Point between(Point a, Point b, double t) { return {a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)}; }

/// Cuts `length` off the end of the curve and returns the point where it then ends (de Casteljau, t by bisection).
Point cut_end(Curve& curve, double length) {
  Point* p = curve.data() + curve.size() - 4;
  const Point tip = p[3];
  std::array<Point, 3> first;
  const auto split = [&](double t) {
    const Point b = between(p[1], p[2], t);
    const Point right = between(p[2], p[3], t);
    first[0] = between(p[0], p[1], t);
    first[1] = between(first[0], b, t);
    first[2] = between(first[1], between(b, right, t), t);
  };
  double low = 0;
  double high = 1;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    split(middle);
    (distance(first[2], tip) > length ? low : high) = middle;
  }
  split(low);
  std::copy(first.begin(), first.end(), p + 1);
  return p[3];
}

/// Draws the mark at the end of the curve and shortens the curve to where the mark begins.
std::string end_mark(Curve& curve, Mark mark, double width) {
  if (mark == Mark::Tail) return {};
  const Point tip = curve.back();
  if (mark == Mark::Circle) {
    const double radius = 3.4 + width / 2;
    const Point inner = cut_end(curve, 2 * radius);
    const Point centre = between(tip, inner, 0.5);
    return fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" stroke-width=\"1.8\"/>", coordinate(centre.x),
                       coordinate(centre.y), coordinate(radius - 0.9));
  }
  const double length = 8 + 1.7 * width;
  const double half = 3.2 + 0.9 * width;
  const Point base = cut_end(curve, length);
  const double reach = std::max(distance(base, tip), 1e-9);
  const Point across{-(tip.y - base.y) / reach * half, (tip.x - base.x) / reach * half};
  return fmt::format("<path class=\"cg-h\" d=\"M{}L{}L{}Z\"/>", at(tip), at({base.x + across.x, base.y + across.y}),
                     at({base.x - across.x, base.y - across.y}));
}

/// The line of an edge and the marks at its ends.
std::string draw_line(const Edge& edge, Curve curve, double width) {
  const std::string to = end_mark(curve, edge.mark_to, width);
  std::reverse(curve.begin(), curve.end());
  const std::string from = end_mark(curve, edge.mark_from, width);
  std::string path = "M" + at(curve.front());
  for (std::size_t i = 1; i < curve.size(); i += 3) {
    path += "C" + at(curve[i]) + ' ' + at(curve[i + 1]) + ' ' + at(curve[i + 2]);
  }
  return fmt::format("<path d=\"{}\" stroke-width=\"{}\"/>{}{}", path, coordinate(width), from, to);
}

/// Room to breathe in a small graph, thrift in a large one, whose layers may also be wider.
LayoutOptions spacing(const std::vector<Size>& boxes) {
  LayoutOptions options;
  if (boxes.size() <= 20) {
    options.node_gap = 36;
    options.line_gap = 18;
    options.layer_gap = 70;
  } else if (boxes.size() > 60) {
    options.node_gap = 18;
    options.line_gap = 8;
  }
  double area = 0;
  for (const Size& box : boxes) area += (box.width + options.node_gap) * (box.height + options.layer_gap);
  options.preferred_width = std::max(options.preferred_width, 1.3 * std::sqrt(area));
  return options;
}

double strongest(const LearnedGraph& graph) {
  double most = 0;
  for (const LearnedEdge& edge : graph.edges) {
    if (std::isfinite(edge.strength)) most = std::max(most, std::abs(edge.strength));
  }
  return most;
}

double line_width(const LearnedEdge& edge, double strongest_edge) {
  if (!std::isfinite(edge.strength) || strongest_edge == 0) return 1.7;
  return 1.2 + 2.8 * std::abs(edge.strength) / strongest_edge;
}

std::string edge_words(const LearnedGraph& graph, const LearnedEdge& edge) {
  return fmt::format("{} {} {}", node_label(graph.nodes[static_cast<std::size_t>(edge.edge.from)]),
                     edge_sign(edge.edge), node_label(graph.nodes[static_cast<std::size_t>(edge.edge.to)]));
}

/// The node that stands for what changes; -1: none.
NodeId surrogate_of(const LearnedGraph& graph) { return graph.changes ? graph.changes->surrogate : -1; }

bool says_what_changes(const LearnedGraph& graph, const Edge& edge) {
  const NodeId surrogate = surrogate_of(graph);
  return surrogate >= 0 && (edge.from == surrogate || edge.to == surrogate);
}

std::string edge_title(const LearnedGraph& graph, const LearnedEdge& edge) {
  std::string title = edge_words(graph, edge);
  if (says_what_changes(graph, edge.edge)) {
    const NodeId surrogate = surrogate_of(graph);
    const NodeId changing = edge.edge.from == surrogate ? edge.edge.to : edge.edge.from;
    title += fmt::format("\nthe mechanism of {} changes with {}", node_label(graph.nodes[slot(changing)]),
                         node_label(graph.nodes[slot(surrogate)]));
  }
  if (edge.lag != 0) title += fmt::format("\nlag {}", edge.lag);
  if (!std::isnan(edge.strength)) title += "\nstrength " + short_number(edge.strength);
  if (!std::isnan(edge.p_value)) title += "\np-value " + short_number(edge.p_value);
  if (!std::isnan(edge.frequency)) title += fmt::format("\nin {:.0f} % of the resamples", 100 * edge.frequency);
  return title;
}

std::string description(const LearnedGraph& graph) {
  std::string text =
      fmt::format("{}, {}. ", counted(std::ssize(graph.nodes), "node"), counted(std::ssize(graph.edges), "edge"));
  const std::size_t shown = std::min(graph.edges.size(), kEdgesDescribed);
  for (std::size_t e = 0; e < shown; ++e) text += (e > 0 ? "; " : "") + edge_words(graph, graph.edges[e]);
  if (shown < graph.edges.size()) text += fmt::format("; and {} more", graph.edges.size() - shown);
  return text;
}

std::string draw_edge(const LearnedGraph& graph, const LearnedEdge& edge, const Curve& curve, double strongest_edge) {
  std::string opacity;
  if (std::isfinite(edge.frequency)) {
    opacity = fmt::format(" opacity=\"{:.2f}\"", 0.2 + 0.8 * std::clamp(edge.frequency, 0.0, 1.0));
  }
  const std::string_view style = says_what_changes(graph, edge.edge) ? "cg-change" : line_class(line_kind(edge.edge));
  return fmt::format("<g class=\"cg-e {}\"{}><title>{}</title>{}</g>\n", style, opacity,
                     escaped(edge_title(graph, edge)), draw_line(edge.edge, curve, line_width(edge, strongest_edge)));
}

std::string draw_node(const LearnedNode& node, const Box& box, bool surrogate) {
  const std::string label = node_label(node);
  return fmt::format(
      "<g{}><title>{}\n{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"7\"/>"
      "<text x=\"{}\" y=\"{}\">{}</text></g>\n",
      surrogate ? " class=\"cg-surrogate\"" : "", escaped(label),
      surrogate ? "stands for what changes; no variable causes it" : enum_name(node.type), coordinate(box.left()),
      coordinate(box.top()), coordinate(box.size.width), coordinate(box.size.height), coordinate(box.centre.x),
      coordinate(box.centre.y + 0.35 * kFontSize), escaped(elided(label, kFontSize, kLongestName)));
}

}  // namespace

Picture draw_graph(const LearnedGraph& graph) {
  std::vector<Size> boxes;
  for (const LearnedNode& node : graph.nodes) {
    const std::string shown = elided(node_label(node), kFontSize, kLongestName);
    boxes.push_back({std::max(kSmallestBox, text_width(shown, kFontSize) + 2 * kBoxPadding), kBoxHeight});
  }
  std::vector<Edge> edges;
  for (const LearnedEdge& edge : graph.edges) edges.push_back(edge.edge);
  const Layout layout = layered_layout(boxes, edges, spacing(boxes));

  Picture picture{{}, std::ceil(layout.size.width), std::ceil(layout.size.height)};
  auto out = std::back_inserter(picture.svg);
  fmt::format_to(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cg\" role=\"img\" aria-label=\"Causal graph: {}, "
                 "{}\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\">\n<desc>{}</desc>\n<style>{}</style>\n",
                 counted(std::ssize(graph.nodes), "node"), counted(std::ssize(graph.edges), "edge"), picture.width,
                 picture.height, picture.width, picture.height, escaped(description(graph)), kStyle);
  const double most = strongest(graph);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    picture.svg += draw_edge(graph, graph.edges[e], layout.edges[e], most);
  }
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    picture.svg += draw_node(graph.nodes[v], layout.nodes[v], static_cast<NodeId>(v) == surrogate_of(graph));
  }
  if (layout.isolated_top && !graph.edges.empty()) {
    fmt::format_to(out, "<text class=\"cg-note\" x=\"{}\" y=\"{}\">without an edge</text>\n",
                   coordinate(layout.size.width / 2), coordinate(*layout.isolated_top - 12));
  }
  picture.svg += "</svg>";
  return picture;
}

std::string draw_sample(const Edge& edge) {
  const Curve line{{16, 9}, {32, 9}, {48, 9}, {64, 9}};
  return fmt::format(
      "<svg class=\"cg\" aria-hidden=\"true\" width=\"80\" height=\"18\" viewBox=\"0 0 80 18\"><g class=\"cg-e {}\">{}"
      "</g><text x=\"7\" y=\"13\">a</text><text x=\"73\" y=\"13\">b</text></svg>",
      line_class(line_kind(edge)), draw_line(edge, line, 2));
}

std::string draw_change_sample() {
  const Curve line{{19, 10}, {34, 10}, {49, 10}, {64, 10}};
  return fmt::format(
      "<svg class=\"cg\" aria-hidden=\"true\" width=\"80\" height=\"20\" viewBox=\"0 0 80 20\"><g "
      "class=\"cg-surrogate\"><rect x=\"1\" y=\"1\" width=\"18\" height=\"18\" rx=\"4\"/><text x=\"10\" "
      "y=\"14.5\">C</text></g><g class=\"cg-e cg-change\">{}</g><text x=\"73\" y=\"14\">x</text></svg>",
      draw_line(directed(0, 1), line, 2));
}

}  // namespace causal::render
