#include "causal/diagram/network.hpp"

#include <limits>

#include "causal/graph/explicit_latents.hpp"
#include "causal/run/error.hpp"

namespace causal {

Diagram network_diagram(const Dag& dag, const std::vector<NodeId>& outputs, const std::vector<NodeId>& inputs) {
  constexpr WireId kNone = std::numeric_limits<WireId>::max();
  const auto check = [&](NodeId v, std::vector<bool>& seen, const char* argument) {
    if (v < 0 || v >= dag.n()) throw InvalidArgument("network_diagram", argument, std::to_string(v), "a node");
    if (seen[slot(v)]) throw InvalidArgument("network_diagram", argument, dag.graph().name(v), "given once");
    seen[slot(v)] = true;
  };
  const std::size_t n = slot(dag.n());
  std::vector<bool> is_input(n, false), is_output(n, false);
  DiagramBuilder builder;
  builder.reserve(n, n, n + dag.graph().edges().size());
  std::vector<WireId> wire(n, kNone), in;
  for (const NodeId v : inputs) {
    check(v, is_input, "inputs");
    wire[slot(v)] = builder.input(dag.graph().name(v));
  }
  for (const NodeId v : dag.topological_order()) {
    if (is_input[slot(v)]) continue;
    in.clear();
    for (const NodeId parent : dag.parents(v)) in.push_back(wire[slot(parent)]);
    const Symbol name = dag.graph().name(v);
    wire[slot(v)] = builder.box(channel_box(name), in, std::span(&name, 1));
  }
  for (const NodeId v : outputs) {
    check(v, is_output, "outputs");
    builder.output(wire[slot(v)]);
  }
  return builder.build();
}

Diagram network_diagram(const Admg& admg, const std::vector<NodeId>& outputs, const std::vector<NodeId>& inputs) {
  for (const NodeId v : outputs) {
    if (v >= admg.n()) throw InvalidArgument("network_diagram", "outputs", std::to_string(v), "a node");
  }
  for (const NodeId v : inputs) {
    if (v >= admg.n()) throw InvalidArgument("network_diagram", "inputs", std::to_string(v), "a node");
  }
  return network_diagram(with_explicit_latents(admg).dag, outputs, inputs);
}

}  // namespace causal
