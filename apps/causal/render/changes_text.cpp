#include "render/changes_text.hpp"

#include <fmt/format.h>

#include "render/force_words.hpp"
#include "render/text.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

std::string name_of(const LearnedGraph& graph, NodeId v) { return node_label(graph.nodes[slot(v)]); }

std::string round_line(const LearnedGraph& graph, const SinkRound& round) {
  const std::string note = round.note.empty() ? "" : "; " + round.note;
  const std::string margin = short_number(round.margin);
  if (round.sink < 0) {
    NodeSet candidates;
    for (const ModuleScore& score : round.scores) candidates.push_back(score.node);
    if (candidates.empty()) return fmt::format("undecided by independent change: {}\n", round.note);
    return fmt::format("undecided by independent change: {} (margin {}{})\n", node_list(graph, candidates), margin,
                       note);
  }
  std::string edges;
  for (const Edge& edge : round.oriented) {
    edges += fmt::format("{}{} -> {}", edges.empty() ? "" : ", ", name_of(graph, edge.from), name_of(graph, edge.to));
  }
  if (edges.empty()) edges = "sink " + name_of(graph, round.sink);
  return fmt::format("by independent change: {} (margin {}{})\n", edges, margin, note);
}

std::string force_line(const LearnedGraph& graph, const DrivingForce& force) {
  std::string line = "force of " + mechanism_words(graph, force) + ": ";
  if (force.shares.empty()) return line + "not computed\n";
  line += percent(force.shares[0]) + " of the change in one component";
  for (std::size_t i = 0; i < force.change_points.size(); ++i) {
    line += (i == 0 ? ", jumps at " : ", ") + change_text(force.change_points[i]);
  }
  return line + "\n";
}

}  // namespace

std::string changes_text(const LearnedGraph& graph) {
  if (!graph.changes) return {};
  const MechanismChanges& changes = *graph.changes;
  std::string text = changes.changing.empty() ? "nothing was found to change with " + name_of(graph, changes.surrogate)
                                              : "changes with " + name_of(graph, changes.surrogate) + ": " +
                                                    node_list(graph, changes.changing);
  text += "\n";
  for (const SinkRound& round : changes.rounds) text += round_line(graph, round);
  for (const DrivingForce& force : changes.forces) text += force_line(graph, force);
  text.pop_back();
  return text;
}

}  // namespace causal::render
