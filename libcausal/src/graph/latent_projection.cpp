#include "causal/graph/latent_projection.hpp"

#include <algorithm>

#include "graph/node_sets.hpp"

namespace causal {
namespace {

class Projection {
 public:
  Projection(const MixedGraph& graph, const NodeSet& latents)
      : graph_(graph), below_(slot(graph.n())), stamp_(slot(graph.n()), -1) {
    detail::check_disjoint("latent_projection", graph, {{"latents", latents}});
    is_latent_ = detail::mask_of(graph, latents);
    for (NodeId v = 0; v < graph.n(); ++v) {
      if (is_latent_[slot(v)] == 0) below_[slot(v)] = {v};
    }
    for (const NodeId latent : latents_bottom_up()) below_[slot(latent)] = reached_from(latent);
  }

  [[nodiscard]] Admg run() {
    std::vector<std::string> names;
    std::vector<NodeId> new_id(slot(graph_.n()), -1);
    for (NodeId v = 0; v < graph_.n(); ++v) {
      if (is_latent_[slot(v)] != 0) continue;
      new_id[slot(v)] = static_cast<NodeId>(names.size());
      names.push_back(graph_.name(v));
    }
    std::vector<Edge> edges;
    const auto partners = sibling_sources();
    for (NodeId v = 0; v < graph_.n(); ++v) {
      if (is_latent_[slot(v)] != 0) continue;
      for (const NodeId child : reached_from(v)) edges.push_back(directed(new_id[slot(v)], new_id[slot(child)]));
      for (const NodeId sibling : union_of_below(partners[slot(v)])) {
        if (sibling > v) edges.push_back(bidirected(new_id[slot(v)], new_id[slot(sibling)]));
      }
    }
    return Admg(MixedGraph(std::move(names), std::move(edges)));
  }

 private:
  // Latents, each after the latents among its children.
  [[nodiscard]] std::vector<NodeId> latents_bottom_up() const {
    std::vector<std::size_t> waiting(slot(graph_.n()), 0);
    std::vector<NodeId> order;
    for (NodeId v = 0; v < graph_.n(); ++v) {
      if (is_latent_[slot(v)] == 0) continue;
      for (const NodeId child : graph_.children(v)) waiting[slot(v)] += is_latent_[slot(child)];
      if (waiting[slot(v)] == 0) order.push_back(v);
    }
    for (std::size_t next = 0; next < order.size(); ++next) {
      for (const NodeId parent : graph_.parents(order[next])) {
        if (is_latent_[slot(parent)] != 0 && --waiting[slot(parent)] == 0) order.push_back(parent);
      }
    }
    return order;
  }

  // Observed nodes that directed paths from v reach through latents alone.
  [[nodiscard]] std::vector<NodeId> reached_from(NodeId v) { return union_of_below(graph_.children(v)); }

  [[nodiscard]] std::vector<NodeId> union_of_below(std::span<const NodeId> nodes) {
    ++current_stamp_;
    std::vector<NodeId> all;
    for (const NodeId w : nodes) {
      for (const NodeId below : below_[slot(w)]) {
        if (stamp_[slot(below)] == current_stamp_) continue;
        stamp_[slot(below)] = current_stamp_;
        all.push_back(below);
      }
    }
    return all;
  }

  // Per observed node v the nodes w such that v <-> every node of below(w). A latent with a latent parent adds
  // nothing: whatever it reaches, the parent reaches too.
  [[nodiscard]] std::vector<std::vector<NodeId>> sibling_sources() const {
    std::vector<std::vector<NodeId>> sources(slot(graph_.n()));
    for (NodeId latent = 0; latent < graph_.n(); ++latent) {
      if (is_latent_[slot(latent)] == 0) continue;
      const auto parents = graph_.parents(latent);
      if (std::any_of(parents.begin(), parents.end(), [this](NodeId p) { return is_latent_[slot(p)] != 0; })) continue;
      for (const NodeId v : below_[slot(latent)]) sources[slot(v)].push_back(latent);
    }
    for (const Edge& edge : graph_.edges()) {
      if (!edge.is_bidirected()) continue;
      for (const NodeId v : below_[slot(edge.from)]) sources[slot(v)].push_back(edge.to);
      for (const NodeId v : below_[slot(edge.to)]) sources[slot(v)].push_back(edge.from);
    }
    return sources;
  }

  const MixedGraph& graph_;
  detail::Mask is_latent_;
  std::vector<std::vector<NodeId>> below_;  // of an observed node itself; of a latent the observed nodes it reaches
  std::vector<std::int64_t> stamp_;         // the union that a node was last put into
  std::int64_t current_stamp_ = -1;
};

}  // namespace

Admg latent_projection(const Admg& graph, const NodeSet& latents) { return Projection(graph.graph(), latents).run(); }

Admg latent_projection(const Dag& graph, const NodeSet& latents) { return Projection(graph.graph(), latents).run(); }

}  // namespace causal
