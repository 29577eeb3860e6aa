#include "graph/possible_paths.hpp"

#include <unordered_set>

#include "graph/node_sets.hpp"

namespace causal::detail {

NodeSet unshielded_reach(const MixedGraph& graph, const NodeSet& of, const NodeSet& avoid, Step step) {
  struct Arrival {
    NodeId from;  // equal to `at` at a start
    NodeId at;
  };
  const Mask avoided = mask_of(graph, avoid);
  std::unordered_set<std::uint64_t> seen;
  std::vector<Arrival> queue;
  Mask reached = mask_of(graph, of);
  for (const NodeId v : of) queue.push_back({v, v});
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const auto [from, at] = queue[head];
    for (const Step taken : {step, Step::Line}) {
      for (const NodeId w : graph.group_neighbours(at, static_cast<std::size_t>(taken))) {
        if (avoided[slot(w)] != 0 || w == from || (from != at && graph.adjacent(from, w))) continue;
        const auto key =
            static_cast<std::uint64_t>(static_cast<std::uint32_t>(at)) << 32 | static_cast<std::uint32_t>(w);
        if (!seen.insert(key).second) continue;
        reached[slot(w)] = 1;
        queue.push_back({at, w});
      }
    }
  }
  NodeSet nodes;
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (reached[slot(v)] != 0) nodes.push_back(v);
  }
  return nodes;
}

}  // namespace causal::detail
