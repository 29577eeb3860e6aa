#include "graph/node_sets.hpp"

#include "causal/run/error.hpp"

namespace causal::detail {

void check_disjoint(const char* function, const MixedGraph& graph, std::initializer_list<NodeArgument> arguments) {
  std::vector<const char*> owner(slot(graph.n()), nullptr);
  for (const NodeArgument& argument : arguments) {
    for (const NodeId v : argument.nodes) {
      if (v < 0 || v >= graph.n()) {
        throw InvalidArgument(function, argument.name, std::to_string(v),
                              "hold nodes of the graph, 0.." + std::to_string(graph.n() - 1));
      }
      const char*& of = owner[slot(v)];
      if (of != nullptr && of != argument.name) {
        throw InvalidArgument(function, argument.name, "'" + graph.name(v) + "'",
                              std::string("not overlap with ") + of);
      }
      of = argument.name;
    }
  }
}

void check_not_empty(const char* function, const NodeArgument& argument) {
  if (argument.nodes.empty()) throw InvalidArgument(function, argument.name, "{}", "not be empty");
}

}  // namespace causal::detail
