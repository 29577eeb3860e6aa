#include "causal/graph/orientation.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "graph/acyclicity_guard.hpp"

namespace causal {
namespace {

// "from -> to" as a rule demands it, with the other nodes of the pattern.
struct Demand {
  NodeId from;
  NodeId to;
  OrientationRule rule;
  NodeId c = -1;
  NodeId d = -1;

  [[nodiscard]] auto key() const { return std::tuple(from, to, rule, c, d); }
};

// The edges that take part: directed and undirected ones.
std::vector<Edge> plain_edges(const DenseMarks& marks) {
  std::vector<Edge> edges = marks.edges();
  std::erase_if(edges, [](const Edge& edge) { return !edge.is_directed() && !edge.is_undirected(); });
  return edges;
}

class Closure {
 public:
  Closure(DenseMarks& marks, const KnowledgeIndex& knowledge, std::span<const std::string> names,
          const MeekOptions& options)
      : marks_(marks),
        knowledge_(knowledge),
        names_(names),
        options_(options),
        edges_(plain_edges(marks)),
        guard_(marks.n(), edges_),
        parents_(slot(marks.n())),
        children_(slot(marks.n())),
        lines_(slot(marks.n())) {
    for (const AmbiguousTriple& t : options.ambiguous) ambiguous_.insert({std::min(t.a, t.c), t.b, std::max(t.a, t.c)});
    for (const Edge& edge : edges_) {
      if (edge.is_directed()) {
        parents_[slot(edge.to)].push_back(edge.from);
        children_[slot(edge.from)].push_back(edge.to);
      } else {
        lines_[slot(edge.from)].push_back(edge.to);
        lines_[slot(edge.to)].push_back(edge.from);
      }
    }
  }

  // Orients what the knowledge decides; returns the edges made.
  std::vector<Edge> orient_by_knowledge() {
    if (knowledge_.empty()) return {};
    for (const Edge& edge : edges_) {
      if (knowledge_.is_forbidden(edge.from, edge.to)) demand_by_knowledge(edge.to, edge.from);
      if (knowledge_.is_forbidden(edge.to, edge.from)) demand_by_knowledge(edge.from, edge.to);
    }
    return judge_round();
  }

  void orient_by_rules(std::vector<Edge> frontier) {
    for (const Edge& edge : edges_) {
      if (edge.is_directed()) frontier.push_back(edge);
    }
    while (!frontier.empty()) {
      for (const Edge& edge : frontier) demand_from(edge.from, edge.to);
      frontier = judge_round();
    }
  }

  [[nodiscard]] MeekResult take_result() { return std::move(result_); }

 private:
  // Every pattern that the directed edge a -> b completes.
  void demand_from(NodeId a, NodeId b) {
    for (const NodeId x : lines_[slot(b)]) {
      if (!marks_.adjacent(a, x)) {
        if (!is_ambiguous(a, b, x)) demands_.push_back({b, x, OrientationRule::Meek1, a});
        continue;
      }
      if (marks_.is_directed(x, a)) demands_.push_back({x, b, OrientationRule::Meek2, a});
      if (marks_.is_undirected(x, a)) demand_by_rule3(x, b, a);
      if (options_.use_rule4) demand_by_rule4_ending(x, b, a);
    }
    for (const NodeId x : lines_[slot(a)]) {
      if (!marks_.adjacent(x, b)) continue;
      if (marks_.is_directed(b, x)) demands_.push_back({a, x, OrientationRule::Meek2, b});
      if (options_.use_rule4) demand_by_rule4_starting(x, b, a);
    }
  }

  // x -- b, x -- c and c -> b are known.
  void demand_by_rule3(NodeId x, NodeId b, NodeId c) {
    for (const NodeId d : parents_[slot(b)]) {
      if (d != c && marks_.is_undirected(x, d) && !marks_.adjacent(c, d) && !is_ambiguous(c, x, d)) {
        demands_.push_back({x, b, OrientationRule::Meek3, std::min(c, d), std::max(c, d)});
      }
    }
  }

  // x -- b, c -> b and x adjacent to c are known: looks for d -> c.
  void demand_by_rule4_ending(NodeId x, NodeId b, NodeId c) {
    for (const NodeId d : parents_[slot(c)]) {
      if (d != x && d != b && marks_.is_undirected(x, d) && !marks_.adjacent(b, d) && !is_ambiguous(b, x, d)) {
        demands_.push_back({x, b, OrientationRule::Meek4, c, d});
      }
    }
  }

  // x -- d, d -> c and x adjacent to c are known: looks for c -> b.
  void demand_by_rule4_starting(NodeId x, NodeId c, NodeId d) {
    for (const NodeId b : children_[slot(c)]) {
      if (b != x && b != d && marks_.is_undirected(x, b) && !marks_.adjacent(b, d) && !is_ambiguous(b, x, d)) {
        demands_.push_back({x, b, OrientationRule::Meek4, c, d});
      }
    }
  }

  void demand_by_knowledge(NodeId from, NodeId to) {
    if (marks_.is_directed(from, to)) return;
    const Demand demand{from, to, OrientationRule::Knowledge};
    if (marks_.is_directed(to, from)) {
      refuse(demand, "the graph already has " + text(directed(to, from)));
    } else {
      demands_.push_back(demand);
    }
  }

  // Refuses the demands that exclude each other or something known and makes the rest. Each step looks at all demands
  // that the steps before it left, so that no order among them matters.
  std::vector<Edge> judge_round() {
    std::sort(demands_.begin(), demands_.end(), [](const Demand& a, const Demand& b) { return a.key() < b.key(); });
    const auto same_edge = [](const Demand& a, const Demand& b) { return a.from == b.from && a.to == b.to; };
    demands_.erase(std::unique(demands_.begin(), demands_.end(), same_edge), demands_.end());
    if (!refused_.empty()) {
      std::erase_if(demands_, [this](const Demand& d) { return refused_.contains({d.from, d.to}); });
    }
    refuse_opposite_demands();
    refuse_forbidden();
    refuse_new_colliders();
    refuse_cycles();

    std::vector<Edge> made;
    made.reserve(demands_.size());
    for (const Demand& demand : demands_) made.push_back(make(demand));
    demands_.clear();
    return made;
  }

  void refuse_opposite_demands() {
    refuse_where([this](const Demand& demand) -> std::string {
      const auto opposite = std::lower_bound(
          demands_.begin(), demands_.end(), demand,
          [](const Demand& a, const Demand& b) { return std::tie(a.from, a.to) < std::tie(b.to, b.from); });
      if (opposite == demands_.end() || opposite->from != demand.to || opposite->to != demand.from) return {};
      return cause(*opposite) + " demands " + text(directed(demand.to, demand.from));
    });
  }

  void refuse_forbidden() {
    if (knowledge_.empty()) return;
    refuse_where([this](const Demand& demand) -> std::string {
      if (!knowledge_.is_forbidden(demand.from, demand.to)) return {};
      return "the knowledge forbids " + text(directed(demand.from, demand.to));
    });
  }

  // An unshielded x -> b <- a that was not there before means that R1 demands b -> a.
  void refuse_new_colliders() {
    std::vector<std::pair<NodeId, NodeId>> arriving;  // (to, from)
    for (const Demand& demand : demands_) arriving.emplace_back(demand.to, demand.from);
    std::sort(arriving.begin(), arriving.end());
    refuse_where([&](const Demand& demand) -> std::string {
      if (demand.rule == OrientationRule::Knowledge) return {};
      const auto unshielded = [&](NodeId x) {
        return x != demand.from && !marks_.adjacent(x, demand.from) && !is_ambiguous(x, demand.to, demand.from);
      };
      NodeId witness = -1;
      for (const NodeId x : parents_[slot(demand.to)]) {
        if (unshielded(x)) witness = x;
      }
      auto other = std::lower_bound(arriving.begin(), arriving.end(), std::pair<NodeId, NodeId>{demand.to, 0});
      for (; other != arriving.end() && other->first == demand.to; ++other) {
        if (unshielded(other->second)) witness = other->second;
      }
      if (witness < 0) return {};
      return "it would make an unshielded collider with " + text(directed(witness, demand.to)) +
             " that the graph did not have";
    });
  }

  void refuse_cycles() {
    std::vector<Edge> batch;
    batch.reserve(demands_.size());
    for (const Demand& demand : demands_) batch.push_back(directed(demand.from, demand.to));
    const std::vector<bool> cyclic = guard_.on_cycle(batch);
    if (std::find(cyclic.begin(), cyclic.end(), true) == cyclic.end()) return;
    std::size_t i = 0;
    refuse_where([&](const Demand& demand) -> std::string {
      if (!cyclic[i++]) return {};
      std::string cycle = name(demand.from);
      for (const NodeId v : guard_.path(demand.to, demand.from, batch)) cycle += " -> " + name(v);
      return "it would close the directed cycle " + cycle;
    });
  }

  // Calls reason(demand) in order; a non-empty one refuses the demand.
  template <class Reason>
  void refuse_where(Reason&& reason) {
    std::vector<Demand> kept;
    kept.reserve(demands_.size());
    for (const Demand& demand : demands_) {
      std::string why = reason(demand);
      if (why.empty()) {
        kept.push_back(demand);
      } else {
        refuse(demand, why);
      }
    }
    demands_ = std::move(kept);
  }

  void refuse(const Demand& demand, const std::string& why) {
    refused_.insert({demand.from, demand.to});
    const Edge edge = directed(demand.from, demand.to);
    result_.conflicts.push_back({edge, demand.rule, text(edge) + " is demanded by " + cause(demand) + ", but " + why});
  }

  Edge make(const Demand& demand) {
    const auto [from, to] = std::pair(demand.from, demand.to);
    marks_.orient(from, to);
    std::erase(lines_[slot(from)], to);
    std::erase(lines_[slot(to)], from);
    parents_[slot(to)].push_back(from);
    children_[slot(from)].push_back(to);
    result_.oriented.push_back(directed(from, to));
    return directed(from, to);
  }

  [[nodiscard]] bool is_ambiguous(NodeId a, NodeId b, NodeId c) const {
    return !ambiguous_.empty() && ambiguous_.contains({std::min(a, c), b, std::max(a, c)});
  }
  [[nodiscard]] std::string name(NodeId v) const {
    return names_.empty() ? "X" + std::to_string(v + 1) : names_[slot(v)];
  }
  [[nodiscard]] std::string text(const Edge& edge) const { return name(edge.from) + " -> " + name(edge.to); }

  // The rule and the directed edges it starts from.
  [[nodiscard]] std::string cause(const Demand& demand) const {
    const std::string rule(enum_name(demand.rule));
    switch (demand.rule) {
      case OrientationRule::Knowledge:
        break;
      case OrientationRule::Meek1:
        return rule + " (" + name(demand.c) + " -> " + name(demand.from) + ")";
      case OrientationRule::Meek2:
        return rule + " (" + name(demand.from) + " -> " + name(demand.c) + " -> " + name(demand.to) + ")";
      case OrientationRule::Meek3:
        return rule + " (" + name(demand.c) + " -> " + name(demand.to) + " <- " + name(demand.d) + ")";
      case OrientationRule::Meek4:
        return rule + " (" + name(demand.d) + " -> " + name(demand.c) + " -> " + name(demand.to) + ")";
    }
    return "the " + rule;
  }

  DenseMarks& marks_;
  const KnowledgeIndex& knowledge_;
  std::span<const std::string> names_;
  MeekOptions options_;
  std::vector<Edge> edges_;  // as given
  detail::AcyclicityGuard guard_;
  std::vector<std::vector<NodeId>> parents_;
  std::vector<std::vector<NodeId>> children_;
  std::vector<std::vector<NodeId>> lines_;
  std::vector<Demand> demands_;
  std::set<std::tuple<NodeId, NodeId, NodeId>> ambiguous_;
  std::set<std::pair<NodeId, NodeId>> refused_;
  MeekResult result_;
};

}  // namespace

MeekResult meek_closure(DenseMarks& marks, const KnowledgeIndex& knowledge, std::span<const std::string> names,
                        const MeekOptions& options) {
  Closure closure(marks, knowledge, names, options);
  closure.orient_by_rules(closure.orient_by_knowledge());
  return closure.take_result();
}

MeekResult apply_knowledge(DenseMarks& marks, const KnowledgeIndex& knowledge, std::span<const std::string> names) {
  Closure closure(marks, knowledge, names, {});
  closure.orient_by_knowledge();
  return closure.take_result();
}

}  // namespace causal
