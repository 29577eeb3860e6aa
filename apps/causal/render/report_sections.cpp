#include "render/report_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "render/svg.hpp"
#include "render/text.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

constexpr std::size_t kMostDrawn = 300;     ///< Nodes; a larger graph is drawn in part.
constexpr std::size_t kDrawnOfLarge = 120;  ///< Nodes drawn of a larger graph.
constexpr std::size_t kMostSepsets = 400;   ///< Rows; the others are in the embedded data.
constexpr double kPageWidth = 1040;         ///< Wider drawings scroll unless they shrink to no less than this share:
constexpr double kSmallestScale = 0.56;

/// The nodes with the most edges and the edges among them. Of what changes, only which node is the surrogate is kept;
/// that node always.
LearnedGraph most_connected(const LearnedGraph& graph, std::size_t count) {
  std::vector<std::size_t> degree(graph.nodes.size(), 0);
  for (const LearnedEdge& edge : graph.edges) {
    ++degree[static_cast<std::size_t>(edge.edge.from)];
    ++degree[static_cast<std::size_t>(edge.edge.to)];
  }
  if (graph.changes) degree[slot(graph.changes->surrogate)] = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> chosen(graph.nodes.size());
  for (std::size_t v = 0; v < chosen.size(); ++v) chosen[v] = v;
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) { return degree[a] > degree[b]; });
  chosen.resize(std::min(count, chosen.size()));
  std::sort(chosen.begin(), chosen.end());
  LearnedGraph part;
  part.kind = graph.kind;
  std::vector<NodeId> number(graph.nodes.size(), -1);
  for (const std::size_t v : chosen) {
    number[v] = static_cast<NodeId>(part.nodes.size());
    part.nodes.push_back(graph.nodes[v]);
  }
  for (LearnedEdge edge : graph.edges) {
    edge.edge.from = number[static_cast<std::size_t>(edge.edge.from)];
    edge.edge.to = number[static_cast<std::size_t>(edge.edge.to)];
    if (edge.edge.from >= 0 && edge.edge.to >= 0) part.edges.push_back(edge);
  }
  if (graph.changes) part.changes.emplace().surrogate = number[slot(graph.changes->surrogate)];
  return part;
}

/// One line of the legend for every kind of line that the graph has.
std::string legend(const LearnedGraph& graph, bool has_assumptions) {
  std::map<LineKind, Edge> kinds;
  bool strength = false;
  bool frequency = false;
  bool changes = false;
  for (const LearnedEdge& edge : graph.edges) {
    Edge sample = edge.edge;
    strength = strength || !std::isnan(edge.strength);
    frequency = frequency || !std::isnan(edge.frequency);
    if (graph.changes && (sample.from == graph.changes->surrogate || sample.to == graph.changes->surrogate)) {
      changes = true;
      continue;
    }
    // The sample reads from left to right: an arrowhead, or the less certain end, stands at b.
    const bool backwards =
        sample.mark_to == Mark::Tail || (sample.mark_from == Mark::Arrow && sample.mark_to == Mark::Circle);
    if (backwards) std::swap(sample.mark_from, sample.mark_to);
    kinds.emplace(line_kind(sample), sample);
  }
  std::string out = fmt::format("<figcaption>{}</figcaption>\n<dl class=\"legend\">\n",
                                has_assumptions ? "Given the assumptions listed below:" : "What the lines say:");
  for (const auto& [kind, edge] : kinds) {
    out +=
        fmt::format("<dt>{}</dt><dd>a {} b: {}.</dd>\n", draw_sample(edge), edge_sign(edge), meaning(kind, graph.kind));
  }
  if (changes) {
    out += fmt::format(
        "<dt>{}</dt><dd>C → x: the mechanism of x changes with C, here {}. C stands for what changes; it is no "
        "cause.</dd>\n",
        draw_change_sample(), node_html(graph, graph.changes->surrogate));
  }
  if (strength) {
    out += "<dt>width</dt><dd>A wider line is a stronger edge, relative to the strongest in this graph.</dd>\n";
  }
  if (frequency) out += "<dt>opacity</dt><dd>A fainter line was found in fewer of the resamples.</dd>\n";
  return out + "</dl>\n";
}

std::string number_cell(double value) {
  const std::string key = std::isnan(value) ? "" : fmt::format("{}", value);
  return fmt::format("<td class=\"num\" data-v=\"{}\">{}</td>", key, short_number(value));
}

}  // namespace

std::string node_html(const LearnedGraph& graph, NodeId v) {
  return escaped(node_label(graph.nodes[static_cast<std::size_t>(v)]));
}

std::string graph_section(const LearnedGraph& graph, const ReportContext& context) {
  std::string out = "<section>\n<h2>Graph</h2>\n";
  if (graph.nodes.empty()) return out + "<p class=\"none\">The graph has no nodes.</p>\n</section>\n";
  const bool in_part = graph.nodes.size() > kMostDrawn;
  const Picture picture = draw_graph(in_part ? most_connected(graph, kDrawnOfLarge) : graph);
  if (in_part) {
    out += fmt::format(
        "<p>Drawn are the {} nodes with the most edges, of {}, and the edges among them. The table below "
        "and the embedded data hold all.</p>\n",
        kDrawnOfLarge, grouped(std::ssize(graph.nodes)));
  }
  const bool fits = picture.width * kSmallestScale <= kPageWidth;
  if (!fits) out += "<p class=\"soft\">A large drawing: scroll inside the frame.</p>\n";
  out += fmt::format("<figure>\n<div class=\"frame{}{}\" tabindex=\"0\">{}</div>\n", fits ? " fits" : "",
                     picture.width > kPageWidth ? " wide" : "", picture.svg);
  if (!graph.edges.empty()) out += legend(graph, !context.assumptions.empty());
  return out + "</figure>\n</section>\n";
}

std::string edge_section(const LearnedGraph& graph, const std::optional<Comparison>& comparison) {
  if (graph.edges.empty()) return "<section>\n<h2>Edges</h2>\n<p class=\"none\">None.</p>\n</section>\n";
  const auto any = [&](auto has) { return std::any_of(graph.edges.begin(), graph.edges.end(), has); };
  const bool lag = any([](const LearnedEdge& edge) { return edge.lag != 0; });
  const bool strength = any([](const LearnedEdge& edge) { return !std::isnan(edge.strength); });
  const bool p_value = any([](const LearnedEdge& edge) { return !std::isnan(edge.p_value); });
  const bool frequency = any([](const LearnedEdge& edge) { return !std::isnan(edge.frequency); });
  std::string out = fmt::format(
      "<section>\n<h2>Edges</h2>\n<div class=\"wrap\"><table class=\"sortable\" id=\"edges\">\n<thead><tr><th>a</th>"
      "<th class=\"mid\">edge</th><th>b</th>{}{}{}{}{}</tr></thead>\n<tbody>\n",
      lag ? "<th class=\"num\">lag</th>" : "", strength ? "<th class=\"num\">strength</th>" : "",
      p_value ? "<th class=\"num\">p-value</th>" : "", frequency ? "<th class=\"num\">resamples with it</th>" : "",
      comparison ? "<th>in the true graph</th>" : "");
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const LearnedEdge& edge = graph.edges[e];
    out += fmt::format("<tr><td>{}</td><td class=\"mid\">{}</td><td>{}</td>", node_html(graph, edge.edge.from),
                       edge_sign(edge.edge), node_html(graph, edge.edge.to));
    if (lag) out += number_cell(edge.lag);
    if (strength) out += number_cell(edge.strength);
    if (p_value) out += number_cell(edge.p_value);
    if (frequency) out += number_cell(edge.frequency);
    if (comparison) out += fmt::format("<td>{}</td>", verdict_text(comparison->verdicts[e]));
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (p_value) {
    out +=
        "<p class=\"soft\">The p-value is the largest over all tests of the pair; the strength is the effect size of "
        "that test, in the test's own units.</p>\n";
  }
  return out + "</section>\n";
}

std::string truth_section(const MixedGraph& truth, const Comparison& comparison) {
  const int found = static_cast<int>(comparison.verdicts.size()) - comparison.count(Verdict::Extra);
  std::string out = fmt::format(
      "<section>\n<h2>Against the true graph</h2>\n<p>Of {}, {} found: {} with the same marks, {} with the direction "
      "left "
      "open, {} with other marks. {} not in the true graph.</p>\n",
      counted(std::ssize(truth.edges()), "true edge"), found == 1 ? "1 was" : fmt::format("{} were", found),
      comparison.count(Verdict::Same), comparison.count(Verdict::LeftOpen), comparison.count(Verdict::Different),
      comparison.count(Verdict::Extra) == 1 ? "1 learned edge is"
                                            : fmt::format("{} learned edges are", comparison.count(Verdict::Extra)));
  if (!comparison.missing.empty()) {
    out += fmt::format("<details><summary>{} not found</summary>\n<ul>\n",
                       counted(std::ssize(comparison.missing), "true edge"));
    for (const Edge& edge : comparison.missing) {
      out += fmt::format("<li>{} {} {}</li>\n", escaped(truth.name(edge.from)), edge_sign(edge),
                         escaped(truth.name(edge.to)));
    }
    out += "</ul></details>\n";
  }
  return out + "</section>\n";
}

std::string sepset_section(const LearnedGraph& graph) {
  std::string out = "<section>\n<h2>Separating sets</h2>\n";
  out += "<p class=\"soft\">Pairs without an edge that are not listed were separated by the empty set.</p>\n";
  const std::size_t shown = std::min(graph.sepsets.size(), kMostSepsets);
  out += fmt::format(
      "<details><summary>{}</summary>\n<div class=\"wrap\"><table class=\"sortable\" id=\"sepsets\">\n"
      "<thead><tr><th>a</th><th>b</th><th>independent given</th><th class=\"num\">p-value</th></tr>"
      "</thead>\n<tbody>\n",
      counted(std::ssize(graph.sepsets), "pair"));
  for (std::size_t s = 0; s < shown; ++s) {
    const Sepset& sepset = graph.sepsets[s];
    std::string given;
    for (const NodeId v : sepset.given) given += (given.empty() ? "" : ", ") + node_html(graph, v);
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>{}</tr>\n", node_html(graph, sepset.x),
                       node_html(graph, sepset.y), given, number_cell(sepset.p_value));
  }
  out += "</tbody></table></div>\n";
  if (shown < graph.sepsets.size()) {
    out += fmt::format("<p class=\"soft\">{} more in the embedded data.</p>\n",
                       grouped(static_cast<std::int64_t>(graph.sepsets.size() - shown)));
  }
  return out + "</details>\n</section>\n";
}

}  // namespace causal::render
