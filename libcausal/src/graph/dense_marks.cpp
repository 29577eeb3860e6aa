#include "causal/graph/dense_marks.hpp"

#include <cstring>

namespace causal {

DenseMarks::DenseMarks(const MixedGraph& graph) : DenseMarks(graph.n()) {
  for (const Edge& edge : graph.edges()) {
    if (adjacent(edge.from, edge.to)) {
      throw GraphError("two edges between '" + graph.name(edge.from) + "' and '" + graph.name(edge.to) + "'", {},
                       "A matrix of marks holds one edge a pair.");
    }
    set(edge);
  }
}

std::vector<Edge> DenseMarks::edges() const {
  constexpr NodeId kBlock = 8;
  constexpr std::uint64_t kEmptyBlock = ~std::uint64_t{0};
  std::vector<Edge> edges;
  for (NodeId a = 0; a < n_; ++a) {
    NodeId b = a + 1;
    while (b < n_) {
      // Most cells of a sparse graph are empty: pass over eight at a time.
      if (b + kBlock <= n_) {
        std::uint64_t block = 0;
        std::memcpy(&block, &cells_[at(a, b)], sizeof block);
        if (block == kEmptyBlock) {
          b += kBlock;
          continue;
        }
      }
      if (adjacent(a, b)) edges.push_back(canonical({a, b, mark_at(b, a), mark_at(a, b)}));
      ++b;
    }
  }
  return edges;
}

}  // namespace causal
