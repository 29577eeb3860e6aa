// Building, normalising and cutting diagrams of sparse networks, one thread. Bars are for a 2-core AMD EPYC.
#include <benchmark/benchmark.h>

#include <string>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/graph/random_graph.hpp"
#include "target_reporter.hpp"

using namespace causal;

namespace {

struct Network {
  int nodes;
  Dag dag = random_dag_with_edges(nodes, 2 * static_cast<std::int64_t>(nodes), 1);
  std::vector<Name> names = {};
  std::vector<NodeId> outputs = {};

  explicit Network(int n) : nodes(n) {
    for (NodeId v = 0; v < n; ++v) {
      names.emplace_back(dag.graph().name(v));
      outputs.push_back(v);
    }
  }
};

/// As network_diagram, with the names interned beforehand: what is timed is the diagram.
Diagram built(const Network& network) {
  DiagramBuilder builder;
  builder.reserve(slot(network.nodes), slot(network.nodes), 3 * slot(network.nodes));
  std::vector<WireId> wire(slot(network.nodes)), in;
  for (const NodeId v : network.dag.topological_order()) {
    in.clear();
    for (const NodeId parent : network.dag.parents(v)) in.push_back(wire[slot(parent)]);
    wire[slot(v)] = builder.box(channel_box(network.names[slot(v)]), in, std::span(&network.names[slot(v)], 1));
  }
  for (const NodeId v : network.outputs) builder.output(wire[slot(v)]);
  return builder.build();
}

void build_and_canonize(benchmark::State& state, const Network& network) {
  std::string form;
  for (auto _ : state) form = canonical_form(built(network));
  if (form != canonical_form(network_diagram(network.dag, network.outputs))) state.SkipWithError("the form is wrong");
}

void cut_and_prune(benchmark::State& state, const Network& network) {
  // Only the last hundredth is looked at, so that cutting makes much unread.
  const auto& order = network.dag.topological_order();
  const std::vector<NodeId> outputs(order.end() - network.nodes / 100, order.end());
  const Diagram joint = network_diagram(network.dag, outputs);
  std::vector<Name> labels;
  for (std::size_t i = order.size() / 2; i < order.size(); i += 10) labels.push_back(network.names[slot(order[i])]);
  Diagram severed;
  for (auto _ : state) severed = prune(cut(joint, labels));
  if (!equivalent(severed, cut(joint, labels)) || severed.boxes() >= joint.boxes()) {
    state.SkipWithError("the cut is wrong");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Network network(100'000);
  const auto ports = static_cast<double>(network_diagram(network.dag, network.outputs).ports());
  bench::add_case("diagram_build_and_canonical_form_1e5_boxes", ports / 5e6 * 1e3,  // 5e6 ports a second
                  [&](benchmark::State& s) { build_and_canonize(s, network); });
  bench::add_case("diagram_cut_and_prune_1e5_boxes", 20, [&](benchmark::State& s) { cut_and_prune(s, network); });
  return bench::run_cases(argc, argv);
}
