#include "causal/graph/orientation_pag.hpp"

#include <algorithm>

namespace causal {
namespace {

class PagRules {
 public:
  PagRules(DenseMarks& marks, const InSeparator& in_separator)
      : marks_(marks), in_separator_(in_separator), neighbours_(slot(marks.n())) {
    for (const Edge& edge : marks.edges()) {
      neighbours_[slot(edge.from)].push_back(edge.to);
      neighbours_[slot(edge.to)].push_back(edge.from);
    }
    for (NodeSet& set : neighbours_) std::sort(set.begin(), set.end());
  }

  void orient_colliders() {
    for (NodeId b = 0; b < marks_.n(); ++b) {
      for (const NodeId a : neighbours(b)) {
        for (const NodeId c : neighbours(b)) {
          if (a >= c || marks_.adjacent(a, c) || in_separator_(a, c, b)) continue;
          turn(a, b, Mark::Arrow, PagRule::Collider);
          turn(c, b, Mark::Arrow, PagRule::Collider);
        }
      }
    }
  }

  // Arrowheads first, then what selection leaves, then the remaining tails, as in the source.
  void close(const PagRuleOptions& options) {
    std::size_t before = 0;
    do {
      before = made_.size();
      until_fixed([this] { each_arc([this](NodeId b, NodeId c) { rules_1_to_4(b, c); }); });
      if (options.selection_bias) {
        until_fixed([this] { each_arc([this](NodeId a, NodeId b) { rule_5(a, b); }); });
        until_fixed([this] { each_arc([this](NodeId b, NodeId c) { rules_6_and_7(b, c); }); });
      }
      until_fixed([this] { each_arc([this](NodeId a, NodeId c) { rules_8_to_10(a, c); }); });
    } while (made_.size() != before);
  }

  [[nodiscard]] std::vector<PagOrientation> take() { return std::move(made_); }

 private:
  [[nodiscard]] const NodeSet& neighbours(NodeId v) const { return neighbours_[slot(v)]; }
  [[nodiscard]] bool has(NodeId other, NodeId at, Mark mark) const { return marks_.mark_at(other, at) == mark; }
  [[nodiscard]] bool circle(NodeId other, NodeId at) const { return has(other, at, Mark::Circle); }
  [[nodiscard]] bool into(NodeId from, NodeId at) const { return has(from, at, Mark::Arrow); }
  [[nodiscard]] bool parent(NodeId from, NodeId to) const {
    return marks_.adjacent(from, to) && marks_.is_directed(from, to);
  }

  void turn(NodeId other, NodeId at, Mark mark, PagRule rule) {
    if (!circle(other, at)) return;
    marks_.set_mark(other, at, mark);
    made_.push_back({other, at, mark, rule});
  }
  void direct(NodeId from, NodeId to, PagRule rule) {
    turn(to, from, Mark::Tail, rule);
    turn(from, to, Mark::Arrow, rule);
  }

  template <class Pass>
  void until_fixed(const Pass& pass) {
    for (std::size_t before = made_.size() + 1; before != made_.size();) {
      before = made_.size();
      pass();
    }
  }
  template <class Rule>
  void each_arc(const Rule& rule) {
    for (NodeId a = 0; a < marks_.n(); ++a) {
      for (const NodeId b : neighbours(a)) rule(a, b);
    }
  }

  void rules_1_to_4(NodeId b, NodeId c) {
    if (circle(b, c)) {
      rule_2(b, c);
      rule_3(b, c);
    }
    if (circle(c, b)) {
      for (const NodeId a : neighbours(b)) {
        if (a != c && into(a, b) && !marks_.adjacent(a, c)) direct(b, c, PagRule::R1);
      }
    }
    if (circle(c, b)) rule_4(b, c);
  }

  void rule_2(NodeId a, NodeId c) {
    for (const NodeId b : neighbours(a)) {
      if (b == c || !marks_.adjacent(b, c) || !into(a, b) || !into(b, c)) continue;
      if (parent(a, b) || parent(b, c)) turn(a, c, Mark::Arrow, PagRule::R2);
    }
  }

  void rule_3(NodeId d, NodeId b) {
    const auto fits = [&](NodeId v) { return v != b && circle(v, d) && marks_.adjacent(v, b) && into(v, b); };
    for (const NodeId a : neighbours(d)) {
      if (!fits(a)) continue;
      for (const NodeId c : neighbours(d)) {
        if (a < c && fits(c) && !marks_.adjacent(a, c)) turn(d, b, Mark::Arrow, PagRule::R3);
      }
    }
  }

  // Walks from every possible a backwards along colliders that are parents of c, to a d that is not adjacent to c.
  void rule_4(NodeId b, NodeId c) {
    std::vector<NodeId> first(slot(marks_.n()), -1);  // the a that a collider was reached from
    std::vector<NodeId> queue;
    for (const NodeId a : neighbours(b)) {
      if (a == c || !into(b, a) || !parent(a, c)) continue;
      first[slot(a)] = a;
      queue.push_back(a);
    }
    for (std::size_t head = 0; head < queue.size(); ++head) {
      const NodeId v = queue[head];
      for (const NodeId w : neighbours(v)) {
        if (w == b || w == c || first[slot(w)] >= 0 || !into(w, v)) continue;
        if (!marks_.adjacent(w, c)) {
          settle_discriminated(w, first[slot(v)], b, c);
          return;
        }
        if (!into(v, w) || !parent(w, c)) continue;
        first[slot(w)] = first[slot(v)];
        queue.push_back(w);
      }
    }
  }

  void settle_discriminated(NodeId d, NodeId a, NodeId b, NodeId c) {
    if (in_separator_(d, c, b)) {
      direct(b, c, PagRule::R4);
      return;
    }
    turn(a, b, Mark::Arrow, PagRule::R4);
    turn(c, b, Mark::Arrow, PagRule::R4);
    turn(b, c, Mark::Arrow, PagRule::R4);
  }

  // Walks serve rules 5, 9 and 10 as well as paths do: that one mark of an uncovered walk points along it makes all of
  // them do so, and a closed directed walk excludes that just as a closed directed path would.
  //
  // Nodes entered by uncovered walks a, first, ... whose steps are allowed, each arc with the arc it came from.
  struct Arc {
    NodeId from;
    NodeId to;
    int origin;
  };
  template <class Allowed, class Done>
  [[nodiscard]] std::vector<Arc> uncovered_walk(NodeId a, NodeId first, const Allowed& allowed, const Done& done) {
    std::vector<Arc> arcs{{a, first, -1}};
    std::vector<std::uint8_t> seen(slot(marks_.n()) * slot(marks_.n()), 0);
    const auto at = [this](NodeId v, NodeId w) { return slot(v) * slot(marks_.n()) + slot(w); };
    seen[at(a, first)] = 1;
    for (std::size_t head = 0; head < arcs.size(); ++head) {
      const Arc arc = arcs[head];
      if (done(arc.from, arc.to)) {
        arcs.resize(head + 1);
        return arcs;
      }
      for (const NodeId w : neighbours(arc.to)) {
        if (w == arc.from || marks_.adjacent(arc.from, w) || seen[at(arc.to, w)] != 0 || !allowed(arc.to, w)) continue;
        seen[at(arc.to, w)] = 1;
        arcs.push_back({arc.to, w, static_cast<int>(head)});
      }
    }
    return {};
  }

  [[nodiscard]] bool circles(NodeId v, NodeId w) const { return circle(v, w) && circle(w, v); }
  [[nodiscard]] bool possibly_directed(NodeId v, NodeId w) const {
    return !has(w, v, Mark::Arrow) && !has(v, w, Mark::Tail);
  }

  void rule_5(NodeId a, NodeId b) {
    if (a > b || !circles(a, b)) return;
    for (const NodeId c : neighbours(a)) {
      if (c == b || !circles(a, c) || marks_.adjacent(b, c)) continue;
      const auto arcs = uncovered_walk(
          a, c, [this](NodeId v, NodeId w) { return circles(v, w); },
          [&](NodeId d, NodeId end) { return end == b && d != a && !marks_.adjacent(a, d); });
      if (arcs.empty()) continue;
      line(a, b);
      for (int at = static_cast<int>(arcs.size()) - 1; at >= 0; at = arcs[slot(at)].origin) {
        line(arcs[slot(at)].from, arcs[slot(at)].to);
      }
      return;
    }
  }
  void line(NodeId v, NodeId w) {
    turn(v, w, Mark::Tail, PagRule::R5);
    turn(w, v, Mark::Tail, PagRule::R5);
  }

  void rules_6_and_7(NodeId b, NodeId c) {
    if (!circle(c, b)) return;
    for (const NodeId a : neighbours(b)) {
      if (a == c || !has(b, a, Mark::Tail)) continue;
      if (has(a, b, Mark::Tail)) turn(c, b, Mark::Tail, PagRule::R6);
      if (circle(a, b) && !marks_.adjacent(a, c)) turn(c, b, Mark::Tail, PagRule::R7);
    }
  }

  void rules_8_to_10(NodeId a, NodeId c) {
    if (!circle(c, a) || !into(a, c)) return;
    if (fits_rule_8(a, c)) {
      turn(c, a, Mark::Tail, PagRule::R8);
    } else if (fits_rule_9(a, c)) {
      turn(c, a, Mark::Tail, PagRule::R9);
    } else if (fits_rule_10(a, c)) {
      turn(c, a, Mark::Tail, PagRule::R10);
    }
  }

  [[nodiscard]] bool fits_rule_8(NodeId a, NodeId c) const {
    return std::any_of(neighbours(a).begin(), neighbours(a).end(), [&](NodeId b) {
      return b != c && has(b, a, Mark::Tail) && !has(a, b, Mark::Tail) && parent(b, c);
    });
  }

  [[nodiscard]] bool fits_rule_9(NodeId a, NodeId c) {
    return std::any_of(neighbours(a).begin(), neighbours(a).end(), [&](NodeId b) {
      return b != c && possibly_directed(a, b) && !marks_.adjacent(b, c) &&
             reaches(a, b, [c](NodeId v) { return v == c; });
    });
  }

  [[nodiscard]] bool fits_rule_10(NodeId a, NodeId c) {
    NodeSet first;  // nodes after a on the walks to parents of c
    for (const NodeId b : neighbours(a)) {
      if (b == c || !possibly_directed(a, b)) continue;
      if (!reaches(a, b, [&](NodeId v) { return v != a && parent(v, c); })) continue;
      if (std::any_of(first.begin(), first.end(), [&](NodeId other) { return !marks_.adjacent(b, other); })) {
        return true;
      }
      first.push_back(b);
    }
    return false;
  }

  template <class Target>
  [[nodiscard]] bool reaches(NodeId a, NodeId first, const Target& target) {
    return !uncovered_walk(
                a, first, [this](NodeId v, NodeId w) { return possibly_directed(v, w); },
                [&target](NodeId, NodeId end) { return target(end); })
                .empty();
  }

  DenseMarks& marks_;
  const InSeparator& in_separator_;
  std::vector<NodeSet> neighbours_;
  std::vector<PagOrientation> made_;
};

}  // namespace

std::vector<PagOrientation> orient_pag_colliders(DenseMarks& marks, const InSeparator& in_separator) {
  PagRules rules(marks, in_separator);
  rules.orient_colliders();
  return rules.take();
}

std::vector<PagOrientation> apply_pag_rules(DenseMarks& marks, const InSeparator& in_separator,
                                            const PagRuleOptions& options) {
  PagRules rules(marks, in_separator);
  rules.close(options);
  return rules.take();
}

}  // namespace causal
