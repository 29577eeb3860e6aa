#pragma once
// Adjustment by the definition: every path of a small DAG is looked at.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "causal/graph/mixed_graph.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// Nodes as bits of a word.
using Bits = std::uint32_t;
inline Bits bit(NodeId v) { return Bits{1} << static_cast<unsigned>(v); }
inline Bits bits_of(const NodeSet& set) {
  Bits bits = 0;
  for (const NodeId v : set) bits |= bit(v);
  return bits;
}
inline NodeSet set_of(Bits bits) {
  NodeSet set;
  for (NodeId v = 0; bits >> static_cast<unsigned>(v) != 0; ++v) {
    if ((bits & bit(v)) != 0) set.push_back(v);
  }
  return set;
}

/// All subsets of `of`, the empty one first.
inline std::vector<Bits> subsets(Bits of) {
  std::vector<Bits> all;
  for (Bits z = 0;; z = (z - of) & of) {
    all.push_back(z);
    if (z == of) return all;
  }
}

/// The proper paths from x to y in a DAG: causal ones, what they forbid, and what opens the others.
class ProperPaths {
 public:
  ProperPaths(const MixedGraph& dag, Bits x, Bits y) : dag_(dag), x_(x), y_(y), below_(slot(dag.n())) {
    for (NodeId v = 0; v < dag.n(); ++v) below_[slot(v)] = descendants_of(v);
    for (const NodeId v : set_of(x)) extend({v}, {});
    for (const NodeId v : set_of(causal_)) forbidden_ |= below_[slot(v)];
  }

  /// Nodes outside x on causal paths, and their descendants.
  [[nodiscard]] Bits causal() const { return causal_; }
  [[nodiscard]] Bits forbidden() const { return forbidden_; }
  /// First nodes after x on causal paths: edges to them are what a causal path starts with.
  [[nodiscard]] bool blocks_non_causal(Bits z) const {
    return std::none_of(others_.begin(), others_.end(), [z](const Path& path) {
      return (path.non_colliders & z) == 0 &&
             std::all_of(path.collider_descendants.begin(), path.collider_descendants.end(),
                         [z](Bits below) { return (below & z) != 0; });
    });
  }
  /// The adjustment criterion.
  [[nodiscard]] bool adjusts(Bits z) const { return (z & forbidden_) == 0 && blocks_non_causal(z); }

 private:
  struct Path {
    Bits non_colliders = 0;
    std::vector<Bits> collider_descendants;
  };

  [[nodiscard]] Bits descendants_of(NodeId v) const {
    Bits found = bit(v);
    std::vector<NodeId> stack{v};
    while (!stack.empty()) {
      const NodeId at = stack.back();
      stack.pop_back();
      for (const NodeId w : dag_.children(at)) {
        if ((found & bit(w)) == 0) stack.push_back(w);
        found |= bit(w);
      }
    }
    return found;
  }

  // forward[i]: the path goes from nodes[i] to nodes[i + 1] along the arrow.
  void extend(const std::vector<NodeId>& nodes, const std::vector<bool>& forward) {
    const NodeId last = nodes.back();
    if (nodes.size() > 1 && (y_ & bit(last)) != 0) record(nodes, forward);
    for (const bool along : {true, false}) {
      for (const NodeId w : along ? dag_.children(last) : dag_.parents(last)) {
        if ((x_ & bit(w)) != 0 || std::find(nodes.begin(), nodes.end(), w) != nodes.end()) continue;
        auto longer = nodes;
        longer.push_back(w);
        auto steps = forward;
        steps.push_back(along);
        extend(longer, steps);
      }
    }
  }

  void record(const std::vector<NodeId>& nodes, const std::vector<bool>& forward) {
    if (std::find(forward.begin(), forward.end(), false) == forward.end()) {
      for (std::size_t i = 1; i < nodes.size(); ++i) causal_ |= bit(nodes[i]);
      return;
    }
    Path path;
    for (std::size_t i = 1; i + 1 < nodes.size(); ++i) {
      if (forward[i - 1] && !forward[i]) {
        path.collider_descendants.push_back(below_[slot(nodes[i])]);
      } else {
        path.non_colliders |= bit(nodes[i]);
      }
    }
    others_.push_back(std::move(path));
  }

  const MixedGraph& dag_;
  Bits x_, y_;
  std::vector<Bits> below_;
  Bits causal_ = 0;
  Bits forbidden_ = 0;
  std::vector<Path> others_;
};

/// Disjoint x and y of one or two nodes each; y of one when `single_y`.
struct EffectQuery {
  NodeSet x, y;
  Bits rest = 0;  ///< The other nodes.
};
inline EffectQuery random_effect_query(int n, RandomStream& stream, bool single_y = false) {
  const auto order = stream.permutation(n);
  EffectQuery query{{order[0]}, {order[1]}, 0};
  if (n > 3 && stream.below(4) == 0) query.x.push_back(order[2]);
  if (!single_y && n > 4 && stream.below(4) == 0) query.y.push_back(order[3]);
  std::sort(query.x.begin(), query.x.end());
  std::sort(query.y.begin(), query.y.end());
  query.rest = ((Bits{1} << static_cast<unsigned>(n)) - 1) & ~bits_of(query.x) & ~bits_of(query.y);
  return query;
}

}  // namespace causal::test
