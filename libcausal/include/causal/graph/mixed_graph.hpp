#pragma once
// The one working graph: named nodes, edges with a mark at each end.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/run/options.hpp"

namespace causal {

/// Dense node index, 0..n-1.
using NodeId = std::int32_t;
/// Ascending, without repeats.
using NodeSet = std::vector<NodeId>;
/// A node as a subscript.
[[nodiscard]] constexpr std::size_t slot(NodeId v) { return static_cast<std::size_t>(v); }

/// What stands at one end of an edge.
enum class Mark : std::uint8_t { Tail, Arrow, Circle };

template <>
struct EnumNames<Mark> {
  static constexpr std::array<std::pair<Mark, std::string_view>, 3> names{
      {{Mark::Tail, "tail"}, {Mark::Arrow, "arrow"}, {Mark::Circle, "circle"}}};
};

/// An edge between two nodes: a -> b has mark_from Tail at a and mark_to Arrow at b.
struct Edge {
  NodeId from = 0;
  NodeId to = 0;
  Mark mark_from = Mark::Tail;
  Mark mark_to = Mark::Arrow;

  friend bool operator==(const Edge&, const Edge&) = default;
  [[nodiscard]] bool is_directed() const { return mark_from == Mark::Tail && mark_to == Mark::Arrow; }
  [[nodiscard]] bool is_undirected() const { return mark_from == Mark::Tail && mark_to == Mark::Tail; }
  [[nodiscard]] bool is_bidirected() const { return mark_from == Mark::Arrow && mark_to == Mark::Arrow; }
};

[[nodiscard]] constexpr Edge directed(NodeId from, NodeId to) { return {from, to, Mark::Tail, Mark::Arrow}; }
[[nodiscard]] constexpr Edge undirected(NodeId a, NodeId b) { return {a, b, Mark::Tail, Mark::Tail}; }
[[nodiscard]] constexpr Edge bidirected(NodeId a, NodeId b) { return {a, b, Mark::Arrow, Mark::Arrow}; }
/// The canonical writing of an edge: an arrow-tail edge from its tail; otherwise the smaller node first.
[[nodiscard]] Edge canonical(Edge edge);
/// "a -> b", "a <-> b", "a -- b", "a o-> b" ... with the names given.
[[nodiscard]] std::string edge_text(const Edge& edge, std::span<const std::string> names);

/// An unshielded triple a - b - c (a < c) that some separating sets call a collider and others do not.
struct AmbiguousTriple {
  NodeId a = 0;
  NodeId b = 0;
  NodeId c = 0;
  friend bool operator==(const AmbiguousTriple&, const AmbiguousTriple&) = default;
};

/// Nodes and marked edges, immutable once built; adjacency as compressed rows.
///
/// At most one edge per pair, except that a directed and a bidirected edge may share a pair (an ADMG). Neighbours of a
/// node are grouped by (own mark, far mark) and ascending inside a group, so every neighbourhood is a contiguous span.
/// Memory: 12 bytes per edge, 4 per edge end, 36 per node and the names. At most 2^31 edges. Thread-safe for reads.
class MixedGraph {
 public:
  MixedGraph() = default;
  /// `edges` in any order; they are stored canonically and sorted. Errors: GraphError for a self loop, an endpoint out
  /// of range, a repeated or conflicting edge; InvalidArgument for an empty or repeated name.
  /// Cost O(n + m log m).
  MixedGraph(std::vector<std::string> names, std::vector<Edge> edges);
  /// Unnamed nodes: X1..Xn.
  MixedGraph(int n, std::vector<Edge> edges);

  [[nodiscard]] int n() const { return static_cast<int>(names_.size()); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& name(NodeId v) const { return names_[static_cast<std::size_t>(v)]; }
  /// Id of the named node. Errors: InvalidArgument that suggests the nearest name.
  [[nodiscard]] NodeId id(std::string_view name) const;
  /// Canonical edges, sorted by (from, to).
  [[nodiscard]] const std::vector<Edge>& edges() const { return edges_; }

  /// Neighbours w of v with this mark at v and that mark at w, ascending.
  [[nodiscard]] std::span<const NodeId> neighbours(NodeId v, Mark at_v, Mark at_w) const {
    return group_neighbours(v, group(at_v, at_w));
  }
  /// The same by group index.
  [[nodiscard]] std::span<const NodeId> group_neighbours(NodeId v, std::size_t group_index) const {
    const std::size_t row = slot(v) * kGroups + group_index;
    return {targets_.data() + offsets_[row], targets_.data() + offsets_[row + 1]};
  }
  [[nodiscard]] std::span<const NodeId> parents(NodeId v) const { return neighbours(v, Mark::Arrow, Mark::Tail); }
  [[nodiscard]] std::span<const NodeId> children(NodeId v) const { return neighbours(v, Mark::Tail, Mark::Arrow); }
  [[nodiscard]] std::span<const NodeId> siblings(NodeId v) const { return neighbours(v, Mark::Arrow, Mark::Arrow); }
  [[nodiscard]] std::span<const NodeId> undirected_neighbours(NodeId v) const {
    return neighbours(v, Mark::Tail, Mark::Tail);
  }
  /// Hints that the neighbours of v will be read soon: first (a few nodes ahead) where they lie, then they themselves.
  void prefetch_offsets(NodeId v) const { __builtin_prefetch(offsets_.data() + slot(v) * kGroups); }
  void prefetch_neighbours(NodeId v) const {
    const NodeId* const row = targets_.data() + offsets_[slot(v) * kGroups];
    __builtin_prefetch(row);
    __builtin_prefetch(row + 16);
  }
  /// All ends at v, groups one after another (ascending only inside a group).
  [[nodiscard]] std::span<const NodeId> all_neighbours(NodeId v) const {
    const std::size_t row = static_cast<std::size_t>(v) * kGroups;
    return {targets_.data() + offsets_[row], targets_.data() + offsets_[row + kGroups]};
  }
  [[nodiscard]] bool adjacent(NodeId a, NodeId b) const;
  /// (mark at a, mark at b) of the edge between them; of a directed-bidirected pair the directed one.
  [[nodiscard]] std::optional<std::pair<Mark, Mark>> marks(NodeId a, NodeId b) const;
  [[nodiscard]] bool has_directed_edge(NodeId from, NodeId to) const;
  /// A directed cycle as a node sequence (first = last), or nothing.
  [[nodiscard]] std::optional<std::vector<NodeId>> directed_cycle() const;

  friend bool operator==(const MixedGraph& a, const MixedGraph& b) {
    return a.names_ == b.names_ && a.edges_ == b.edges_;
  }

  /// Index of the (own mark, far mark) group; parents, children, siblings and undirected come first.
  static constexpr std::size_t kGroups = 9;
  [[nodiscard]] static constexpr std::size_t group(Mark at_v, Mark at_w) {
    constexpr std::array<std::array<std::size_t, 3>, 3> index{{{3, 1, 4}, {0, 2, 5}, {6, 7, 8}}};
    return index[static_cast<std::size_t>(at_v)][static_cast<std::size_t>(at_w)];
  }

 private:
  void build_rows();
  void check_pairs() const;

  std::vector<std::string> names_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> offsets_{0};
  std::vector<NodeId> targets_;
};

}  // namespace causal
