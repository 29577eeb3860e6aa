#include "causal/diagram/normal_form.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "diagram/copier.hpp"

namespace causal {

namespace {

using detail::Copier;
using detail::kNone;

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

void fold(Copier& copier, std::span<const WireId> out, std::span<const WireId> onto) {
  for (std::size_t i = 0; i < out.size(); ++i) copier.here(out[i]) = onto[i];
}

bool is_plain(const Diagram& diagram) {
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const BoxKind kind = diagram.head(b).kind;
    if (kind == BoxKind::Identity || (kind == BoxKind::Uniform && diagram.out(b).size() != 1)) return false;
  }
  return true;
}

Diagram split_and_folded(const Diagram& diagram) {
  Copier copier(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const auto in = copier.inputs_of(b);
    if (diagram.head(b).kind == BoxKind::Identity) {
      fold(copier, diagram.out(b), in);
    } else if (diagram.head(b).kind == BoxKind::Uniform) {
      for (const WireId wire : diagram.out(b)) {
        copier.here(wire) = copier.builder().box(diagram.head(b), {}, {diagram.type(wire)});
      }
    } else {
      copier.put(b, diagram.head(b), in);
    }
  }
  return copier.finish();
}

Diagram merged(Diagram diagram) {
  std::size_t deterministic = 0;
  for (BoxId b = 0; b < diagram.boxes(); ++b) deterministic += diagram.head(b).deterministic ? 1 : 0;
  if (deterministic == 0) return diagram;
  Copier copier(diagram);
  SeenBoxes seen(diagram, deterministic);
  std::vector<WireId> written;  // inputs of the boxes kept in `seen`
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const auto in = copier.inputs_of(b);
    if (!diagram.head(b).deterministic) {
      copier.put(b, diagram.head(b), in);
      continue;
    }
    auto& entry = seen.find(b, in, written);
    if (entry.box == kNone) {
      entry = {b, static_cast<WireId>(written.size())};
      written.insert(written.end(), in.begin(), in.end());
      copier.put(b, diagram.head(b), in);
    } else {
      std::vector<WireId> outputs;
      for (const WireId wire : diagram.out(entry.box)) outputs.push_back(copier.here(wire));
      fold(copier, diagram.out(b), outputs);
    }
  }
  return copier.finish();
}

}  // namespace

Diagram prune(Diagram diagram) {
  const std::vector<bool> kept = kept_boxes(diagram);
  if (std::find(kept.begin(), kept.end(), false) == kept.end()) return diagram;  // moved, not copied
  Copier copier(diagram);
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (kept[b]) copier.keep(b);
  }
  return copier.finish();
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
