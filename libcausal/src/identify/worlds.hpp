#pragma once
// The variables of several worlds that an event depends on, and the factors of its probability.

#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "causal/graph/district.hpp"
#include "causal/identify/counterfactual_id.hpp"

namespace causal::identification {

using Action = std::vector<std::pair<NodeId, int>>;  // by node
using Member = std::pair<NodeId, Action>;            // a variable in a world, with the actions that matter to it

/// Gives every value that a formula speaks of its own symbol: a constant by (node, value), a summed one by its
/// variable.
class SymbolTable {
 public:
  [[nodiscard]] Symbol constant(NodeId node, int value) { return lookup(constants_, {node, value}, node); }
  [[nodiscard]] Symbol summed(const Member& member) { return lookup(summed_, member, member.first); }
  [[nodiscard]] std::vector<std::pair<Symbol, int>> constants() const {
    std::vector<std::pair<Symbol, int>> list;
    for (const auto& [key, symbol] : constants_) list.emplace_back(symbol, key.second);
    return list;
  }

 private:
  template <class Key>
  Symbol lookup(std::map<Key, Symbol>& table, const Key& key, NodeId node) {
    const auto found = table.find(key);
    if (found != table.end()) return found->second;
    return table.emplace(key, Symbol{node, copies_[node]++}).first->second;
  }
  std::map<std::pair<NodeId, int>, Symbol> constants_;
  std::map<Member, Symbol> summed_;
  std::map<NodeId, std::int32_t> copies_;
};

/// Q[district] at these values of the district and its parents.
struct CounterfactualFactor {
  NodeSet district;
  std::map<NodeId, Symbol> at;
  /// Every variable of the district in its worlds: its value, then those of its parents. One value of a node each means
  /// one Q; but factors that are no Q at all are the same only when these are.
  std::set<std::vector<Symbol>> rows;
  std::optional<NodeId> inconsistent;  ///< This node would need two values.
  friend bool operator==(const CounterfactualFactor&, const CounterfactualFactor&) = default;
};

/// Factors tied together by the symbols they are summed over.
struct FactorGroup {
  SymbolSet summed;
  std::vector<CounterfactualFactor> factors;
  friend bool operator==(const FactorGroup&, const FactorGroup&) = default;
};

/// The probability of the events as a product of groups; nothing when they contradict each other.
[[nodiscard]] std::optional<std::vector<FactorGroup>> factor_groups(const AdmgRows& graph,
                                                                    std::span<const CounterfactualEvent> events,
                                                                    SymbolTable& symbols);

}  // namespace causal::identification
