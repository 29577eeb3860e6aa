#include "render/change_section.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "render/force_picture.hpp"
#include "render/force_words.hpp"
#include "render/report_sections.hpp"
#include "render/text.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

constexpr std::size_t kMostForces = 60;
constexpr std::size_t kMostRounds = 200;  ///< Rows are many: a round has one for each candidate.
constexpr std::size_t kMostNames = 80;

std::string surrogate_html(const LearnedGraph& graph) { return node_html(graph, graph.changes->surrogate); }

std::string summary(const LearnedGraph& graph) {
  const MechanismChanges& changes = *graph.changes;
  const std::string places =
      changes.domains.empty() ? "" : fmt::format(", {}", counted(std::ssize(changes.domains), "domain"));
  std::string out = fmt::format("<p>What changes between rows is stood for by <strong>{}</strong>{}. ",
                                surrogate_html(graph), places);
  if (changes.changing.empty()) return out + "No mechanism was found to change with it.</p>\n";
  const std::size_t changing = changes.changing.size();
  const std::size_t shown = std::min(kMostNames, changing);
  const NodeSet named(changes.changing.begin(), changes.changing.begin() + static_cast<std::ptrdiff_t>(shown));
  out += fmt::format(
      "{} of {} {} with it: <strong>{}</strong>{}.", grouped(static_cast<std::int64_t>(changing)),
      counted(std::ssize(graph.nodes) - 1, "mechanism"), changing == 1 ? "changes" : "change",
      escaped(node_list(graph, named)),
      shown < changing ? fmt::format(" and {} more", grouped(static_cast<std::int64_t>(changing - shown))) : "");
  return out + (changing + 1 < graph.nodes.size() ? " The others were not found to change.</p>\n" : "</p>\n");
}

std::string number_cell(double value) { return fmt::format("<td class=\"num\">{}</td>", short_number(value)); }

std::string oriented_html(const LearnedGraph& graph, const SinkRound& round) {
  std::string out;
  for (const Edge& edge : round.oriented) {
    out += fmt::format("{}{} → {}", out.empty() ? "" : ", ", node_html(graph, edge.from), node_html(graph, edge.to));
  }
  return out;
}

std::string round_rows(const LearnedGraph& graph, const SinkRound& round, std::size_t number) {
  std::string out;
  for (const ModuleScore& score : round.scores) {
    const bool taken = score.node == round.sink;
    const std::string oriented = oriented_html(graph, round);
    const std::string outcome =
        taken ? fmt::format("<strong>taken</strong>{}{}", oriented.empty() ? "" : ": ", oriented) : "";
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>{}{}{}<td>{}</td></tr>\n", number,
                       node_html(graph, score.node), escaped(node_list(graph, score.parents)),
                       number_cell(score.dependence), number_cell(score.overlap),
                       taken ? number_cell(round.margin) : "<td></td>", outcome);
  }
  if (round.sink < 0 || !round.note.empty()) {
    std::string remark = round.sink < 0 ? fmt::format("nothing taken, margin {}", short_number(round.margin)) : "";
    if (!round.note.empty()) remark += (remark.empty() ? "" : ": ") + round.note;
    out += fmt::format("<tr><td>{}</td><td colspan=\"6\" class=\"soft\">{}</td></tr>\n", number, escaped(remark));
  }
  return out;
}

std::string round_table(const LearnedGraph& graph) {
  const std::vector<SinkRound>& rounds = graph.changes->rounds;
  if (rounds.empty()) return {};
  std::string out =
      "<h3>Directions between variables that both change</h3>\n"
      "<p>Mechanisms change independently of each other. Each round therefore asks which candidate would be the effect "
      "of its neighbours: the one whose mechanism then depends least on theirs. Compare dependences within one round. "
      "Margin: 0 is a tie of the best two, 1 could not be clearer. Overlap: the share of the causes' values that occur "
      "everywhere; near 0 the dependence rests on extrapolation.</p>\n"
      "<div class=\"wrap\"><table id=\"rounds\">\n<thead><tr><th>round</th><th>candidate effect</th><th>of</th>"
      "<th class=\"num\">dependence</th><th class=\"num\">overlap</th><th class=\"num\">margin</th><th>outcome</th>"
      "</tr></thead>\n<tbody>\n";
  const std::size_t shown = std::min(kMostRounds, rounds.size());
  for (std::size_t r = 0; r < shown; ++r) out += round_rows(graph, rounds[r], r + 1);
  out += "</tbody></table></div>\n";
  if (shown < rounds.size()) {
    out += fmt::format("<p class=\"soft\">{} more in the embedded data.</p>\n",
                       counted(static_cast<std::int64_t>(rounds.size() - shown), "round"));
  }
  return out;
}

/// What of the force the picture leaves out.
std::string left_out(const ForcePicture& picture, const DrivingForce& force, bool domains) {
  std::string out;
  if (picture.drawn_places < picture.all_places && picture.drawn_places > 0) {
    out += fmt::format(
        " Drawn are {} of {}: {}.", grouped(static_cast<std::int64_t>(picture.drawn_places)),
        counted(static_cast<std::int64_t>(picture.all_places), domains ? "domain" : "point"),
        domains ? "those where the first component is largest" : "the lowest and the highest of each stretch");
  }
  if (picture.drawn_components < force.components.size()) {
    out += fmt::format(
        " {} not drawn.",
        counted(static_cast<std::int64_t>(force.components.size() - picture.drawn_components), "weaker component"));
  }
  return out.empty() ? out : " <span class=\"soft\">" + out.substr(1) + " All is in the embedded data.</span>";
}

/// Escaped, and a number keeps its percent sign on its line.
std::string unbroken_html(const std::string& text) {
  std::string out = escaped(text);
  for (std::size_t at = out.find(" %"); at != std::string::npos; at = out.find(" %", at)) out.replace(at, 1, "\u00A0");
  return out;
}

std::string force_figure(const LearnedGraph& graph, const DrivingForce& force) {
  const ForcePicture picture = draw_force(graph, force);
  std::string out = fmt::format("<figure class=\"force\">\n<figcaption>{}</figcaption>\n<p>{}{}</p>\n",
                                escaped(mechanism_words(graph, force)), unbroken_html(force_sentences(graph, force)),
                                left_out(picture, force, !graph.changes->domains.empty()));
  if (!picture.svg.empty()) out += "<div class=\"wrap\">" + picture.svg + "</div>\n";
  return out + "</figure>\n";
}

std::string forces(const LearnedGraph& graph) {
  const std::vector<DrivingForce>& all = graph.changes->forces;
  if (all.empty()) return {};
  std::string out = fmt::format(
      "<h3>What drives each mechanism</h3>\n<p>How the mechanism of a variable, given its causes, moves with {}. Sign "
      "and "
      "scale of a force are arbitrary: read its shape, and do not compare heights between variables.</p>\n",
      surrogate_html(graph));
  const std::size_t shown = std::min(kMostForces, all.size());
  for (std::size_t f = 0; f < shown; ++f) out += force_figure(graph, all[f]);
  if (shown < all.size()) {
    out += fmt::format("<p class=\"soft\">{} more in the embedded data.</p>\n",
                       counted(static_cast<std::int64_t>(all.size() - shown), "force"));
  }
  return out;
}

}  // namespace

std::string change_section(const LearnedGraph& graph) {
  if (!graph.changes) return {};
  return "<section id=\"changes\">\n<h2>What changes</h2>\n" + summary(graph) + round_table(graph) + forces(graph) +
         "</section>\n";
}

}  // namespace causal::render
