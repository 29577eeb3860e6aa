#include "graph/sink_elimination.hpp"

#include <algorithm>
#include <numeric>

namespace causal::detail {
namespace {

// What an edge looks like from the node whose row it stands in.
enum class End : std::uint8_t { In, Out, Line };

struct Neighbour {
  NodeId node;
  End end;
};

// Every row holds all neighbours of a node, ascending, so that adjacency is a binary search.
class Rows {
 public:
  Rows(int n, std::span<const Edge> edges) : offsets_(slot(n) + 1, 0), cells_(2 * edges.size()) {
    for (const Edge& e : edges) {
      ++offsets_[slot(e.from) + 1];
      ++offsets_[slot(e.to) + 1];
    }
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
    std::vector<std::size_t> next(offsets_.begin(), offsets_.end() - 1);
    for (const Edge& e : edges) {
      cells_[next[slot(e.from)]++] = {e.to, e.is_directed() ? End::Out : End::Line};
      cells_[next[slot(e.to)]++] = {e.from, e.is_directed() ? End::In : End::Line};
    }
    for (NodeId v = 0; v < n; ++v) {
      const auto begin = cells_.begin() + static_cast<std::ptrdiff_t>(offsets_[slot(v)]);
      const auto end = cells_.begin() + static_cast<std::ptrdiff_t>(offsets_[slot(v) + 1]);
      std::sort(begin, end, [](const Neighbour& a, const Neighbour& b) { return a.node < b.node; });
    }
  }
  [[nodiscard]] std::span<const Neighbour> row(NodeId v) const {
    return {cells_.data() + offsets_[slot(v)], cells_.data() + offsets_[slot(v) + 1]};
  }
  // The neighbour w in the row of v, or null.
  [[nodiscard]] const Neighbour* find(NodeId v, NodeId w) const {
    const auto cells = row(v);
    const auto at =
        std::lower_bound(cells.begin(), cells.end(), w, [](const Neighbour& a, NodeId node) { return a.node < node; });
    return at != cells.end() && at->node == w ? &*at : nullptr;
  }

 private:
  std::vector<std::size_t> offsets_;
  std::vector<Neighbour> cells_;
};

// A node x may leave when it has no edge out and, over its undirected neighbours u, the common neighbours of x and u
// number deg(x) - 1 each. Only the sum over u is kept: every term is at most deg(x) - 1.
class Elimination {
 public:
  Elimination(int n, std::span<const Edge> edges) : rows_(n, edges), counts_(slot(n)) {
    for (NodeId v = 0; v < n; ++v) {
      for (const Neighbour& w : rows_.row(v)) {
        ++counts_[slot(v)].degree;
        if (w.end == End::Out) ++counts_[slot(v)].out;
        if (w.end == End::Line) ++counts_[slot(v)].lines;
      }
    }
    // Each triangle is met once, from its smallest corner.
    for (NodeId v = 0; v < n; ++v) {
      for_triangles(v, [&](const Neighbour& a, const Neighbour& b, End a_to_b) {
        if (v < a.node && v < b.node) count_triangle(v, a, b, a_to_b, 1);
      });
    }
  }

  SinkElimination run() {
    SinkElimination result;
    std::vector<NodeId> ready;
    for (NodeId v = static_cast<NodeId>(counts_.size()) - 1; v >= 0; --v) {
      if (may_leave(v)) ready.push_back(v);
    }
    while (!ready.empty()) {
      const NodeId v = ready.back();
      ready.pop_back();
      if (counts_[slot(v)].gone) continue;
      leave(v);
      result.order.push_back(v);
      for (const Neighbour& w : rows_.row(v)) {
        if (!counts_[slot(w.node)].gone && may_leave(w.node)) ready.push_back(w.node);
      }
    }
    for (std::size_t v = 0; v < counts_.size(); ++v) {
      if (!counts_[v].gone) result.stuck.push_back(static_cast<NodeId>(v));
    }
    return result;
  }

 private:
  struct Counts {
    std::int64_t degree = 0;
    std::int64_t out = 0;
    std::int64_t lines = 0;
    std::int64_t closed = 0;  // over undirected neighbours, the sum of common neighbours
    bool gone = false;
  };

  [[nodiscard]] bool may_leave(NodeId v) const {
    const Counts& c = counts_[slot(v)];
    return c.out == 0 && c.closed == c.lines * (c.degree - 1);
  }

  // Calls body(a, b, end of the edge a-b at a) for each pair of adjacent neighbours a, b of v that are still there,
  // searching from the shorter of the rows of v and a.
  template <class Body>
  void for_triangles(NodeId v, Body&& body) const {
    const auto around = rows_.row(v);
    for (const Neighbour& a : around) {
      if (counts_[slot(a.node)].gone) continue;
      if (rows_.row(a.node).size() < around.size()) {
        for (const Neighbour& ab : rows_.row(a.node)) {
          if (ab.node <= a.node || counts_[slot(ab.node)].gone) continue;
          if (const Neighbour* b = rows_.find(v, ab.node)) body(a, *b, ab.end);
        }
      } else {
        for (const Neighbour& b : around) {
          if (b.node <= a.node || counts_[slot(b.node)].gone) continue;
          if (const Neighbour* ab = rows_.find(a.node, b.node)) body(a, b, ab->end);
        }
      }
    }
  }

  // `a` and `b` as seen from v; at each corner the triangle counts once per undirected side.
  void count_triangle(NodeId v, const Neighbour& a, const Neighbour& b, End a_to_b, int sign) {
    const int va = a.end == End::Line, vb = b.end == End::Line, ab = a_to_b == End::Line;
    counts_[slot(v)].closed += sign * (va + vb);
    counts_[slot(a.node)].closed += sign * (va + ab);
    counts_[slot(b.node)].closed += sign * (vb + ab);
  }

  void leave(NodeId v) {
    for_triangles(v, [&](const Neighbour& a, const Neighbour& b, End a_to_b) { count_triangle(v, a, b, a_to_b, -1); });
    counts_[slot(v)].gone = true;
    for (const Neighbour& w : rows_.row(v)) {
      Counts& c = counts_[slot(w.node)];
      --c.degree;
      if (w.end == End::In) --c.out;
      if (w.end == End::Line) --c.lines;
    }
  }

  Rows rows_;
  std::vector<Counts> counts_;
};

}  // namespace

SinkElimination eliminate_sinks(int n, std::span<const Edge> edges) { return Elimination(n, edges).run(); }

}  // namespace causal::detail
