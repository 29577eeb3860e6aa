#include "identify/worlds.hpp"

#include <algorithm>
#include <iterator>

namespace causal::identification {
namespace {

// A constant, or a class of variables that share one unknown value.
struct Value {
  std::optional<int> constant;
  std::size_t group = 0;
  friend bool operator==(const Value&, const Value&) = default;
};

NodeBits bits(const AdmgRows& graph, NodeId v) {
  NodeBits set(graph.n());
  set.insert(v);
  return set;
}

NodeBits nodes_of(const AdmgRows& graph, const Action& action) {
  NodeBits set(graph.n());
  for (const auto& [v, value] : action) set.insert(v);
  return set;
}

// Exclusion: of an action on T, what is an ancestor of v without passing above T.
Action relevant(const AdmgRows& graph, NodeId v, const Action& action) {
  const NodeBits above = graph.ancestors(bits(graph, v), NodeBits::all(graph.n()), nodes_of(graph, action));
  Action kept;
  std::copy_if(action.begin(), action.end(), std::back_inserter(kept),
               [&](const auto& set) { return set.first != v && above.contains(set.first); });
  return kept;
}

class Worlds {
 public:
  explicit Worlds(const AdmgRows& graph) : graph_(graph) {}

  // False: the events contradict each other.
  bool add_events(std::span<const CounterfactualEvent> events) {
    for (const CounterfactualEvent& event : events) {
      Action action = event.action;
      std::sort(action.begin(), action.end());
      const auto own = std::find_if(action.begin(), action.end(), [&](const auto& s) { return s.first == event.node; });
      if (own != action.end()) {
        if (own->second != event.value) return false;
        continue;
      }
      const std::size_t member = index_of({event.node, relevant(graph_, event.node, action)});
      if (constants_[member] && *constants_[member] != event.value) return false;
      constants_[member] = event.value;
      const NodeBits free = NodeBits::all(graph_.n()) - nodes_of(graph_, action);
      graph_.ancestors(bits(graph_, event.node), free).for_each([&](NodeId w) {
        static_cast<void>(index_of({w, relevant(graph_, w, action)}));
      });
    }
    return true;
  }

  // Composition: variables of two worlds with the same parent values have the same value. False: a contradiction.
  bool unify() {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < members_.size(); ++i) {
        for (std::size_t j = i + 1; j < members_.size(); ++j) {
          if (members_[i].first != members_[j].first || value(i) == value(j) || !same_parents(i, j)) continue;
          if (!merge(find(i), find(j))) return false;
          changed = true;
        }
      }
    }
    return true;
  }

  std::vector<CounterfactualFactor> factors(SymbolTable& symbols) {
    NodeBits nodes(graph_.n());
    for (const Member& member : members_) nodes.insert(member.first);
    std::vector<CounterfactualFactor> all;
    for (const NodeBits& district : graph_.districts(nodes)) {
      CounterfactualFactor factor{district.nodes(), {}, {}, {}};
      const auto assign = [&](NodeId node, const Value& v) {
        const Symbol s = symbol(node, v, symbols);
        const auto [entry, fresh] = factor.at.emplace(node, s);
        if (!fresh && entry->second != s) factor.inconsistent = node;
        return s;
      };
      for (std::size_t i = 0; i < members_.size(); ++i) {
        if (!district.contains(members_[i].first)) continue;
        std::vector<Symbol> row{assign(members_[i].first, value(i))};
        graph_.parents(members_[i].first).for_each([&](NodeId p) { row.push_back(assign(p, parent_value(i, p))); });
        factor.rows.insert(std::move(row));
      }
      all.push_back(std::move(factor));
    }
    return all;
  }

  SymbolSet summed(SymbolTable& symbols) {
    SymbolSet set;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (find(i) == i && !constants_[i]) set.push_back(symbols.summed(members_[i]));
    }
    std::sort(set.begin(), set.end());
    return set;
  }

 private:
  std::size_t index_of(const Member& member) {
    const auto [entry, fresh] = index_.emplace(member, members_.size());
    if (fresh) {
      members_.push_back(member);
      constants_.emplace_back();
      leader_.push_back(members_.size() - 1);
    }
    return entry->second;
  }

  std::size_t find(std::size_t i) const {
    while (leader_[i] != i) i = leader_[i];
    return i;
  }

  Value value(std::size_t i) const {
    const std::size_t group = find(i);
    return constants_[group] ? Value{constants_[group], 0} : Value{{}, group};
  }

  Value parent_value(std::size_t i, NodeId parent) {
    const auto& action = members_[i].second;
    for (const auto& [node, set] : action) {
      if (node == parent) return {set, 0};
    }
    return value(index_.at({parent, relevant(graph_, parent, action)}));
  }

  bool same_parents(std::size_t i, std::size_t j) {
    bool same = true;
    graph_.parents(members_[i].first).for_each([&](NodeId p) {
      same = same && parent_value(i, p) == parent_value(j, p);
    });
    return same;
  }

  // The smaller variable leads, so that the same variables get the same symbol wherever they are met.
  bool merge(std::size_t a, std::size_t b) {
    if (constants_[a] && constants_[b] && *constants_[a] != *constants_[b]) return false;
    if (members_[b] < members_[a]) std::swap(a, b);
    if (!constants_[a]) constants_[a] = constants_[b];
    leader_[b] = a;
    return true;
  }

  Symbol symbol(NodeId node, const Value& v, SymbolTable& symbols) const {
    return v.constant ? symbols.constant(node, *v.constant) : symbols.summed(members_[v.group]);
  }

  const AdmgRows& graph_;
  std::vector<Member> members_;
  std::map<Member, std::size_t> index_;
  std::vector<std::optional<int>> constants_;  // of the leader
  std::vector<std::size_t> leader_;
};

bool shares(const SymbolSet& summed, const CounterfactualFactor& factor) {
  const auto is_summed = [&](Symbol s) { return std::binary_search(summed.begin(), summed.end(), s); };
  return std::any_of(factor.rows.begin(), factor.rows.end(),
                     [&](const std::vector<Symbol>& row) { return std::any_of(row.begin(), row.end(), is_summed); });
}

// Splits the factors into groups without a common summed symbol.
std::vector<FactorGroup> grouped(std::vector<CounterfactualFactor> factors, const SymbolSet& summed) {
  std::vector<FactorGroup> groups;
  for (CounterfactualFactor& factor : factors) {
    FactorGroup merged;
    for (const std::vector<Symbol>& row : factor.rows) {
      for (const Symbol s : row) {
        if (std::binary_search(summed.begin(), summed.end(), s)) merged.summed.push_back(s);
      }
    }
    std::sort(merged.summed.begin(), merged.summed.end());
    merged.summed.erase(std::unique(merged.summed.begin(), merged.summed.end()), merged.summed.end());
    merged.factors.push_back(std::move(factor));
    for (auto it = groups.begin(); it != groups.end();) {
      if (!shares(it->summed, merged.factors.front())) {
        ++it;
        continue;
      }
      SymbolSet both;
      std::set_union(merged.summed.begin(), merged.summed.end(), it->summed.begin(), it->summed.end(),
                     std::back_inserter(both));
      merged.summed = std::move(both);
      merged.factors.insert(merged.factors.end(), it->factors.begin(), it->factors.end());
      it = groups.erase(it);
    }
    groups.push_back(std::move(merged));
  }
  for (FactorGroup& group : groups) {
    std::sort(group.factors.begin(), group.factors.end(),
              [](const auto& a, const auto& b) { return a.district < b.district; });
  }
  return groups;
}

}  // namespace

std::optional<std::vector<FactorGroup>> factor_groups(const AdmgRows& graph,
                                                      std::span<const CounterfactualEvent> events,
                                                      SymbolTable& symbols) {
  Worlds worlds(graph);
  if (!worlds.add_events(events) || !worlds.unify()) return std::nullopt;
  std::vector<CounterfactualFactor> factors = worlds.factors(symbols);
  return grouped(std::move(factors), worlds.summed(symbols));
}

}  // namespace causal::identification
