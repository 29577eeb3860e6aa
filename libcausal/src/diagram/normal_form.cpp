#include "causal/diagram/normal_form.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace causal {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// Which boxes stay when unread ones go, and then those that only they read.
std::vector<bool> kept_boxes(const Diagram& diagram) {
  std::vector<std::uint32_t> readers = diagram.consumers();
  std::vector<bool> kept(diagram.boxes(), true);
  for (auto b = static_cast<BoxId>(diagram.boxes()); b-- > 0;) {
    if (diagram.head(b).partial) continue;
    const auto out = diagram.out(b);
    if (std::any_of(out.begin(), out.end(), [&](WireId wire) { return readers[wire] != 0; })) continue;
    kept[b] = false;
    for (const WireId wire : diagram.in(b)) --readers[wire];
  }
  return kept;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6U) + (hash >> 2U);
  hash *= 0xbf58476d1ce4e5b9ULL;
  return hash ^ (hash >> 29U);
}

/// Deterministic boxes met so far, by head, inputs and output types; open addressing.
class SeenBoxes {
 public:
  SeenBoxes(const Diagram& diagram, std::size_t capacity)
      : diagram_(diagram), slots_(std::bit_ceil(2 * capacity + 1), Entry{kNone, 0}) {}

  struct Entry {
    BoxId box;          // in the diagram that is rewritten
    WireId first_port;  // of the place where its inputs are written
  };

  /// The earlier equal box, or the entry to be filled. `in` are inputs in the new numbering.
  Entry& find(BoxId box, std::span<const WireId> in, std::span<const WireId> written) {
    const BoxHead& head = diagram_.head(box);
    std::uint64_t hash = mixed(head.label.id(), static_cast<std::uint64_t>(head.kind));
    hash = mixed(hash, std::bit_cast<std::uint64_t>(head.value + 0.0));  // -0 becomes 0
    for (const WireId wire : in) hash = mixed(hash, wire);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      Entry& entry = slots_[i];
      if (entry.box == kNone || same(entry, box, in, written)) return entry;
    }
  }

 private:
  [[nodiscard]] bool same(const Entry& entry, BoxId box, std::span<const WireId> in,
                          std::span<const WireId> written) const {
    const auto type = [this](WireId wire) { return diagram_.type(wire); };
    return diagram_.head(entry.box) == diagram_.head(box) && diagram_.in(entry.box).size() == in.size() &&
           std::ranges::equal(written.subspan(entry.first_port, in.size()), in) &&
           std::ranges::equal(diagram_.out(entry.box), diagram_.out(box), {}, type, type);
  }

  const Diagram& diagram_;
  std::vector<Entry> slots_;
};

/// Writes the boxes that stay into a builder, in order, under renumbered wires.
class Rewriter {
 public:
  explicit Rewriter(const Diagram& diagram) : diagram_(diagram), here_(diagram.wires(), kNone) {
    builder_.reserve(diagram.wires(), diagram.boxes(), diagram.ports());
    for (const WireId wire : diagram.dom()) here_[wire] = builder_.input(diagram.type(wire));
  }

  [[nodiscard]] std::span<const WireId> inputs_of(BoxId box) {
    in_.clear();
    for (const WireId wire : diagram_.in(box)) in_.push_back(here_[wire]);
    return in_;
  }
  void write(BoxId box, std::span<const WireId> in) {
    types_.clear();
    for (const WireId wire : diagram_.out(box)) types_.push_back(diagram_.type(wire));
    WireId first = builder_.box(diagram_.head(box), in, types_);
    for (const WireId wire : diagram_.out(box)) here_[wire] = first++;
  }
  void write_split(BoxId box) {
    for (const WireId wire : diagram_.out(box))
      here_[wire] = builder_.box(diagram_.head(box), {}, {diagram_.type(wire)});
  }
  void fold(std::span<const WireId> out, std::span<const WireId> onto) {
    for (std::size_t i = 0; i < out.size(); ++i) here_[out[i]] = onto[i];
  }
  [[nodiscard]] WireId here(WireId wire) const { return here_[wire]; }
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

bool is_plain(const Diagram& diagram) {
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const BoxKind kind = diagram.head(b).kind;
    if (kind == BoxKind::Identity || (kind == BoxKind::Uniform && diagram.out(b).size() != 1)) return false;
  }
  return true;
}

Diagram split_and_folded(const Diagram& diagram) {
  Rewriter rewriter(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const auto in = rewriter.inputs_of(b);
    if (diagram.head(b).kind == BoxKind::Identity) {
      rewriter.fold(diagram.out(b), in);
    } else if (diagram.head(b).kind == BoxKind::Uniform) {
      rewriter.write_split(b);
    } else {
      rewriter.write(b, in);
    }
  }
  return rewriter.finish();
}

Diagram merged(Diagram diagram) {
  std::size_t deterministic = 0;
  for (BoxId b = 0; b < diagram.boxes(); ++b) deterministic += diagram.head(b).deterministic ? 1 : 0;
  if (deterministic == 0) return diagram;
  Rewriter rewriter(diagram);
  SeenBoxes seen(diagram, deterministic);
  std::vector<WireId> written;  // inputs of the boxes kept in `seen`
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const auto in = rewriter.inputs_of(b);
    if (!diagram.head(b).deterministic) {
      rewriter.write(b, in);
      continue;
    }
    auto& entry = seen.find(b, in, written);
    if (entry.box == kNone) {
      entry = {b, static_cast<WireId>(written.size())};
      written.insert(written.end(), in.begin(), in.end());
      rewriter.write(b, in);
    } else {
      std::vector<WireId> outputs;
      for (const WireId wire : diagram.out(entry.box)) outputs.push_back(rewriter.here(wire));
      rewriter.fold(diagram.out(b), outputs);
    }
  }
  return rewriter.finish();
}

}  // namespace

Diagram prune(Diagram diagram) {
  const std::vector<bool> kept = kept_boxes(diagram);
  if (std::find(kept.begin(), kept.end(), false) == kept.end()) return diagram;  // moved, not copied
  Rewriter rewriter(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (kept[b]) rewriter.write(b, rewriter.inputs_of(b));
  }
  return rewriter.finish();
}

Diagram normal_form(Diagram diagram, const NormalFormOptions& options) {
  if (!is_plain(diagram)) diagram = split_and_folded(diagram);
  diagram = prune(std::move(diagram));
  return options.merge_deterministic ? merged(std::move(diagram)) : diagram;
}

bool equivalent(const Diagram& a, const Diagram& b, const NormalFormOptions& options) {
  return canonical_form(a, options) == canonical_form(b, options);
}

}  // namespace causal
