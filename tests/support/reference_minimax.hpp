#pragma once
// The graph of tests/golden/minimax as an edge list: the edges of its .gml file.

#include <string>
#include <vector>

#include "causal/graph/dag.hpp"

namespace causal::test {

inline Dag reference_minimax_graph() {
  const MixedGraph named({"Y", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9", "X10", "E"}, {});
  std::vector<Edge> edges;
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{{"Y", "X1"},
                                                                                 {"Y", "X9"},
                                                                                 {"X1", "X3"},
                                                                                 {"X9", "X1"},
                                                                                 {"X3", "X2"},
                                                                                 {"X3", "X10"},
                                                                                 {"X2", "X4"},
                                                                                 {"X5", "X1"},
                                                                                 {"X5", "X10"},
                                                                                 {"X6", "X1"},
                                                                                 {"X6", "X5"},
                                                                                 {"X7", "X4"},
                                                                                 {"X8", "X2"},
                                                                                 {"X8", "X4"},
                                                                                 {"X8", "X7"},
                                                                                 {"X8", "X10"},
                                                                                 {"E", "X9"},
                                                                                 {"E", "X10"}}) {
    edges.push_back(directed(named.id(from), named.id(to)));
  }
  return Dag(MixedGraph(named.names(), std::move(edges)));
}

}  // namespace causal::test
