#include "graph/possible_paths.hpp"

#include <algorithm>
#include <unordered_set>

namespace causal::detail {
namespace {

// A node as entered from the one before it on the way: which one decides where the way may go on.
struct Arrival {
  NodeId from;  // equal to `at` at a start
  NodeId at;
  std::size_t origin;  // the arrival at `from`
  Step step;
};

// Breadth first, until stop(v) is true of an entered node v, which then is the last arrival.
template <class Stop>
std::vector<Arrival> arrivals(const MixedGraph& graph, const NodeSet& of, const NodeSet& avoid, Step step,
                              const Stop& stop) {
  const Mask avoided = mask_of(graph, avoid);
  std::unordered_set<std::uint64_t> seen;
  std::vector<Arrival> queue;
  for (const NodeId v : of) queue.push_back({v, v, queue.size(), step});
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const auto [from, at, origin, entered_by] = queue[head];
    for (const Step taken : {step, Step::Line}) {
      for (const NodeId w : graph.group_neighbours(at, static_cast<std::size_t>(taken))) {
        if (avoided[slot(w)] != 0 || w == from || (from != at && graph.adjacent(from, w))) continue;
        const auto key =
            static_cast<std::uint64_t>(static_cast<std::uint32_t>(at)) << 32 | static_cast<std::uint32_t>(w);
        if (!seen.insert(key).second) continue;
        queue.push_back({at, w, head, taken});
        if (stop(w)) return queue;
      }
    }
  }
  return queue;
}

}  // namespace

NodeSet unshielded_reach(const MixedGraph& graph, const NodeSet& of, const NodeSet& avoid, Step step) {
  NodeSet nodes;
  for (const Arrival& arrival : arrivals(graph, of, avoid, step, [](NodeId) { return false; })) {
    nodes.push_back(arrival.at);
  }
  return joined({&nodes});
}

Walk unshielded_walk(const MixedGraph& graph, NodeId v, const NodeSet& avoid, const Mask& targets) {
  const auto queue = arrivals(graph, {v}, avoid, Step::Forward, [&targets](NodeId w) { return targets[slot(w)] != 0; });
  if (targets[slot(queue.back().at)] == 0) return {};
  Walk walk;
  std::size_t i = queue.size() - 1;
  for (; queue[i].origin != i; i = queue[i].origin) {
    walk.nodes.push_back(queue[i].at);
    walk.steps.push_back(queue[i].step);
  }
  walk.nodes.push_back(v);
  std::reverse(walk.nodes.begin(), walk.nodes.end());
  std::reverse(walk.steps.begin(), walk.steps.end());
  return walk;
}

}  // namespace causal::detail
