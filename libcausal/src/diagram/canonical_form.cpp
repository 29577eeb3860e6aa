// The canonical form of a normal form. Boxes that outputs depend on are numbered by one search; the rest, which ends in
// partial boxes that nothing reads, is a set of components between which no unnumbered wire runs. A component is
// numbered by choosing an order of its ends: the search from the ends in that order does the rest, so the smallest of
// the texts over all orders would do; colours leave few orders to try.
#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <unordered_map>
#include <utility>

#include "causal/diagram/normal_form.hpp"

namespace causal {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 32U);
}

std::uint64_t text_hash(const std::string& text) {  // FNV-1a: the same in every process
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// Numbers given to wires, and the order in which boxes got theirs.
struct Numbering {
  std::vector<std::uint32_t> wire;
  std::vector<bool> box_done;
  std::vector<BoxId> order;
  std::uint32_t next_wire = 0;
};

class Canonizer {
 public:
  explicit Canonizer(const Diagram& diagram) : diagram_(diagram), producer_(diagram.wires(), kNone) {
    for (BoxId b = 0; b < diagram.boxes(); ++b) {
      for (const WireId wire : diagram.out(b)) producer_[wire] = b;
    }
    numbers_.wire.assign(diagram.wires(), kNone);
    numbers_.box_done.assign(diagram.boxes(), false);
    numbers_.order.reserve(diagram.boxes());
    for (const WireId wire : diagram.dom()) numbers_.wire[wire] = numbers_.next_wire++;
  }

  std::string run() {
    for (const WireId wire : diagram_.cod()) visit(numbers_, producer_[wire]);
    if (numbers_.order.size() < diagram_.boxes()) number_components();
    return written();
  }

 private:
  /// Numbers the box after everything it depends on, inputs from left to right.
  void visit(Numbering& numbers, BoxId start) {
    if (start == kNone || numbers.box_done[start]) return;
    stack_.assign(1, {start, 0});
    numbers.box_done[start] = true;
    while (!stack_.empty()) {
      auto& [box, next] = stack_.back();
      const auto in = diagram_.in(box);
      while (next < in.size() && (producer_[in[next]] == kNone || numbers.box_done[producer_[in[next]]])) ++next;
      if (next < in.size()) {
        const BoxId feeding = producer_[in[next++]];
        numbers.box_done[feeding] = true;
        stack_.push_back({feeding, 0});
        continue;
      }
      numbers.order.push_back(box);
      for (const WireId wire : diagram_.out(box)) numbers.wire[wire] = numbers.next_wire++;
      stack_.pop_back();
    }
  }

  // --- text -----------------------------------------------------------------------------------------------------

  static void put(std::string& text, std::uint32_t value) {
    const std::array<char, 4> bytes{static_cast<char>(value), static_cast<char>(value >> 8U),
                                    static_cast<char>(value >> 16U), static_cast<char>(value >> 24U)};
    text.append(bytes.data(), bytes.size());
  }

  /// Numbers names in the order they are first written.
  std::uint32_t name_number(Name name) {
    if (name.id() >= name_numbers_.size()) name_numbers_.resize(name.id() + 1, kNone);
    std::uint32_t& number = name_numbers_[name.id()];
    if (number == kNone) {
      number = static_cast<std::uint32_t>(names_.size());
      names_.push_back(name);
    }
    return number;
  }

  std::string written() {
    std::string text;
    text.reserve(4 * (diagram_.wires() + diagram_.ports() + 4 * diagram_.boxes() + 8));
    put(text, static_cast<std::uint32_t>(diagram_.dom().size()));
    for (const WireId wire : diagram_.dom()) put(text, name_number(diagram_.type(wire)));
    put(text, static_cast<std::uint32_t>(diagram_.cod().size()));
    for (const WireId wire : diagram_.cod()) put(text, numbers_.wire[wire]);
    for (const BoxId box : numbers_.order) {
      const BoxHead& head = diagram_.head(box);
      put(text, name_number(head.label));
      put_ports(text, box);
      for (const WireId wire : diagram_.in(box)) put(text, numbers_.wire[wire]);
      for (const WireId wire : diagram_.out(box)) put(text, name_number(diagram_.type(wire)));
    }
    for (const Name name : names_) {
      put(text, static_cast<std::uint32_t>(name.text().size()));
      text += name.text();
    }
    return text;
  }

  /// Kind, flags, value and number of ports.
  void put_ports(std::string& text, BoxId box) const {
    const BoxHead& head = diagram_.head(box);
    put(text, static_cast<std::uint32_t>(head.kind) * 4 + (head.deterministic ? 2U : 0U) + (head.partial ? 1U : 0U));
    if (head.kind == BoxKind::Point || head.kind == BoxKind::Observe) {
      const auto bits = std::bit_cast<std::uint64_t>(head.value + 0.0);  // -0 becomes 0
      put(text, static_cast<std::uint32_t>(bits));
      put(text, static_cast<std::uint32_t>(bits >> 32U));
    }
    put(text, static_cast<std::uint32_t>(diagram_.in(box).size()));
    put(text, static_cast<std::uint32_t>(diagram_.out(box).size()));
  }

  /// A component as text under a numbering of it, with names in full.
  [[nodiscard]] std::string component_text(const Numbering& numbers, std::size_t first) const {
    std::string text;
    for (std::size_t i = first; i < numbers.order.size(); ++i) {
      const BoxId box = numbers.order[i];
      text += diagram_.head(box).label.text();
      text += '\0';
      put_ports(text, box);
      for (const WireId wire : diagram_.in(box)) put(text, numbers.wire[wire]);
      for (const WireId wire : diagram_.out(box)) {
        text += diagram_.type(wire).text();
        text += '\0';
      }
    }
    return text;
  }

  // --- what no output depends on --------------------------------------------------------------------------------

  struct Placed {
    std::string text;
    std::vector<BoxId> ends;
  };

  void number_components() {
    readers_ = diagram_.consumers();
    std::vector<Placed> placed;
    for (const auto& boxes : components()) placed.push_back(best_order(numbers_, boxes));
    std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.text < b.text; });
    for (const Placed& component : placed) {
      for (const BoxId end : component.ends) visit(numbers_, end);
    }
  }

  [[nodiscard]] bool is_end(BoxId box) const {
    const auto out = diagram_.out(box);
    return std::all_of(out.begin(), out.end(), [this](WireId wire) { return readers_[wire] == 0; });
  }

  /// Unnumbered boxes joined by unnumbered wires, ascending inside a component.
  [[nodiscard]] std::vector<std::vector<BoxId>> components() const {
    std::vector<BoxId> parent(diagram_.boxes());
    for (BoxId b = 0; b < parent.size(); ++b) parent[b] = b;
    const auto root = [&](BoxId b) {
      while (parent[b] != b) b = parent[b] = parent[parent[b]];
      return b;
    };
    for (BoxId b = 0; b < parent.size(); ++b) {
      if (numbers_.box_done[b]) continue;
      for (const WireId wire : diagram_.in(b)) {
        if (numbers_.wire[wire] == kNone) parent[root(b)] = root(producer_[wire]);
      }
    }
    std::unordered_map<BoxId, std::size_t> place;
    std::vector<std::vector<BoxId>> result;
    for (BoxId b = 0; b < parent.size(); ++b) {
      if (numbers_.box_done[b]) continue;
      const auto [found, added] = place.emplace(root(b), result.size());
      if (added) result.emplace_back();
      result[found->second].push_back(b);
    }
    return result;
  }

  /// Colours of the boxes of a component that isomorphisms keep: labels and flags, then what feeds and what reads them,
  /// until no class splits. Numbered wires are their own colours.
  [[nodiscard]] std::unordered_map<BoxId, std::uint64_t> colours(const Numbering& numbers,
                                                                 const std::vector<BoxId>& boxes) const {
    std::unordered_map<BoxId, std::uint64_t> colour;
    for (const BoxId b : boxes) {
      std::string own = diagram_.head(b).label.text();
      put_ports(own, b);
      for (const WireId wire : diagram_.out(b)) own += diagram_.type(wire).text() + '\0';
      colour[b] = text_hash(own);
    }
    std::size_t classes = 0;
    for (;;) {
      std::vector<std::uint64_t> distinct;
      for (const BoxId b : boxes) distinct.push_back(colour[b]);
      std::sort(distinct.begin(), distinct.end());
      const auto count = static_cast<std::size_t>(std::unique(distinct.begin(), distinct.end()) - distinct.begin());
      if (count <= classes) return colour;
      classes = count;
      refine(numbers, boxes, colour);
    }
  }

  void refine(const Numbering& numbers, const std::vector<BoxId>& boxes,
              std::unordered_map<BoxId, std::uint64_t>& colour) const {
    std::unordered_map<WireId, std::uint64_t> wire_colour, reader_sum;
    const auto colour_of = [&](WireId wire) {
      return numbers.wire[wire] == kNone ? wire_colour.at(wire) : mixed(1, numbers.wire[wire]);
    };
    for (const BoxId b : boxes) {
      const auto out = diagram_.out(b);
      for (std::size_t i = 0; i < out.size(); ++i) wire_colour[out[i]] = mixed(colour[b], i + 2);
    }
    for (const BoxId b : boxes) {
      const auto in = diagram_.in(b);
      for (std::size_t i = 0; i < in.size(); ++i) reader_sum[in[i]] += mixed(mixed(colour[b], 3), i);
    }
    std::unordered_map<BoxId, std::uint64_t> next;
    for (const BoxId b : boxes) {
      std::uint64_t hash = mixed(colour[b], numbers.box_done[b] ? 5 : 7);
      for (const WireId wire : diagram_.in(b)) hash = mixed(hash, colour_of(wire));
      for (const WireId wire : diagram_.out(b)) hash = mixed(hash, reader_sum[wire] ^ colour_of(wire));
      next[b] = hash;
    }
    colour = std::move(next);
  }

  /// The order of the ends whose text is smallest among those the colours leave.
  Placed best_order(const Numbering& start, const std::vector<BoxId>& boxes) {
    std::vector<BoxId> ends;
    for (const BoxId b : boxes) {
      if (!start.box_done[b] && is_end(b)) ends.push_back(b);
    }
    Placed best;
    std::vector<BoxId> chosen;
    search(start, boxes, ends, chosen, start.order.size(), best);
    return best;
  }

  void search(const Numbering& numbers, const std::vector<BoxId>& boxes, const std::vector<BoxId>& ends,
              std::vector<BoxId>& chosen, std::size_t first, Placed& best) {
    if (chosen.size() == ends.size()) {
      std::string text = component_text(numbers, first);
      if (best.ends.empty() || text < best.text) best = {std::move(text), chosen};
      return;
    }
    const auto colour = colours(numbers, boxes);
    std::vector<BoxId> candidates;
    for (const BoxId end : ends) {
      if (numbers.box_done[end]) continue;
      if (!candidates.empty() && colour.at(end) > colour.at(candidates[0])) continue;
      if (!candidates.empty() && colour.at(end) < colour.at(candidates[0])) candidates.clear();
      if (std::none_of(candidates.begin(), candidates.end(), [&](BoxId other) { return twins(end, other); })) {
        candidates.push_back(end);
      }
    }
    for (const BoxId end : candidates) {
      Numbering next = numbers;
      visit(next, end);
      chosen.push_back(end);
      search(next, boxes, ends, chosen, first, best);
      chosen.pop_back();
    }
  }

  /// Ends that an isomorphism exchanges and leaves all else in place.
  [[nodiscard]] bool twins(BoxId a, BoxId b) const {
    const auto type = [this](WireId wire) { return diagram_.type(wire); };
    return diagram_.head(a) == diagram_.head(b) && std::ranges::equal(diagram_.in(a), diagram_.in(b)) &&
           std::ranges::equal(diagram_.out(a), diagram_.out(b), {}, type, type);
  }

  const Diagram& diagram_;
  std::vector<BoxId> producer_;
  std::vector<std::uint32_t> readers_;
  Numbering numbers_;
  std::vector<std::pair<BoxId, std::uint32_t>> stack_;
  std::vector<std::uint32_t> name_numbers_;
  std::vector<Name> names_;
};

}  // namespace

std::string canonical_form(Diagram diagram, const NormalFormOptions& options) {
  diagram = normal_form(std::move(diagram), options);
  return Canonizer(diagram).run();
}

}  // namespace causal
