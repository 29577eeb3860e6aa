#include "render/layers.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace causal::render {
namespace {

/// +1 when the edge should point from `from` to `to`, -1 the other way, 0 when either will do.
int direction(const Edge& edge, bool definite_only) {
  const bool definite = edge.is_directed() || (edge.mark_from == Mark::Arrow && edge.mark_to == Mark::Tail);
  if (definite_only && !definite) return 0;
  return (edge.mark_to == Mark::Arrow ? 1 : 0) - (edge.mark_from == Mark::Arrow ? 1 : 0);
}

/// Ends still waiting for a rank, per box.
struct Waiting {
  int definite_in = 0;
  int definite_out = 0;
  int soft_in = 0;
  int first_neighbour = std::numeric_limits<int>::max();  ///< Smallest rank among ranked neighbours.
  int degree = 0;

  /// Smaller is ranked sooner: sources first, then whoever continues what is drawn already, then hubs.
  [[nodiscard]] auto key() const {
    return std::make_tuple(definite_in > 0, definite_in > 0 ? definite_in - definite_out : 0, soft_in, first_neighbour,
                           -degree);
  }
};

void add_ends(std::vector<Waiting>& waiting, const Edge& edge, int sign) {
  Waiting& from = waiting[static_cast<std::size_t>(edge.from)];
  Waiting& to = waiting[static_cast<std::size_t>(edge.to)];
  const int definite = direction(edge, true);
  const int soft = definite == 0 ? direction(edge, false) : 0;
  if (definite > 0) to.definite_in += sign, from.definite_out += sign;
  if (definite < 0) from.definite_in += sign, to.definite_out += sign;
  if (soft > 0) to.soft_in += sign;
  if (soft < 0) from.soft_in += sign;
}

/// Lets boxes sink to just above their nearest lower neighbour when more lines leave them below than above.
void shorten_lines(std::vector<int>& layer, const std::vector<std::vector<int>>& above,
                   const std::vector<std::vector<int>>& below, const std::vector<int>& by_rank) {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto v = by_rank.rbegin(); v != by_rank.rend(); ++v) {
      const auto i = static_cast<std::size_t>(*v);
      if (below[i].size() <= above[i].size()) continue;
      int lowest = std::numeric_limits<int>::max();
      for (const int w : below[i]) lowest = std::min(lowest, layer[static_cast<std::size_t>(w)] - 1);
      if (lowest > layer[i]) layer[i] = lowest, moved = true;
    }
  }
}

/// Joins the ends of an edge by bends, one in every layer between them.
void add_chain(Layers& layers, int upper, int lower) {
  std::vector<int> chain{upper};
  const int last = layers.layer[static_cast<std::size_t>(lower)];
  for (int l = layers.layer[static_cast<std::size_t>(upper)] + 1; l < last; ++l) {
    chain.push_back(static_cast<int>(layers.width.size()));
    layers.width.push_back(0);
    layers.layer.push_back(l);
    layers.above.emplace_back();
    layers.below.emplace_back();
    layers.order[static_cast<std::size_t>(l)].push_back(chain.back());
  }
  chain.push_back(lower);
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    layers.below[static_cast<std::size_t>(chain[i])].push_back(chain[i + 1]);
    layers.above[static_cast<std::size_t>(chain[i + 1])].push_back(chain[i]);
  }
  layers.chain.push_back(std::move(chain));
}

}  // namespace

std::vector<int> acyclic_rank(int boxes, std::span<const Edge> edges) {
  const auto n = static_cast<std::size_t>(boxes);
  std::vector<Waiting> waiting(n);
  std::vector<std::vector<std::size_t>> incident(n);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    add_ends(waiting, edges[e], 1);
    for (const NodeId v : {edges[e].from, edges[e].to}) {
      incident[static_cast<std::size_t>(v)].push_back(e);
      ++waiting[static_cast<std::size_t>(v)].degree;
    }
  }
  std::vector<int> rank(n, -1);
  for (int next = 0; next < boxes; ++next) {
    std::size_t best = n;
    for (std::size_t v = 0; v < n; ++v) {
      if (rank[v] < 0 && (best == n || waiting[v].key() < waiting[best].key())) best = v;
    }
    rank[best] = next;
    for (const std::size_t e : incident[best]) {
      const auto other = static_cast<std::size_t>(edges[e].from) == best ? edges[e].to : edges[e].from;
      if (rank[static_cast<std::size_t>(other)] >= 0) continue;
      add_ends(waiting, edges[e], -1);
      Waiting& neighbour = waiting[static_cast<std::size_t>(other)];
      neighbour.first_neighbour = std::min(neighbour.first_neighbour, next);
    }
  }
  return rank;
}

Layers cut_into_layers(std::span<const Size> boxes, std::span<const Edge> edges, const LayoutOptions& options) {
  const std::size_t n = boxes.size();
  Layers layers;
  layers.boxes = static_cast<int>(n);
  for (const Size& box : boxes) layers.width.push_back(box.width);
  const std::vector<int> rank = acyclic_rank(layers.boxes, edges);
  const auto upper_first = [&](const Edge& edge) {
    const bool down = rank[static_cast<std::size_t>(edge.from)] < rank[static_cast<std::size_t>(edge.to)];
    return down ? std::pair{edge.from, edge.to} : std::pair{edge.to, edge.from};
  };
  std::vector<std::vector<int>> above(n);
  std::vector<std::vector<int>> below(n);
  for (const Edge& edge : edges) {
    const auto [upper, lower] = upper_first(edge);
    above[static_cast<std::size_t>(lower)].push_back(upper);
    below[static_cast<std::size_t>(upper)].push_back(lower);
  }
  std::vector<int> by_rank(n);
  for (std::size_t v = 0; v < n; ++v) by_rank[static_cast<std::size_t>(rank[v])] = static_cast<int>(v);

  layers.layer.assign(n, 0);
  std::vector<double> filled;
  for (const int v : by_rank) {
    const auto i = static_cast<std::size_t>(v);
    std::size_t layer = 0;
    for (const int w : above[i]) {
      layer = std::max(layer, static_cast<std::size_t>(layers.layer[static_cast<std::size_t>(w)]) + 1);
    }
    while (layer < filled.size() && filled[layer] + boxes[i].width > options.preferred_width) ++layer;
    if (layer >= filled.size()) filled.resize(layer + 1, 0.0);
    filled[layer] += boxes[i].width + options.node_gap;
    layers.layer[i] = static_cast<int>(layer);
  }
  shorten_lines(layers.layer, above, below, by_rank);
  const int first = *std::min_element(layers.layer.begin(), layers.layer.end());
  for (int& layer : layers.layer) layer -= first;

  layers.order.resize(static_cast<std::size_t>(*std::max_element(layers.layer.begin(), layers.layer.end())) + 1);
  for (const int v : by_rank) {
    layers.order[static_cast<std::size_t>(layers.layer[static_cast<std::size_t>(v)])].push_back(v);
  }
  layers.above.resize(n);
  layers.below.resize(n);
  for (const Edge& edge : edges) {
    const auto [upper, lower] = upper_first(edge);
    add_chain(layers, upper, lower);
  }
  return layers;
}

}  // namespace causal::render
