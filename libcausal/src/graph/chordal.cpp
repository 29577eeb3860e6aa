#include "causal/graph/chordal.hpp"

#include <algorithm>

#include "causal/run/error.hpp"

namespace causal {
namespace {

// Visits next, again and again, a node with the most visited neighbours.
std::vector<NodeId> maximum_cardinality_search(const MixedGraph& graph) {
  std::vector<std::size_t> visited_neighbours(slot(graph.n()), 0);
  std::vector<std::uint8_t> visited(slot(graph.n()), 0);
  std::vector<std::vector<NodeId>> waiting(1);  // by number of visited neighbours; outdated entries are passed over
  for (NodeId v = graph.n() - 1; v >= 0; --v) waiting[0].push_back(v);
  std::vector<NodeId> order;
  order.reserve(slot(graph.n()));
  for (std::size_t most = 0; order.size() < slot(graph.n());) {
    if (waiting[most].empty()) {
      --most;
      continue;
    }
    const NodeId v = waiting[most].back();
    waiting[most].pop_back();
    if (visited[slot(v)] != 0 || visited_neighbours[slot(v)] != most) continue;
    visited[slot(v)] = 1;
    order.push_back(v);
    for (const NodeId w : graph.undirected_neighbours(v)) {
      if (visited[slot(w)] != 0) continue;
      const std::size_t count = ++visited_neighbours[slot(w)];
      if (waiting.size() <= count) waiting.emplace_back();
      waiting[count].push_back(w);
    }
    most = std::min(most + 1, waiting.size() - 1);
  }
  return order;
}

class ChordlessCycle {
 public:
  // `before[w]`: visited before v. They form a chordal graph and, together with v, none.
  ChordlessCycle(const MixedGraph& graph, NodeId v, std::vector<std::uint8_t> before)
      : graph_(graph), v_(v), inside_(std::move(before)), component_(slot(graph.n()), -1) {
    for (const NodeId w : graph.undirected_neighbours(v)) {
      if (inside_[slot(w)] == 0) continue;
      neighbours_.push_back(w);
      inside_[slot(w)] = 0;
    }
  }

  // Through v, two of its neighbours that are not adjacent, and a shortest path between them elsewhere: the ends of
  // such a path touch one component of the graph without v and its neighbours.
  [[nodiscard]] std::vector<NodeId> find() {
    for (NodeId start = 0; start < graph_.n(); ++start) {
      if (inside_[slot(start)] == 0 || component_[slot(start)] >= 0) continue;
      mark_component(start);
      NodeSet touching;
      for (const NodeId a : neighbours_) {
        const auto near = graph_.undirected_neighbours(a);
        if (std::any_of(near.begin(), near.end(), [&](NodeId w) { return component_[slot(w)] == start; })) {
          touching.push_back(a);
        }
      }
      for (std::size_t i = 0; i < touching.size(); ++i) {
        for (std::size_t j = i + 1; j < touching.size(); ++j) {
          if (!joined(touching[i], touching[j])) return close(touching[i], touching[j], start);
        }
      }
    }
    CAUSAL_ASSERT(false);
    return {};
  }

 private:
  [[nodiscard]] bool joined(NodeId a, NodeId b) const {
    const auto near = graph_.undirected_neighbours(a);
    return std::binary_search(near.begin(), near.end(), b);
  }

  void mark_component(NodeId start) {
    std::vector<NodeId> stack{start};
    component_[slot(start)] = start;
    while (!stack.empty()) {
      const NodeId v = stack.back();
      stack.pop_back();
      for (const NodeId w : graph_.undirected_neighbours(v)) {
        if (inside_[slot(w)] == 0 || component_[slot(w)] >= 0) continue;
        component_[slot(w)] = start;
        stack.push_back(w);
      }
    }
  }

  // v, a, a shortest path to b through the component, b.
  [[nodiscard]] std::vector<NodeId> close(NodeId a, NodeId b, NodeId component) const {
    std::vector<NodeId> from(slot(graph_.n()), -1), queue{b};
    from[slot(b)] = b;
    for (std::size_t head = 0; from[slot(a)] < 0; ++head) {
      for (const NodeId w : graph_.undirected_neighbours(queue[head])) {
        if (from[slot(w)] >= 0 || (w != a && component_[slot(w)] != component)) continue;
        from[slot(w)] = queue[head];
        queue.push_back(w);
      }
    }
    std::vector<NodeId> cycle{v_};
    for (NodeId w = a; w != b; w = from[slot(w)]) cycle.push_back(w);
    cycle.push_back(b);
    return cycle;
  }

  const MixedGraph& graph_;
  NodeId v_;
  std::vector<std::uint8_t> inside_;  // visited before v and not adjacent to it
  std::vector<NodeId> component_;
  NodeSet neighbours_;
};

EliminationOrder not_chordal(const MixedGraph& graph, std::vector<NodeId> cycle) {
  std::string reason = "not chordal: the cycle ";
  for (const NodeId v : cycle) reason += graph.name(v) + " -- ";
  reason += graph.name(cycle.front()) + " has no chord";
  return {std::nullopt, std::move(cycle), std::move(reason)};
}

}  // namespace

EliminationOrder perfect_elimination_order(const MixedGraph& graph) {
  std::vector<NodeId> order = maximum_cardinality_search(graph);
  std::vector<std::size_t> place(slot(graph.n()));
  for (std::size_t i = 0; i < order.size(); ++i) place[slot(order[i])] = i;
  std::vector<NodeId> adjacent_to(slot(graph.n()), -1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const NodeId v = order[i];
    NodeId last = -1;  // of the neighbours visited before v; it must be adjacent to all the others
    for (const NodeId w : graph.undirected_neighbours(v)) {
      if (place[slot(w)] < i && (last < 0 || place[slot(w)] > place[slot(last)])) last = w;
    }
    if (last < 0) continue;
    for (const NodeId w : graph.undirected_neighbours(last)) adjacent_to[slot(w)] = v;
    for (const NodeId w : graph.undirected_neighbours(v)) {
      if (w == last || place[slot(w)] > i || adjacent_to[slot(w)] == v) continue;
      std::vector<std::uint8_t> before(slot(graph.n()), 0);
      for (std::size_t j = 0; j < i; ++j) before[slot(order[j])] = 1;
      return not_chordal(graph, ChordlessCycle(graph, v, std::move(before)).find());
    }
  }
  std::reverse(order.begin(), order.end());
  return {std::move(order), {}, {}};
}

}  // namespace causal
