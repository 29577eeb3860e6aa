#include "causal/diagram/network.hpp"

#include <limits>
#include <unordered_map>

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
    const Name name = dag.graph().name(v);
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

namespace {

/// Appends the boxes of `part` with wires shifted; its ends go to `dom` and `cod`.
void add_parts(DiagramParts& whole, const Diagram& part) {
  const auto shift = static_cast<WireId>(whole.wire_types.size());
  DiagramParts parts = part.parts();
  whole.wire_types.insert(whole.wire_types.end(), parts.wire_types.begin(), parts.wire_types.end());
  for (auto& box : parts.boxes) {
    for (WireId& wire : box.in) wire += shift;
    for (WireId& wire : box.out) wire += shift;
    whole.boxes.push_back(std::move(box));
  }
  for (const WireId wire : parts.dom) whole.dom.push_back(wire + shift);
  for (const WireId wire : parts.cod) whole.cod.push_back(wire + shift);
}

std::unordered_map<Name, WireId> by_type(const DiagramParts& parts, std::span<const WireId> wires, const char* ends) {
  std::unordered_map<Name, WireId> result;
  for (const WireId wire : wires) {
    if (!result.emplace(parts.wire_types[wire], wire).second) {
      throw InvalidArgument("plug: two " + std::string(ends) + " have the type '" + parts.wire_types[wire].text() +
                            "'");
    }
  }
  return result;
}

/// The parts with every wire replaced by the one it reads; replaced wires are gone.
Diagram without_wires(const DiagramParts& parts, const std::vector<WireId>& reads) {
  constexpr WireId kNone = std::numeric_limits<WireId>::max();
  DiagramParts result;
  std::vector<WireId> here(parts.wire_types.size(), kNone);
  for (WireId wire = 0; wire < here.size(); ++wire) {
    if (reads[wire] != wire) continue;
    here[wire] = static_cast<WireId>(result.wire_types.size());
    result.wire_types.push_back(parts.wire_types[wire]);
  }
  const auto moved = [&](const std::vector<WireId>& wires) {
    std::vector<WireId> list;
    for (const WireId wire : wires) list.push_back(here[reads[wire]]);
    return list;
  };
  for (const auto& box : parts.boxes) result.boxes.push_back({box.head, moved(box.in), moved(box.out)});
  for (const WireId wire : parts.dom) {
    if (reads[wire] == wire) result.dom.push_back(here[wire]);
  }
  result.cod = moved(parts.cod);
  if (const auto wrong = violation(result)) throw InvalidArgument("plug: " + *wrong);
  return Diagram(result);
}

}  // namespace

Diagram plug(const Diagram& a, const Diagram& b) {
  DiagramParts whole;
  add_parts(whole, a);
  add_parts(whole, b);
  const auto outputs = by_type(whole, whole.cod, "outputs");
  (void)by_type(whole, std::span(whole.dom).first(a.dom().size()), "inputs");
  (void)by_type(whole, std::span(whole.dom).subspan(a.dom().size()), "inputs");
  std::vector<WireId> reads(whole.wire_types.size());
  for (WireId wire = 0; wire < reads.size(); ++wire) reads[wire] = wire;
  for (const WireId wire : whole.dom) {
    const auto output = outputs.find(whole.wire_types[wire]);
    if (output != outputs.end()) reads[wire] = output->second;
  }
  for (WireId& wire : reads) {  // an output may itself be an input passed through
    for (std::size_t steps = 0; reads[wire] != wire; ++steps) {
      if (steps > reads.size()) throw InvalidArgument("plug: an input would be its own output");
      wire = reads[wire];
    }
  }
  return without_wires(whole, reads);
}

Diagram region(const Diagram& diagram, const std::vector<BoxId>& boxes) {
  constexpr WireId kNone = std::numeric_limits<WireId>::max();
  std::vector<bool> inside(diagram.boxes(), false);
  for (const BoxId box : boxes) {
    if (box >= diagram.boxes() || inside[box]) {
      throw InvalidArgument("region", "box", std::to_string(box), "a box of the diagram, given once");
    }
    inside[box] = true;
  }
  std::vector<std::uint32_t> outside_readers = diagram.consumers();
  DiagramBuilder builder;
  std::vector<WireId> here(diagram.wires(), kNone), in, made;
  // Inputs first: a wire is an input when a box inside reads it and none makes it.
  std::vector<bool> made_inside(diagram.wires(), false);
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    if (!inside[box]) continue;
    for (const WireId wire : diagram.out(box)) made_inside[wire] = true;
    for (const WireId wire : diagram.in(box)) {
      --outside_readers[wire];
      if (!made_inside[wire] && here[wire] == kNone) here[wire] = builder.input(diagram.type(wire));
    }
  }
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    if (!inside[box]) continue;
    in.clear();
    for (const WireId wire : diagram.in(box)) in.push_back(here[wire]);
    WireId first = builder.box(diagram.head(box), in, diagram.types_of(diagram.out(box)));
    for (const WireId wire : diagram.out(box)) {
      here[wire] = first++;
      if (outside_readers[wire] > 0) made.push_back(here[wire]);
    }
  }
  for (const WireId wire : made) builder.output(wire);
  return builder.build();
}

}  // namespace causal
