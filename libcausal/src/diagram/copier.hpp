#pragma once
// Copying a diagram box by box, which every rewriting of diagrams is made of.

#include <limits>
#include <span>
#include <vector>

#include "causal/diagram/diagram.hpp"

namespace causal::detail {

/// No box, no wire.
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// Copies a diagram box by box; whoever holds it decides what takes the place of each box.
class Copier {
 public:
  explicit Copier(const Diagram& diagram) : diagram_(diagram), here_(diagram.wires(), kNone) {
    builder_.reserve(diagram.wires(), diagram.boxes(), diagram.ports());
    for (const WireId wire : diagram.dom()) here_[wire] = builder_.input(diagram.type(wire));
  }

  [[nodiscard]] std::span<const WireId> inputs_of(BoxId box) {
    in_.clear();
    for (const WireId wire : diagram_.in(box)) in_.push_back(here_[wire]);
    return in_;
  }
  /// Puts a box of this head where `box` was.
  void put(BoxId box, const BoxHead& head, std::span<const WireId> in) {
    types_.clear();
    for (const WireId wire : diagram_.out(box)) types_.push_back(diagram_.type(wire));
    bind(box, builder_.box(head, in, types_));
  }
  void keep(BoxId box) { put(box, diagram_.head(box), inputs_of(box)); }
  void bind(BoxId box, WireId first) {
    for (const WireId wire : diagram_.out(box)) here_[wire] = first++;
  }
  /// Where a wire of the diagram is in the copy; kNone before it is there.
  WireId& here(WireId wire) { return here_[wire]; }
  [[nodiscard]] DiagramBuilder& builder() { return builder_; }
  [[nodiscard]] Diagram finish() {
    for (const WireId wire : diagram_.cod()) builder_.output(here_[wire]);
    return builder_.build();
  }

 private:
  const Diagram& diagram_;
  DiagramBuilder builder_;
  std::vector<WireId> here_, in_;
  std::vector<Name> types_;
};

}  // namespace causal::detail
