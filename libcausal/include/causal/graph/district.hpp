#pragma once
// Districts of an ADMG, and its nodes, edges and searches as bits.

#include <cstdint>
#include <vector>

#include "causal/graph/admg.hpp"

namespace causal {

/// A set of nodes of one graph as bits. Both sides of an operation must be of the same n.
class NodeBits {
 public:
  NodeBits() = default;
  explicit NodeBits(int n) : words_((static_cast<std::size_t>(n) + 63) / 64, 0) {}
  NodeBits(int n, const NodeSet& nodes) : NodeBits(n) {
    for (const NodeId v : nodes) insert(v);
  }
  /// All of 0..n-1.
  static NodeBits all(int n);

  void insert(NodeId v) { words_[slot(v) / 64] |= std::uint64_t{1} << (slot(v) % 64); }
  void erase(NodeId v) { words_[slot(v) / 64] &= ~(std::uint64_t{1} << (slot(v) % 64)); }
  [[nodiscard]] bool contains(NodeId v) const { return (words_[slot(v) / 64] >> (slot(v) % 64) & 1) != 0; }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] int size() const;
  /// The smallest node, or -1.
  [[nodiscard]] NodeId first() const;
  [[nodiscard]] bool intersects(const NodeBits& other) const;
  [[nodiscard]] bool contains_all(const NodeBits& other) const;
  [[nodiscard]] NodeSet nodes() const;

  NodeBits& operator|=(const NodeBits& other);
  NodeBits& operator&=(const NodeBits& other);
  /// Takes the nodes of `other` away.
  NodeBits& operator-=(const NodeBits& other);
  friend NodeBits operator|(NodeBits a, const NodeBits& b) { return a |= b; }
  friend NodeBits operator&(NodeBits a, const NodeBits& b) { return a &= b; }
  friend NodeBits operator-(NodeBits a, const NodeBits& b) { return a -= b; }
  friend bool operator==(const NodeBits&, const NodeBits&) = default;

  /// Calls visit(v) for every node, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
        visit(static_cast<NodeId>(w * 64 + static_cast<std::size_t>(__builtin_ctzll(bits))));
      }
    }
  }

 private:
  std::vector<std::uint64_t> words_;
};

/// The parents, children and siblings of an ADMG as rows of bits, for algorithms that walk its induced subgraphs:
/// every `within` below is the node set of one, never copied. Memory 3 n^2 bits; a search costs O(n^2 / 64).
class AdmgRows {
 public:
  explicit AdmgRows(const Admg& admg);

  [[nodiscard]] int n() const { return static_cast<int>(parents_.size()); }
  [[nodiscard]] const NodeBits& parents(NodeId v) const { return parents_[slot(v)]; }
  [[nodiscard]] const NodeBits& children(NodeId v) const { return children_[slot(v)]; }
  [[nodiscard]] const NodeBits& siblings(NodeId v) const { return siblings_[slot(v)]; }
  /// Parents before children; among the ready nodes the smallest id first.
  [[nodiscard]] const std::vector<NodeId>& topological_order() const { return order_; }

  /// Nodes of `within` with a directed path inside it to `of`, itself included (`of` within `within`).
  [[nodiscard]] NodeBits ancestors(const NodeBits& of, const NodeBits& within) const;
  /// As ancestors in the graph without the edges into `cut`: no path passes through or starts above a node of `cut`.
  [[nodiscard]] NodeBits ancestors(const NodeBits& of, const NodeBits& within, const NodeBits& cut) const;
  [[nodiscard]] NodeBits descendants(const NodeBits& of, const NodeBits& within) const;
  /// Nodes of `within` that v reaches by bidirected edges inside it, v included.
  [[nodiscard]] NodeBits district(NodeId v, const NodeBits& within) const;
  /// The districts of the subgraph, by their smallest node.
  [[nodiscard]] std::vector<NodeBits> districts(const NodeBits& within) const;
  /// `within` in topological order.
  [[nodiscard]] std::vector<NodeId> ordered(const NodeBits& within) const;

 private:
  std::vector<NodeBits> parents_;
  std::vector<NodeBits> children_;
  std::vector<NodeBits> siblings_;
  std::vector<NodeId> order_;
};

/// The districts (c-components) of an ADMG: the classes of nodes joined by bidirected paths, by their smallest node.
/// O(n + m). Source: Tian and Pearl, "A general identification condition for causal effects", AAAI 2002.
[[nodiscard]] std::vector<NodeSet> districts(const Admg& admg);

}  // namespace causal
