#include "graph/acyclicity_guard.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

#include "graph/sink_elimination.hpp"

namespace causal::detail {

AcyclicityGuard::AcyclicityGuard(int n, std::span<const Edge> edges) : children_(slot(n)), rank_(slot(n)) {
  for (const Edge& edge : edges) {
    if (edge.is_directed()) take(edge);
  }
  const SinkElimination elimination = eliminate_sinks(n, edges);
  if (elimination.stuck.empty()) {
    for (std::size_t i = 0; i < elimination.order.size(); ++i) rank_[slot(elimination.order[i])] = static_cast<int>(i);
    return;
  }
  rank_by_components({});
  given_cyclic_ = std::any_of(edges.begin(), edges.end(), [this](const Edge& edge) {
    return edge.is_directed() && rank_[slot(edge.from)] == rank_[slot(edge.to)];
  });
}

std::vector<bool> AcyclicityGuard::on_cycle(std::span<const Edge> batch) {
  std::vector<bool> cyclic(batch.size(), false);
  const bool agree = std::all_of(batch.begin(), batch.end(),
                                 [this](const Edge& edge) { return rank_[slot(edge.from)] > rank_[slot(edge.to)]; });
  if (!agree || given_cyclic_) {
    rank_by_components(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      cyclic[i] = rank_[slot(batch[i].from)] == rank_[slot(batch[i].to)];
    }
  }
  bool refused = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!cyclic[i]) take(batch[i]);
    refused = refused || cyclic[i];
  }
  if (refused) rank_by_components({});  // nodes that shared a component only through refused edges part again
  return cyclic;
}

// Tarjan's algorithm numbers components in reverse topological order: just what a rank is.
void AcyclicityGuard::rank_by_components(std::span<const Edge> extra) {
  using Digraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  Digraph digraph(children_.size());
  for (std::size_t v = 0; v < children_.size(); ++v) {
    for (const NodeId w : children_[v]) boost::add_edge(v, slot(w), digraph);
  }
  for (const Edge& edge : extra) boost::add_edge(slot(edge.from), slot(edge.to), digraph);
  boost::strong_components(digraph,
                           boost::make_iterator_property_map(rank_.begin(), boost::get(boost::vertex_index, digraph)));
}

std::vector<NodeId> AcyclicityGuard::path(NodeId from, NodeId to, std::span<const Edge> extra) const {
  std::vector<std::vector<NodeId>> children = children_;
  for (const Edge& edge : extra) children[slot(edge.from)].push_back(edge.to);
  constexpr NodeId kUnseen = -1;
  std::vector<NodeId> before(children.size(), kUnseen);
  std::vector<NodeId> queue{from};
  before[slot(from)] = from;
  for (std::size_t head = 0; head < queue.size() && before[slot(to)] == kUnseen; ++head) {
    for (const NodeId w : children[slot(queue[head])]) {
      if (before[slot(w)] != kUnseen) continue;
      before[slot(w)] = queue[head];
      queue.push_back(w);
    }
  }
  if (before[slot(to)] == kUnseen) return {};
  std::vector<NodeId> path{to};
  while (path.back() != from) path.push_back(before[slot(path.back())]);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace causal::detail
