#include "causal/diagram/diagram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "causal/run/error.hpp"

namespace causal {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

std::string box_text(std::size_t index, const BoxHead& head) {
  std::string text = "box " + std::to_string(index);
  if (!head.label.empty()) text += " '" + head.label.text() + "'";
  return text;
}

/// What does not suit the kind of the box, or nullptr.
const char* kind_violation(const BoxHead& head, std::size_t ins, std::size_t outs) {
  const bool flags = head.deterministic || head.partial;
  switch (head.kind) {
    case BoxKind::Generator:
      return head.label.empty() ? "a generator needs a label" : nullptr;
    case BoxKind::Identity:
      return ins == outs && !flags ? nullptr : "an identity has as many outputs as inputs and no flags";
    case BoxKind::Uniform:
      return ins == 0 && !flags ? nullptr : "a uniform state has no inputs and no flags";
    case BoxKind::Point:
      return ins == 0 && outs == 1 && head.deterministic && !head.partial && std::isfinite(head.value)
                 ? nullptr
                 : "a point state has no input, one output, a finite value and is deterministic";
    case BoxKind::Observe:
      return ins == 1 && outs == 0 && head.deterministic && head.partial && std::isfinite(head.value)
                 ? nullptr
                 : "an observation has one input, no output, a finite value and is deterministic and partial";
  }
  return "it is of no known kind";
}

/// Producer of every wire: a box, or boxes.size() for `dom`; or what is wrong.
std::optional<std::string> producers_of(const DiagramParts& parts, std::vector<std::uint32_t>& producer) {
  const std::size_t wires = parts.wire_types.size();
  producer.assign(wires, kNone);
  const auto produce = [&](WireId wire, std::uint32_t by) -> std::optional<std::string> {
    if (wire >= wires) return "wire " + std::to_string(wire) + " does not exist";
    if (producer[wire] != kNone) return "wire " + std::to_string(wire) + " has two producers";
    producer[wire] = by;
    return std::nullopt;
  };
  for (const WireId wire : parts.dom) {
    if (auto wrong = produce(wire, static_cast<std::uint32_t>(parts.boxes.size()))) return wrong;
  }
  for (std::uint32_t b = 0; b < parts.boxes.size(); ++b) {
    for (const WireId wire : parts.boxes[b].out) {
      if (auto wrong = produce(wire, b)) return wrong;
    }
  }
  for (WireId wire = 0; wire < wires; ++wire) {
    if (producer[wire] == kNone) return "wire " + std::to_string(wire) + " has no producer";
  }
  return std::nullopt;
}

std::optional<std::string> port_violation(const DiagramParts& parts) {
  const std::size_t wires = parts.wire_types.size();
  for (const WireId wire : parts.cod) {
    if (wire >= wires) return "wire " + std::to_string(wire) + " does not exist";
  }
  for (std::size_t b = 0; b < parts.boxes.size(); ++b) {
    const auto& [head, in, out] = parts.boxes[b];
    for (const WireId wire : in) {
      if (wire >= wires) return "wire " + std::to_string(wire) + " does not exist";
    }
    const auto type = [&](WireId wire) { return parts.wire_types[wire]; };
    if (head.kind == BoxKind::Identity && !std::ranges::equal(in, out, {}, type, type)) {
      return box_text(b, head) + ": an identity keeps the types";
    }
    if (const char* rule = kind_violation(head, in.size(), out.size())) return box_text(b, head) + ": " + rule;
    if (!head.label.empty() && head.kind != BoxKind::Generator) return box_text(b, head) + ": only generators have one";
  }
  return std::nullopt;
}

/// Boxes after those that feed them, the smallest ready index first in queue order; shorter than the list on a cycle.
std::vector<std::uint32_t> feeding_order(const DiagramParts& parts, const std::vector<std::uint32_t>& producer) {
  const auto boxes = static_cast<std::uint32_t>(parts.boxes.size());
  std::vector<std::uint32_t> waiting(boxes, 0), offsets(boxes + 1, 0);
  for (std::uint32_t b = 0; b < boxes; ++b) {
    for (const WireId wire : parts.boxes[b].in) {
      if (producer[wire] == boxes) continue;
      ++waiting[b];
      ++offsets[producer[wire] + 1];
    }
  }
  for (std::uint32_t b = 0; b < boxes; ++b) offsets[b + 1] += offsets[b];
  std::vector<std::uint32_t> fed(offsets[boxes]), next(offsets.begin(), offsets.end() - 1);
  for (std::uint32_t b = 0; b < boxes; ++b) {
    for (const WireId wire : parts.boxes[b].in) {
      if (producer[wire] != boxes) fed[next[producer[wire]]++] = b;
    }
  }
  std::vector<std::uint32_t> order;
  order.reserve(boxes);
  for (std::uint32_t b = 0; b < boxes; ++b) {
    if (waiting[b] == 0) order.push_back(b);
  }
  for (std::size_t head = 0; head < order.size(); ++head) {
    for (std::uint32_t i = offsets[order[head]]; i < offsets[order[head] + 1]; ++i) {
      if (--waiting[fed[i]] == 0) order.push_back(fed[i]);
    }
  }
  return order;
}

std::optional<std::string> checked_order(const DiagramParts& parts, std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> producer;
  if (auto wrong = producers_of(parts, producer)) return wrong;
  if (auto wrong = port_violation(parts)) return wrong;
  order = feeding_order(parts, producer);
  if (order.size() == parts.boxes.size()) return std::nullopt;
  std::vector<bool> done(parts.boxes.size(), false);
  for (const std::uint32_t b : order) done[b] = true;
  const auto stuck = static_cast<std::size_t>(std::find(done.begin(), done.end(), false) - done.begin());
  return box_text(stuck, parts.boxes[stuck].head) + " is on or behind a cycle of boxes";
}

}  // namespace

std::optional<std::string> violation(const DiagramParts& parts) {
  std::vector<std::uint32_t> order;
  return checked_order(parts, order);
}

Diagram::Diagram(const DiagramParts& parts) {
  std::vector<std::uint32_t> order;
  if (const auto wrong = checked_order(parts, order)) throw InvalidArgument("Diagram: " + *wrong);
  // Boxes that already stand in a good order keep it, so that writing and reading a diagram changes nothing.
  std::vector<std::uint32_t> seen_at(parts.wire_types.size(), 0);
  for (std::uint32_t b = 0; b < parts.boxes.size(); ++b) {
    for (const WireId wire : parts.boxes[b].out) seen_at[wire] = b + 1;
  }
  bool sorted = true;
  for (std::uint32_t b = 0; b < parts.boxes.size(); ++b) {
    for (const WireId wire : parts.boxes[b].in) sorted = sorted && seen_at[wire] <= b;
  }
  if (sorted) std::sort(order.begin(), order.end());
  wire_types_ = parts.wire_types;
  dom_ = parts.dom;
  cod_ = parts.cod;
  for (const std::uint32_t b : order) {
    heads_.push_back(parts.boxes[b].head);
    ports_.insert(ports_.end(), parts.boxes[b].in.begin(), parts.boxes[b].in.end());
    starts_.push_back(static_cast<std::uint32_t>(ports_.size()));
    ports_.insert(ports_.end(), parts.boxes[b].out.begin(), parts.boxes[b].out.end());
    starts_.push_back(static_cast<std::uint32_t>(ports_.size()));
  }
}

std::vector<Name> Diagram::types_of(std::span<const WireId> wires) const {
  std::vector<Name> types;
  types.reserve(wires.size());
  for (const WireId wire : wires) types.push_back(type(wire));
  return types;
}

DiagramParts Diagram::parts() const {
  DiagramParts parts{wire_types_, {}, dom_, cod_};
  for (BoxId b = 0; b < boxes(); ++b) {
    parts.boxes.push_back({head(b), {in(b).begin(), in(b).end()}, {out(b).begin(), out(b).end()}});
  }
  return parts;
}

std::vector<std::uint32_t> Diagram::consumers() const {
  std::vector<std::uint32_t> count(wires(), 0);
  for (BoxId b = 0; b < boxes(); ++b) {
    for (const WireId wire : in(b)) ++count[wire];
  }
  for (const WireId wire : cod_) ++count[wire];
  return count;
}

std::vector<BoxId> Diagram::find(Name label) const {
  std::vector<BoxId> found;
  for (BoxId b = 0; b < boxes(); ++b) {
    if (head(b).label == label) found.push_back(b);
  }
  return found;
}

void DiagramBuilder::reserve(std::size_t wires, std::size_t boxes, std::size_t ports) {
  diagram_.wire_types_.reserve(wires);
  diagram_.heads_.reserve(boxes);
  diagram_.starts_.reserve(2 * boxes + 1);
  diagram_.ports_.reserve(ports);
}

WireId DiagramBuilder::input(Name type) {
  const auto wire = static_cast<WireId>(wires());
  diagram_.wire_types_.push_back(type);
  diagram_.dom_.push_back(wire);
  return wire;
}

WireId DiagramBuilder::box(const BoxHead& head, std::span<const WireId> in, std::span<const Name> out_types) {
  if (const char* rule = kind_violation(head, in.size(), out_types.size())) {
    throw InvalidArgument("DiagramBuilder::box: " + box_text(diagram_.boxes(), head) + ": " + rule);
  }
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] >= wires()) {
      throw InvalidArgument("DiagramBuilder::box", "in", std::to_string(in[i]), "a wire made before");
    }
    if (head.kind == BoxKind::Identity && type(in[i]) != out_types[i]) {
      throw InvalidArgument("DiagramBuilder::box: an identity keeps the types");
    }
  }
  const auto first = static_cast<WireId>(wires());
  diagram_.heads_.push_back(head);
  diagram_.ports_.insert(diagram_.ports_.end(), in.begin(), in.end());
  diagram_.starts_.push_back(static_cast<std::uint32_t>(diagram_.ports_.size()));
  for (const Name type : out_types) {
    diagram_.ports_.push_back(static_cast<WireId>(wires()));
    diagram_.wire_types_.push_back(type);
  }
  diagram_.starts_.push_back(static_cast<std::uint32_t>(diagram_.ports_.size()));
  return first;
}

std::vector<WireId> DiagramBuilder::append(const Diagram& part, std::span<const WireId> inputs) {
  if (inputs.size() != part.dom_.size()) {
    throw InvalidArgument("DiagramBuilder::append", "inputs", std::to_string(inputs.size()) + " wires",
                          "one per input of the part (" + std::to_string(part.dom_.size()) + ")");
  }
  std::vector<WireId> here(part.wires(), kNone);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] >= wires() || type(inputs[i]) != part.type(part.dom_[i])) {
      throw InvalidArgument("DiagramBuilder::append: input " + std::to_string(i) + " of the part has type '" +
                            part.type(part.dom_[i]).text() + "', the wire given has not");
    }
    here[part.dom_[i]] = inputs[i];
  }
  for (WireId wire = 0; wire < part.wires(); ++wire) {
    if (here[wire] != kNone) continue;
    here[wire] = static_cast<WireId>(wires());
    diagram_.wire_types_.push_back(part.type(wire));
  }
  const auto shift = static_cast<std::uint32_t>(diagram_.ports_.size());
  diagram_.heads_.insert(diagram_.heads_.end(), part.heads_.begin(), part.heads_.end());
  for (const WireId wire : part.ports_) diagram_.ports_.push_back(here[wire]);
  for (std::size_t i = 1; i < part.starts_.size(); ++i) diagram_.starts_.push_back(part.starts_[i] + shift);
  std::vector<WireId> outputs;
  outputs.reserve(part.cod_.size());
  for (const WireId wire : part.cod_) outputs.push_back(here[wire]);
  return outputs;
}

void DiagramBuilder::output(WireId wire) {
  if (wire >= wires()) {
    throw InvalidArgument("DiagramBuilder::output", "wire", std::to_string(wire), "a wire made before");
  }
  diagram_.cod_.push_back(wire);
}

Diagram DiagramBuilder::build() { return std::exchange(diagram_, Diagram()); }

namespace {

std::vector<WireId> inputs_for(DiagramBuilder& builder, const Diagram& part) {
  std::vector<WireId> inputs;
  for (const WireId wire : part.dom()) inputs.push_back(builder.input(part.type(wire)));
  return inputs;
}

std::vector<WireId> inputs_for(DiagramBuilder& builder, std::span<const Name> types) {
  std::vector<WireId> inputs;
  for (const Name type : types) inputs.push_back(builder.input(type));
  return inputs;
}

void outputs_from(DiagramBuilder& builder, std::span<const WireId> wires) {
  for (const WireId wire : wires) builder.output(wire);
}

}  // namespace

Diagram then(const Diagram& f, const Diagram& g) {
  const auto type_list = [](const std::vector<Name>& types) {
    std::string text;
    for (const Name type : types) text += (text.empty() ? "" : ", ") + type.text();
    return text.empty() ? std::string("nothing") : text;
  };
  if (f.cod_types() != g.dom_types()) {
    throw InvalidArgument("then: the first diagram gives " + type_list(f.cod_types()) + ", the second takes " +
                          type_list(g.dom_types()));
  }
  DiagramBuilder builder;
  builder.reserve(f.wires() + g.wires(), f.boxes() + g.boxes(), f.ports() + g.ports());
  const std::vector<WireId> middle = builder.append(f, inputs_for(builder, f));
  outputs_from(builder, builder.append(g, middle));
  return builder.build();
}

Diagram tensor(const Diagram& f, const Diagram& g) {
  DiagramBuilder builder;
  builder.reserve(f.wires() + g.wires(), f.boxes() + g.boxes(), f.ports() + g.ports());
  const std::vector<WireId> left = inputs_for(builder, f), right = inputs_for(builder, g);
  outputs_from(builder, builder.append(f, left));
  outputs_from(builder, builder.append(g, right));
  return builder.build();
}

Diagram identity(const std::vector<Name>& types) { return copy(types, 1); }

Diagram swap(const std::vector<Name>& left, const std::vector<Name>& right) {
  DiagramBuilder builder;
  const std::vector<WireId> first = inputs_for(builder, left), second = inputs_for(builder, right);
  outputs_from(builder, second);
  outputs_from(builder, first);
  return builder.build();
}

Diagram copy(const std::vector<Name>& types, int times) {
  if (times < 0) throw InvalidArgument("copy", "times", std::to_string(times), "at least 0");
  DiagramBuilder builder;
  const std::vector<WireId> inputs = inputs_for(builder, types);
  for (int i = 0; i < times; ++i) outputs_from(builder, inputs);
  return builder.build();
}

Diagram discard(const std::vector<Name>& types) { return copy(types, 0); }

Diagram uniform(const std::vector<Name>& types) { return generator(uniform_box(), {}, types); }

Diagram generator(const BoxHead& head, const std::vector<Name>& dom, const std::vector<Name>& cod) {
  DiagramBuilder builder;
  const std::vector<WireId> inputs = inputs_for(builder, dom);
  const WireId first = builder.box(head, inputs, cod);
  for (WireId i = 0; i < cod.size(); ++i) builder.output(first + i);
  return builder.build();
}

}  // namespace causal
