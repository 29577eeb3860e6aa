#include "identify/query_check.hpp"

#include <algorithm>
#include <string>

#include "causal/run/error.hpp"

namespace causal::identification {

void check_query_sets(const char* function, const MixedGraph& graph,
                      std::initializer_list<std::pair<const char*, NodeSet*>> sets) {
  std::vector<const char*> owner(slot(graph.n()), nullptr);
  for (const auto& [argument, set] : sets) {
    for (const NodeId v : *set) {
      if (v < 0 || v >= graph.n()) {
        throw InvalidArgument(function, argument, std::to_string(v),
                              "hold nodes of the graph, 0.." + std::to_string(graph.n() - 1));
      }
      const char*& of = owner[slot(v)];
      if (of != nullptr) {
        throw InvalidArgument(function, argument, "'" + graph.name(v) + "'",
                              of == argument ? "hold each node once" : "not overlap " + std::string(of));
      }
      of = argument;
    }
    std::sort(set->begin(), set->end());
  }
}

}  // namespace causal::identification
