#include "causal/graph/equivalence.hpp"

#include <algorithm>

#include "graph/sink_elimination.hpp"

namespace causal {
namespace {

// Labels the edges of a DAG compelled or reversible. Nodes are named by their place in a topological order, so that
// "the parents of y from the last to the first" is a row read in sequence.
class CompelledEdges {
 public:
  explicit CompelledEdges(const Dag& dag) : offsets_(slot(dag.n()) + 1, 0), place_(slot(dag.n())) {
    const auto& order = dag.topological_order();
    for (std::size_t i = 0; i < order.size(); ++i) place_[slot(order[i])] = static_cast<NodeId>(i);
    parents_.reserve(dag.graph().edges().size());
    for (std::size_t y = 0; y < order.size(); ++y) {
      for (const NodeId parent : dag.parents(order[y])) parents_.push_back(place_[slot(parent)]);
      std::sort(parents_.begin() + static_cast<std::ptrdiff_t>(offsets_[y]), parents_.end(), std::greater<>());
      offsets_[y + 1] = parents_.size();
    }
    labels_.assign(parents_.size(), Label::None);
    slot_in_y_.assign(order.size(), kNoSlot);
    for (std::size_t y = 0; y < order.size(); ++y) label_edges_into(y);
  }

  [[nodiscard]] bool is_compelled(NodeId from, NodeId to) const {
    const std::size_t y = slot(place_[slot(to)]);
    const auto begin = parents_.begin() + static_cast<std::ptrdiff_t>(offsets_[y]);
    const auto end = parents_.begin() + static_cast<std::ptrdiff_t>(offsets_[y + 1]);
    const auto at = std::lower_bound(begin, end, place_[slot(from)], std::greater<>());
    return labels_[static_cast<std::size_t>(at - parents_.begin())] == Label::Compelled;
  }

 private:
  enum class Label : std::uint8_t { None, Compelled, Reversible };
  static constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);

  void label_edges_into(std::size_t y) {
    for (std::size_t k = offsets_[y]; k < offsets_[y + 1]; ++k) slot_in_y_[slot(parents_[k])] = k;
    for (std::size_t k = offsets_[y]; k < offsets_[y + 1]; ++k) {
      if (labels_[k] == Label::None) label_from(k, y);
    }
    for (std::size_t k = offsets_[y]; k < offsets_[y + 1]; ++k) slot_in_y_[slot(parents_[k])] = kNoSlot;
  }

  // Labels x -> y, the edge at k, and what follows from it.
  void label_from(std::size_t k, std::size_t y) {
    const std::size_t x = slot(parents_[k]);
    std::size_t shared = 0;  // parents of x that are parents of y
    bool all_compelled = false;
    for (std::size_t j = offsets_[x]; j < offsets_[x + 1]; ++j) {
      const std::size_t w_to_y = slot_in_y_[slot(parents_[j])];
      if (w_to_y != kNoSlot) ++shared;
      if (labels_[j] != Label::Compelled) continue;
      if (w_to_y == kNoSlot) {
        all_compelled = true;
        break;
      }
      labels_[w_to_y] = Label::Compelled;
    }
    if (all_compelled) {
      std::fill(labels_.begin() + static_cast<std::ptrdiff_t>(offsets_[y]),
                labels_.begin() + static_cast<std::ptrdiff_t>(offsets_[y + 1]), Label::Compelled);
      return;
    }
    const std::size_t parents_of_y = offsets_[y + 1] - offsets_[y];
    const bool other_parent = shared + 1 < parents_of_y;  // z -> y with z neither x nor a parent of x
    const Label label = other_parent ? Label::Compelled : Label::Reversible;
    labels_[k] = label;
    for (std::size_t j = offsets_[y]; j < offsets_[y + 1]; ++j) {
      if (labels_[j] == Label::None) labels_[j] = label;
    }
  }

  std::vector<std::size_t> offsets_;
  std::vector<NodeId> place_;
  std::vector<NodeId> parents_;
  std::vector<Label> labels_;
  std::vector<std::size_t> slot_in_y_;
};

}  // namespace

Cpdag dag_to_cpdag(const Dag& dag) {
  const CompelledEdges compelled(dag);
  std::vector<Edge> edges;
  edges.reserve(dag.graph().edges().size());
  for (const Edge& edge : dag.graph().edges()) {
    edges.push_back(compelled.is_compelled(edge.from, edge.to) ? edge : undirected(edge.from, edge.to));
  }
  // The labelling is acyclic and a CPDAG by construction; checking it would label it again.
  Cpdag cpdag;
  cpdag.pdag_.graph_ = MixedGraph(dag.graph().names(), std::move(edges));
  return cpdag;
}

PdagExtension extend_to_dag(const Pdag& pdag) {
  const MixedGraph& graph = pdag.graph();
  const detail::SinkElimination elimination = detail::eliminate_sinks(graph.n(), graph.edges());
  if (!elimination.stuck.empty()) {
    constexpr std::size_t kShown = 8;
    std::string names;
    for (std::size_t i = 0; i < std::min(kShown, elimination.stuck.size()); ++i) {
      names += (i == 0 ? "" : ", ") + graph.name(elimination.stuck[i]);
    }
    if (elimination.stuck.size() > kShown) names += ", ...";
    return {std::nullopt, "no DAG extends it: among " + names +
                              " no node can come last without a new unshielded collider or a reversed edge"};
  }
  std::vector<std::size_t> left_at(slot(graph.n()));
  for (std::size_t i = 0; i < elimination.order.size(); ++i) left_at[slot(elimination.order[i])] = i;
  std::vector<Edge> edges;
  edges.reserve(graph.edges().size());
  for (const Edge& edge : graph.edges()) {
    const bool as_written = left_at[slot(edge.from)] > left_at[slot(edge.to)];  // sinks left first
    edges.push_back(as_written ? directed(edge.from, edge.to) : directed(edge.to, edge.from));
  }
  return {Dag(MixedGraph(graph.names(), std::move(edges))), {}};
}

}  // namespace causal
