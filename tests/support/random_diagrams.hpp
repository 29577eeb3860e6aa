#pragma once
// Random diagrams, and what is true of them by trying everything.

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "causal/diagram/diagram.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

struct RandomDiagramOptions {
  int boxes = 6;
  int inputs = 2;
  int labels = 3;
  int types = 2;
  double partial_chance = 0;
  std::vector<Name> dom = {};  ///< If not empty: the input types, instead of `inputs` random ones.
  std::vector<Name> cod = {};  ///< If not empty: the output types; without a wire of a type a uniform state gives it.
};

inline Name random_type(RandomStream& stream, int types) {
  return "T" + std::to_string(stream.below(static_cast<std::uint64_t>(types)));
}

/// Boxes read random earlier wires; the label says how many ports and which flags a box has, as generators must.
inline Diagram random_diagram(RandomStream& stream, const RandomDiagramOptions& options) {
  DiagramBuilder builder;
  if (options.dom.empty()) {
    for (int i = 0; i < options.inputs; ++i) builder.input(random_type(stream, options.types));
  }
  for (const Name type : options.dom) builder.input(type);
  for (int b = 0; b < options.boxes; ++b) {
    const auto wires = builder.wires();
    const std::uint64_t kind = stream.below(10);
    if (wires == 0 || kind == 0) {
      const std::vector<Name> types{random_type(stream, options.types), random_type(stream, options.types)};
      builder.box(uniform_box(), {}, types);
      continue;
    }
    if (kind == 1) {
      builder.box(point_box(static_cast<double>(stream.below(2))), {}, {random_type(stream, options.types)});
      continue;
    }
    std::vector<WireId> in;
    std::string label = "f" + std::to_string(stream.below(static_cast<std::uint64_t>(options.labels))) + ":";
    for (std::uint64_t i = stream.below(3); i > 0; --i) {
      in.push_back(static_cast<WireId>(stream.below(wires)));
      label += builder.type(in.back()).text();
    }
    const bool partial = stream.uniform() < options.partial_chance;
    const bool deterministic = stream.below(3) == 0;
    label += partial ? "!" : ">";
    label += deterministic ? "=" : "~";
    std::vector<Name> out;
    for (std::uint64_t i = (partial ? 0 : 1) + stream.below(2); i > 0; --i) {
      out.push_back(random_type(stream, options.types));
      label += out.back().text();
    }
    builder.box({.label = label, .deterministic = deterministic, .partial = partial}, in, out);
  }
  const auto wire_of = [&](Name type) {
    std::vector<WireId> fitting;
    for (WireId wire = 0; wire < builder.wires(); ++wire) {
      if (builder.type(wire) == type) fitting.push_back(wire);
    }
    return fitting.empty() ? builder.box(uniform_box(), {}, {type}) : fitting[stream.below(fitting.size())];
  };
  for (const Name type : options.cod) builder.output(wire_of(type));
  if (options.cod.empty() && builder.wires() > 0) {
    for (std::uint64_t i = stream.below(3); i > 0; --i) {
      builder.output(static_cast<WireId>(stream.below(builder.wires())));
    }
  }
  return builder.build();
}

/// The same diagram with its wires renumbered and its boxes in another order.
inline Diagram shuffled(const Diagram& diagram, RandomStream& stream) {
  DiagramParts parts = diagram.parts();
  const std::vector<int> wire = stream.permutation(static_cast<int>(diagram.wires()));
  const std::vector<int> place = stream.permutation(static_cast<int>(diagram.boxes()));
  DiagramParts result = parts;
  const auto moved = [&](WireId w) { return static_cast<WireId>(wire[w]); };
  for (WireId w = 0; w < diagram.wires(); ++w) result.wire_types[moved(w)] = parts.wire_types[w];
  for (std::size_t b = 0; b < parts.boxes.size(); ++b) {
    for (WireId& w : parts.boxes[b].in) w = moved(w);
    for (WireId& w : parts.boxes[b].out) w = moved(w);
    result.boxes[static_cast<std::size_t>(place[b])] = parts.boxes[b];
  }
  for (WireId& w : result.dom) w = moved(w);
  for (WireId& w : result.cod) w = moved(w);
  return Diagram(result);
}

/// Whether some assignment of boxes to boxes is an isomorphism that fixes dom and cod. Tries all: few boxes only.
inline bool isomorphic_by_enumeration(const Diagram& a, const Diagram& b) {
  if (a.boxes() != b.boxes() || a.wires() != b.wires() || a.dom_types() != b.dom_types() ||
      a.cod_types() != b.cod_types()) {
    return false;
  }
  std::vector<BoxId> image(a.boxes());
  std::iota(image.begin(), image.end(), 0U);
  do {
    std::vector<WireId> wire(a.wires(), 0);
    for (std::size_t i = 0; i < a.dom().size(); ++i) wire[a.dom()[i]] = b.dom()[i];
    bool same = true;
    for (BoxId box = 0; box < a.boxes() && same; ++box) {
      const auto out = a.out(box), target = b.out(image[box]);
      same = a.head(box) == b.head(image[box]) && a.types_of(out) == b.types_of(target);
      for (std::size_t i = 0; i < out.size() && same; ++i) wire[out[i]] = target[i];
    }
    const auto maps = [&](auto from, auto to) {
      return std::equal(from.begin(), from.end(), to.begin(), to.end(),
                        [&](WireId x, WireId y) { return wire[x] == y; });
    };
    for (BoxId box = 0; box < a.boxes() && same; ++box) same = maps(a.in(box), b.in(image[box]));
    if (same && maps(a.cod(), b.cod())) return true;
  } while (std::next_permutation(image.begin(), image.end()));
  return false;
}

}  // namespace causal::test
