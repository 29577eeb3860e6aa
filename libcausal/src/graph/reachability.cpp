#include "causal/graph/reachability.hpp"

#include <algorithm>

namespace causal {
namespace {

// Follows directed edges one way.
template <Step kStep>
struct DirectedRule {
  static constexpr int kLabels = 1;
  static constexpr int kStart = 0;
  static constexpr std::array kSteps{kStep};
  [[nodiscard]] int next(int, Step, NodeId) const { return 0; }
};

// Follows directed edges one way and undirected ones, around the nodes marked in `avoid`.
template <Step kStep>
struct PossiblyDirectedRule {
  static constexpr int kLabels = 1;
  static constexpr int kStart = 0;
  static constexpr std::array kSteps{kStep, Step::Line};
  std::vector<std::uint8_t> avoid;
  [[nodiscard]] int next(int, Step, NodeId, NodeId w) const { return avoid[slot(w)] != 0 ? -1 : 0; }
};

void check_nodes(const MixedGraph& graph, std::span<const NodeId> nodes, const char* function, const char* argument) {
  for (const NodeId v : nodes) {
    if (v < 0 || v >= graph.n()) {
      throw InvalidArgument(function, argument, std::to_string(v),
                            "hold nodes of the graph, 0.." + std::to_string(graph.n() - 1));
    }
  }
}

template <Step kStep>
NodeSet possibly_directed(const MixedGraph& graph, std::span<const NodeId> of, std::span<const NodeId> avoid,
                          const char* function) {
  check_nodes(graph, of, function, "of");
  check_nodes(graph, avoid, function, "avoid");
  PossiblyDirectedRule<kStep> rule{std::vector<std::uint8_t>(slot(graph.n()), 0)};
  for (const NodeId v : avoid) rule.avoid[slot(v)] = 1;
  return reach(graph, of, rule).nodes();
}

}  // namespace

std::string walk_text(const Walk& walk, std::span<const std::string> names) {
  constexpr std::array<std::string_view, MixedGraph::kGroups> kArrows{"<-",  "->", "<->", "--", "-o",
                                                                      "<-o", "o-", "o->", "o-o"};
  std::string text;
  for (std::size_t i = 0; i < walk.nodes.size(); ++i) {
    if (i > 0) text.append(" ").append(kArrows[static_cast<std::size_t>(walk.steps[i - 1])]).append(" ");
    text += names[slot(walk.nodes[i])];
  }
  return text;
}

NodeSet Reached::nodes() const {
  NodeSet nodes;
  for (std::size_t v = 0; v < labels.size(); ++v) {
    if (labels[v] != 0) nodes.push_back(static_cast<NodeId>(v));
  }
  return nodes;
}

Walk detail::ReachQueue::walk_to(std::size_t i) const {
  Walk walk;
  walk.nodes.push_back(node(i));
  while (origins_[i].position != i) {
    walk.steps.push_back(origins_[i].step);
    i = origins_[i].position;
    walk.nodes.push_back(node(i));
  }
  std::reverse(walk.nodes.begin(), walk.nodes.end());
  std::reverse(walk.steps.begin(), walk.steps.end());
  return walk;
}

NodeSet ancestors(const MixedGraph& graph, std::span<const NodeId> of) {
  check_nodes(graph, of, "ancestors", "of");
  return reach(graph, of, DirectedRule<Step::Back>{}).nodes();
}

NodeSet descendants(const MixedGraph& graph, std::span<const NodeId> of) {
  check_nodes(graph, of, "descendants", "of");
  return reach(graph, of, DirectedRule<Step::Forward>{}).nodes();
}

NodeSet possible_ancestors(const MixedGraph& graph, std::span<const NodeId> of, std::span<const NodeId> avoid) {
  return possibly_directed<Step::Back>(graph, of, avoid, "possible_ancestors");
}

NodeSet possible_descendants(const MixedGraph& graph, std::span<const NodeId> of, std::span<const NodeId> avoid) {
  return possibly_directed<Step::Forward>(graph, of, avoid, "possible_descendants");
}

}  // namespace causal
