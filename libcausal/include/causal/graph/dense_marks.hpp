#pragma once
// A mutable graph as an n x n byte matrix of marks, for algorithms that orient edge by edge.

#include <cstdint>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// Entry (a, b) is the mark at b on the edge a-b, or none. n^2 bytes: meant for n <= 20,000.
class DenseMarks {
 public:
  explicit DenseMarks(int n) : n_(n), cells_(static_cast<std::size_t>(n) * static_cast<std::size_t>(n), kNone) {}
  /// Errors: GraphError when a pair carries two edges.
  explicit DenseMarks(const MixedGraph& graph);

  [[nodiscard]] int n() const { return n_; }
  [[nodiscard]] bool adjacent(NodeId a, NodeId b) const { return cells_[at(a, b)] != kNone; }
  /// Mark at `b` on the edge a-b, which must exist.
  [[nodiscard]] Mark mark_at(NodeId a, NodeId b) const { return static_cast<Mark>(cells_[at(a, b)]); }
  [[nodiscard]] bool is_directed(NodeId from, NodeId to) const {
    return cells_[at(from, to)] == kArrow && cells_[at(to, from)] == kTail;
  }
  [[nodiscard]] bool is_undirected(NodeId a, NodeId b) const {
    return cells_[at(a, b)] == kTail && cells_[at(b, a)] == kTail;
  }
  [[nodiscard]] bool is_bidirected(NodeId a, NodeId b) const {
    return cells_[at(a, b)] == kArrow && cells_[at(b, a)] == kArrow;
  }
  void set(const Edge& edge) {
    cells_[at(edge.from, edge.to)] = static_cast<std::uint8_t>(edge.mark_to);
    cells_[at(edge.to, edge.from)] = static_cast<std::uint8_t>(edge.mark_from);
  }
  /// Sets the mark at `b` of the existing edge a-b.
  void set_mark(NodeId a, NodeId b, Mark mark_at_b) { cells_[at(a, b)] = static_cast<std::uint8_t>(mark_at_b); }
  void remove(NodeId a, NodeId b) { cells_[at(a, b)] = cells_[at(b, a)] = kNone; }
  void orient(NodeId from, NodeId to) { set(directed(from, to)); }

  [[nodiscard]] std::vector<Edge> edges() const;
  [[nodiscard]] MixedGraph graph(std::vector<std::string> names) const { return {std::move(names), edges()}; }

 private:
  static constexpr std::uint8_t kTail = static_cast<std::uint8_t>(Mark::Tail);
  static constexpr std::uint8_t kArrow = static_cast<std::uint8_t>(Mark::Arrow);
  static constexpr std::uint8_t kNone = 255;
  [[nodiscard]] std::size_t at(NodeId a, NodeId b) const {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(n_) + static_cast<std::size_t>(b);
  }
  int n_;
  std::vector<std::uint8_t> cells_;
};

}  // namespace causal
