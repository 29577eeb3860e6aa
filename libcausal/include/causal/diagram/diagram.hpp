#pragma once
// String diagrams with copy, discard and uniform states: boxes joined by wires.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/diagram/name.hpp"
#include "causal/run/options.hpp"

namespace causal {

/// Dense index of a wire of a diagram.
using WireId = std::uint32_t;
/// Dense index of a box of a diagram.
using BoxId = std::uint32_t;

/// What a box stands for in every functor. Copy and discard are not boxes: a wire with several consumers is copied, one
/// with none is discarded.
enum class BoxKind : std::uint8_t {
  Generator,  ///< Named; what it means is the functor's.
  Identity,   ///< Outputs equal inputs.
  Uniform,    ///< The uniform state on the product of its output types.
  Point,      ///< The state at one value of its one output type.
  Observe     ///< The effect that keeps one value of its one input type and is 0 elsewhere.
};

template <>
struct EnumNames<BoxKind> {
  static constexpr std::array<std::pair<BoxKind, std::string_view>, 5> names{{{BoxKind::Generator, "generator"},
                                                                              {BoxKind::Identity, "identity"},
                                                                              {BoxKind::Uniform, "uniform"},
                                                                              {BoxKind::Point, "point"},
                                                                              {BoxKind::Observe, "observe"}}};
};

/// All of a box but its ports.
struct BoxHead {
  Name label;  ///< Empty unless the kind is Generator.
  BoxKind kind = BoxKind::Generator;
  bool deterministic = false;  ///< Commutes with copying, so that equal boxes on equal inputs are one.
  bool partial = false;        ///< Does not commute with discarding: its total mass may differ from 1.
  double value = 0;            ///< Of Point and Observe: an index for finite types, a number for Gaussian ones.

  friend bool operator==(const BoxHead&, const BoxHead&) = default;
};

/// A named channel.
[[nodiscard]] inline BoxHead channel_box(Name label) { return {.label = label}; }
/// A named function.
[[nodiscard]] inline BoxHead function_box(Name label) { return {.label = label, .deterministic = true}; }
[[nodiscard]] inline BoxHead uniform_box() { return {.label = {}, .kind = BoxKind::Uniform}; }
[[nodiscard]] inline BoxHead point_box(double value) {
  return {.label = {}, .kind = BoxKind::Point, .deterministic = true, .value = value};
}
[[nodiscard]] inline BoxHead observe_box(double value) {
  return {.label = {}, .kind = BoxKind::Observe, .deterministic = true, .partial = true, .value = value};
}

/// A diagram as plain lists, in any order of the boxes: what is read from files and checked before use.
struct DiagramParts {
  struct Box {
    BoxHead head;
    std::vector<WireId> in, out;
  };
  std::vector<Name> wire_types;
  std::vector<Box> boxes;
  std::vector<WireId> dom, cod;
};

/// What is wrong with the parts, or nothing. Rules: every wire has exactly one producer, an output port of a box or a
/// place in `dom`; ports, kinds and types fit; no box feeds itself; `dom` holds no wire twice (`cod` may: that copies).
/// O(size).
[[nodiscard]] std::optional<std::string> violation(const DiagramParts& parts);

/// A morphism dom -> cod of the free category with copy, discard and uniform states over named generators: an acyclic
/// port-hypergraph whose wires are nodes and whose boxes are hyperedges with ordered ports.
///
/// The comonoid laws, naturality of the swap and interchange hold by representation; what needs rewriting is in
/// normal_form.hpp. Boxes are stored after the boxes that feed them. Flat storage: 4 bytes a port and a wire, 24 a box.
/// Immutable, thread-safe.
/// Source: Jacobs, Kissinger, Zanasi, "Causal inference by string diagram surgery", FoSSaCS 2019; Lorenz and Tull,
/// "Causal models in string diagrams", 2023.
class Diagram {
 public:
  /// The empty diagram: the identity on the unit.
  Diagram() = default;
  /// Errors: InvalidArgument with what `violation` says. O(size).
  explicit Diagram(const DiagramParts& parts);

  [[nodiscard]] std::size_t wires() const { return wire_types_.size(); }
  [[nodiscard]] std::size_t boxes() const { return heads_.size(); }
  /// Input and output ports of boxes.
  [[nodiscard]] std::size_t ports() const { return ports_.size(); }
  [[nodiscard]] Name type(WireId wire) const { return wire_types_[wire]; }
  [[nodiscard]] const BoxHead& head(BoxId box) const { return heads_[box]; }
  [[nodiscard]] std::span<const WireId> in(BoxId box) const {
    return {ports_.data() + starts_[2 * box], ports_.data() + starts_[2 * box + 1]};
  }
  [[nodiscard]] std::span<const WireId> out(BoxId box) const {
    return {ports_.data() + starts_[2 * box + 1], ports_.data() + starts_[2 * box + 2]};
  }
  [[nodiscard]] const std::vector<WireId>& dom() const { return dom_; }
  [[nodiscard]] const std::vector<WireId>& cod() const { return cod_; }
  [[nodiscard]] std::vector<Name> dom_types() const { return types_of(dom_); }
  [[nodiscard]] std::vector<Name> cod_types() const { return types_of(cod_); }
  [[nodiscard]] std::vector<Name> types_of(std::span<const WireId> wires) const;
  [[nodiscard]] DiagramParts parts() const;
  /// Per wire the number of input ports and places of `cod` that read it.
  [[nodiscard]] std::vector<std::uint32_t> consumers() const;
  /// Boxes with this label, ascending.
  [[nodiscard]] std::vector<BoxId> find(Name label) const;

  /// The same numbers in the same places, which is more than being the same morphism: for that see `equivalent`.
  friend bool operator==(const Diagram&, const Diagram&) = default;

 private:
  friend class DiagramBuilder;

  std::vector<Name> wire_types_;
  std::vector<BoxHead> heads_;
  std::vector<std::uint32_t> starts_{0};  // of box b: inputs at [2b], outputs at [2b+1]
  std::vector<WireId> ports_;
  std::vector<WireId> dom_, cod_;
};

/// Builds a diagram wire by wire and box by box, sources first; the rules of a diagram then hold by construction. No
/// allocation per box.
class DiagramBuilder {
 public:
  void reserve(std::size_t wires, std::size_t boxes, std::size_t ports);
  /// A new input of the whole.
  WireId input(Name type);
  /// A new box; returns its first output, the others follow consecutively.
  /// Errors: InvalidArgument for a wire that is not there yet and for ports that do not suit the kind.
  WireId box(const BoxHead& head, std::span<const WireId> in, std::span<const Name> out_types);
  WireId box(const BoxHead& head, std::initializer_list<WireId> in, std::initializer_list<Name> out_types) {
    return box(head, std::span(in.begin(), in.size()), std::span(out_types.begin(), out_types.size()));
  }
  /// Puts all boxes of `part` here, its inputs on the wires given; returns the wires that are its outputs.
  /// Errors: InvalidArgument when number or types of the inputs differ.
  std::vector<WireId> append(const Diagram& part, std::span<const WireId> inputs);
  /// The next output of the whole. Errors: InvalidArgument for a wire that is not there yet.
  void output(WireId wire);
  [[nodiscard]] Name type(WireId wire) const { return diagram_.wire_types_[wire]; }
  [[nodiscard]] std::size_t wires() const { return diagram_.wires(); }
  /// The diagram; the builder is empty afterwards.
  [[nodiscard]] Diagram build();

 private:
  Diagram diagram_;
};

/// First `f`, then `g`. Errors: InvalidArgument when the outputs of f have not the types of the inputs of g.
/// O(|f|+|g|).
[[nodiscard]] Diagram then(const Diagram& f, const Diagram& g);
/// Side by side. O(|f| + |g|).
[[nodiscard]] Diagram tensor(const Diagram& f, const Diagram& g);
[[nodiscard]] Diagram identity(const std::vector<Name>& types);
/// Left types, right types -> right types, left types.
[[nodiscard]] Diagram swap(const std::vector<Name>& left, const std::vector<Name>& right);
/// `times` copies of the whole list, one after another.
[[nodiscard]] Diagram copy(const std::vector<Name>& types, int times = 2);
[[nodiscard]] Diagram discard(const std::vector<Name>& types);
/// One uniform state on the product of the types.
[[nodiscard]] Diagram uniform(const std::vector<Name>& types);
/// One box and its ports.
[[nodiscard]] Diagram generator(const BoxHead& head, const std::vector<Name>& dom, const std::vector<Name>& cod);

}  // namespace causal
