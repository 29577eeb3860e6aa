// Which part of a graph is the comb of a treatment, and what stands in its way.
#include <algorithm>
#include <functional>
#include <queue>

#include "causal/diagram/comb.hpp"
#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/graph/explicit_latents.hpp"
#include "causal/graph/reachability.hpp"
#include "causal/run/error.hpp"

namespace causal {

namespace {

constexpr NodeId kNone = -1;

void check_query(const Admg& admg, NodeId x, const NodeSet& y) {
  const auto known = [&](NodeId v) { return v >= 0 && v < admg.n(); };
  if (!known(x)) throw InvalidArgument("find_comb", "x", std::to_string(x), "a node");
  if (y.empty()) throw InvalidArgument("find_comb", "y", "the empty set", "at least one node");
  for (const NodeId v : y) {
    if (!known(v)) throw InvalidArgument("find_comb", "y", std::to_string(v), "a node");
    if (v == x) throw InvalidArgument("find_comb", "y", admg.graph().name(v), "other than x");
  }
}

/// The nodes of an ancestral set, parents first, the smallest ready one next.
std::vector<NodeId> ordered(const MixedGraph& graph, const NodeSet& nodes) {
  std::vector<std::size_t> waiting(slot(graph.n()), 0);
  std::vector<bool> inside(slot(graph.n()), false);
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (const NodeId v : nodes) {
    inside[slot(v)] = true;
    waiting[slot(v)] = graph.parents(v).size();
    if (waiting[slot(v)] == 0) ready.push(v);
  }
  std::vector<NodeId> order;
  while (!ready.empty()) {
    const NodeId v = ready.top();
    ready.pop();
    order.push_back(v);
    for (const NodeId child : graph.children(v)) {
      if (inside[slot(child)] && --waiting[slot(child)] == 0) ready.push(child);
    }
  }
  return order;
}

/// Per node of the district of x the neighbour one step nearer to x by bidirected edges; x itself for x.
std::vector<NodeId> district_tree(const MixedGraph& graph, NodeId x, const std::vector<bool>& inside) {
  std::vector<NodeId> nearer(slot(graph.n()), kNone);
  std::vector<NodeId> queue{x};
  nearer[slot(x)] = x;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const NodeId w : graph.siblings(queue[head])) {
      if (!inside[slot(w)] || nearer[slot(w)] != kNone) continue;
      nearer[slot(w)] = queue[head];
      queue.push_back(w);
    }
  }
  return nearer;
}

CombObstruction obstruction(const MixedGraph& graph, NodeId x, NodeId child, const std::vector<NodeId>& nearer) {
  CombObstruction result{{x, child}, graph.name(x) + " -> " + graph.name(child)};
  for (NodeId v = child; v != x;) {
    v = nearer[slot(v)];
    result.path.push_back(v);
    result.reason += " <-> " + graph.name(v);
  }
  result.reason = "no comb: " + graph.name(x) + " reaches hidden causes it shares by " + result.reason;
  return result;
}

CombWitness witness_of(std::vector<NodeId> order, const std::vector<NodeId>& nearer) {
  CombWitness witness;
  witness.holes.emplace_back();
  for (const NodeId v : order) {
    if (nearer[slot(v)] == kNone) {
      witness.g_boxes.push_back(v);
      witness.holes.back().push_back(v);
      continue;
    }
    witness.f_boxes.push_back(v);
    if (witness.teeth.empty() || !witness.holes.back().empty()) {
      witness.teeth.emplace_back();
      witness.holes.emplace_back();
    }
    witness.teeth.back().push_back(v);
  }
  for (NodeSet* set : {&witness.f_boxes, &witness.g_boxes}) std::sort(set->begin(), set->end());
  for (auto* sets : {&witness.teeth, &witness.holes}) {
    for (NodeSet& set : *sets) std::sort(set.begin(), set.end());
  }
  witness.order = std::move(order);
  return witness;
}

}  // namespace

std::variant<CombWitness, CombObstruction> find_comb(const Admg& admg, NodeId x, const NodeSet& y) {
  check_query(admg, x, y);
  const MixedGraph& graph = admg.graph();
  const NodeSet nodes = ancestors(graph, y);
  std::vector<bool> inside(slot(graph.n()), false);
  for (const NodeId v : nodes) inside[slot(v)] = true;
  std::vector<NodeId> nearer(slot(graph.n()), kNone);
  if (inside[slot(x)]) nearer = district_tree(graph, x, inside);
  for (const NodeId child : graph.children(x)) {
    if (nearer[slot(child)] != kNone) return obstruction(graph, x, child, nearer);
  }
  return witness_of(ordered(graph, nodes), nearer);
}

CombRegions comb_regions(const Admg& admg, const CombWitness& witness) {
  const ExplicitLatents latents = with_explicit_latents(admg);
  std::vector<bool> in_f(slot(latents.dag.n()), false);
  for (const NodeId v : witness.f_boxes) in_f[slot(v)] = true;
  for (std::size_t u = 0; u < latents.children.size(); ++u) {
    const auto [a, b] = latents.children[u];
    in_f[slot(latents.first_latent) + u] = in_f[slot(a)] || in_f[slot(b)];
  }
  const Diagram joint = prune(network_diagram(admg, witness.order));
  std::vector<BoxId> f, g;
  for (BoxId box = 0; box < joint.boxes(); ++box) {
    (in_f[slot(latents.dag.graph().id(joint.head(box).label.text()))] ? f : g).push_back(box);
  }
  return {region(joint, f), region(joint, g)};
}

}  // namespace causal
