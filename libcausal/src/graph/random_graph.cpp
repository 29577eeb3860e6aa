#include "causal/graph/random_graph.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal {
namespace {

std::int64_t pairs_of(int n) { return static_cast<std::int64_t>(n) * (n - 1) / 2; }

void check_size(const char* function, int n) {
  if (n < 1) throw InvalidArgument(function, "n", std::to_string(n), "be at least 1");
}

// Pairs i < j number j (j - 1) / 2 + i.
std::pair<int, int> pair_at(std::int64_t index) {
  auto j = static_cast<std::int64_t>((1 + std::sqrt(1 + 8 * static_cast<double>(index))) / 2);
  while (j * (j - 1) / 2 > index) --j;  // the root is rounded
  while ((j + 1) * j / 2 <= index) ++j;
  return {static_cast<int>(index - j * (j - 1) / 2), static_cast<int>(j)};
}

// The pairs (i, j) of places in an order become edges between the nodes at these places.
class OrderedEdges {
 public:
  OrderedEdges(int n, RandomStream& stream) : order_(stream.permutation(n)) {}
  void add(int i, int j) { edges_.push_back(directed(order_[slot(std::min(i, j))], order_[slot(std::max(i, j))])); }
  [[nodiscard]] Dag dag() && { return Dag(MixedGraph(static_cast<int>(order_.size()), std::move(edges_))); }

 private:
  std::vector<int> order_;
  std::vector<Edge> edges_;
};

}  // namespace

Dag random_dag_er(int n, double expected_degree, std::uint64_t seed) {
  check_size("random_dag_er", n);
  if (!(expected_degree >= 0 && expected_degree <= n - 1)) {
    throw InvalidArgument("random_dag_er", "expected_degree", std::to_string(expected_degree),
                          "lie in [0, n - 1] = [0, " + std::to_string(n - 1) + "]");
  }
  RandomStream stream(seed, RandomDomain::RandomGraph);
  OrderedEdges edges(n, stream);
  if (expected_degree == 0) return std::move(edges).dag();

  // The gap to the next pair that is an edge is geometric.
  const double log_miss = std::log1p(-expected_degree / (n - 1));
  std::int64_t index = -1;
  while (true) {
    const double gap = std::floor(std::log(stream.uniform()) / log_miss);
    if (gap >= static_cast<double>(pairs_of(n) - index - 1)) return std::move(edges).dag();
    index += 1 + static_cast<std::int64_t>(gap);
    const auto [i, j] = pair_at(index);
    edges.add(i, j);
  }
}

Dag random_dag_with_edges(int n, std::int64_t edge_count, std::uint64_t seed) {
  check_size("random_dag_with_edges", n);
  const std::int64_t total = pairs_of(n);
  if (edge_count < 0 || edge_count > total) {
    throw InvalidArgument("random_dag_with_edges", "edges", std::to_string(edge_count),
                          "lie in [0, n (n - 1) / 2] = [0, " + std::to_string(total) + "]");
  }
  RandomStream stream(seed, RandomDomain::RandomGraph);
  OrderedEdges edges(n, stream);
  // Of edges and gaps draw the fewer, so that a draw is new with probability at least one half.
  const bool draw_edges = edge_count <= total / 2;
  const auto wanted = static_cast<std::size_t>(draw_edges ? edge_count : total - edge_count);
  std::unordered_set<std::int64_t> drawn;
  while (drawn.size() < wanted) {
    const auto index = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(total)));
    if (!drawn.insert(index).second || !draw_edges) continue;
    const auto [i, j] = pair_at(index);
    edges.add(i, j);
  }
  if (!draw_edges) {
    for (std::int64_t index = 0; index < total; ++index) {
      if (drawn.contains(index)) continue;
      const auto [i, j] = pair_at(index);
      edges.add(i, j);
    }
  }
  return std::move(edges).dag();
}

Dag random_dag_scale_free(int n, int edges_per_node, std::uint64_t seed) {
  check_size("random_dag_scale_free", n);
  if (edges_per_node < 1 || edges_per_node >= n) {
    throw InvalidArgument("random_dag_scale_free", "edges_per_node", std::to_string(edges_per_node),
                          "lie in [1, n - 1] = [1, " + std::to_string(n - 1) + "]");
  }
  RandomStream stream(seed, RandomDomain::RandomGraph);
  OrderedEdges edges(n, stream);
  std::vector<int> ends;  // every node as often as its degree
  const auto join = [&](int newcomer, int host) {
    edges.add(newcomer, host);
    ends.push_back(newcomer);
    ends.push_back(host);
  };
  for (int leaf = 0; leaf < edges_per_node; ++leaf) join(edges_per_node, leaf);
  std::vector<int> hosts;
  for (int newcomer = edges_per_node + 1; newcomer < n; ++newcomer) {
    hosts.clear();
    while (hosts.size() < static_cast<std::size_t>(edges_per_node)) {
      const int host = ends[stream.below(ends.size())];
      if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
    }
    for (const int host : hosts) join(newcomer, host);
  }
  return std::move(edges).dag();
}

}  // namespace causal
