#include "causal/graph/knowledge.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"
#include "graph/invariants.hpp"

namespace causal {
namespace {

using Pair = std::pair<NodeId, NodeId>;

class NameLookup {
 public:
  explicit NameLookup(const std::vector<std::string>& names) : names_(names) {
    for (std::size_t i = 0; i < names.size(); ++i) ids_.emplace(names[i], static_cast<NodeId>(i));
  }
  [[nodiscard]] NodeId id(const std::string& name, const std::string& where) const {
    const auto found = ids_.find(name);
    if (found != ids_.end()) return found->second;
    throw InvalidArgument("knowledge names the unknown variable '" + name + "'", where,
                          nearest_name_hint(name, names_));
  }
  [[nodiscard]] Pair pair(const Knowledge::DirectedPair& pair, const std::string& list) const {
    const std::string text = pair.from + " -> " + pair.to;
    const Pair ids{id(pair.from, list + " " + text), id(pair.to, list + " " + text)};
    if (ids.first == ids.second)
      throw InvalidArgument("knowledge has an edge from a variable to itself", list + " " + text);
    return ids;
  }

 private:
  const std::vector<std::string>& names_;
  std::unordered_map<std::string_view, NodeId> ids_;
};

std::vector<int> tiers_of(const Knowledge& knowledge, const NameLookup& lookup, std::size_t n) {
  std::vector<int> tier_of(n, -1);
  for (std::size_t t = 0; t < knowledge.tiers.size(); ++t) {
    for (const std::string& name : knowledge.tiers[t].variables) {
      int& tier = tier_of[slot(lookup.id(name, "tier " + std::to_string(t + 1)))];
      if (tier == static_cast<int>(t)) continue;
      if (tier >= 0) {
        throw InvalidArgument("'" + name + "' stands in tier " + std::to_string(tier + 1) + " and in tier " +
                              std::to_string(t + 1));
      }
      tier = static_cast<int>(t);
    }
  }
  return tier_of;
}

std::vector<Pair> sorted_pairs(const std::vector<Knowledge::DirectedPair>& pairs, const NameLookup& lookup,
                               const std::string& list) {
  std::vector<Pair> ids;
  for (const Knowledge::DirectedPair& pair : pairs) ids.push_back(lookup.pair(pair, list));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

bool holds(const std::vector<Pair>& sorted, NodeId from, NodeId to) {
  return std::binary_search(sorted.begin(), sorted.end(), Pair{from, to});
}

// Two opposite required edges are a cycle too, which MixedGraph would report as a repeated pair.
void refuse_required_cycle(const std::vector<Pair>& required, const std::vector<std::string>& names) {
  std::vector<Edge> edges;
  for (const auto& [from, to] : required) {
    if (from < to && holds(required, to, from)) {
      throw GraphError("the required edges form the cycle " + names[slot(from)] + " -> " + names[slot(to)] + " -> " +
                       names[slot(from)]);
    }
    edges.push_back(directed(from, to));
  }
  const MixedGraph graph(names, std::move(edges));
  if (const auto cycle = graph.directed_cycle()) {
    throw GraphError("the required edges form the cycle " + detail::cycle_text(*cycle, graph));
  }
}

}  // namespace

KnowledgeIndex::KnowledgeIndex(const Knowledge& knowledge, const std::vector<std::string>& names) {
  if (knowledge.empty()) return;
  const NameLookup lookup(names);
  tier_ = tiers_of(knowledge, lookup, names.size());
  for (const Knowledge::Tier& tier : knowledge.tiers) tier_forbids_within_.push_back(tier.forbid_within);
  forbidden_ = sorted_pairs(knowledge.forbidden, lookup, "forbidden");
  required_ = sorted_pairs(knowledge.required, lookup, "required");
  n_ = static_cast<int>(names.size());

  refuse_required_cycle(required_, names);
  for (const auto& [from, to] : required_) {
    if (!is_forbidden(from, to)) continue;
    const std::string text = names[slot(from)] + " -> " + names[slot(to)];
    const std::string by = holds(forbidden_, from, to) ? "the list of forbidden edges" : "the tiers";
    throw GraphError("the required edge " + text + " is forbidden by " + by);
  }
  // An edge one way excludes the edge the other way.
  const std::size_t given = forbidden_.size();
  for (const auto& [from, to] : required_) forbidden_.emplace_back(to, from);
  std::sort(forbidden_.begin() + static_cast<std::ptrdiff_t>(given), forbidden_.end());
  std::inplace_merge(forbidden_.begin(), forbidden_.begin() + static_cast<std::ptrdiff_t>(given), forbidden_.end());
}

bool KnowledgeIndex::is_forbidden(NodeId from, NodeId to) const {
  if (n_ == 0) return false;
  const int tier_from = tier_[slot(from)];
  const int tier_to = tier_[slot(to)];
  if (tier_from >= 0 && tier_to >= 0) {
    if (tier_from > tier_to) return true;
    if (tier_from == tier_to && tier_forbids_within_[static_cast<std::size_t>(tier_from)]) return true;
  }
  return holds(forbidden_, from, to);
}

bool KnowledgeIndex::is_required(NodeId from, NodeId to) const { return holds(required_, from, to); }

std::vector<std::string> KnowledgeIndex::violations(const MixedGraph& graph) const {
  std::vector<std::string> clashes;
  if (n_ == 0) return clashes;
  for (const Edge& edge : graph.edges()) {
    const std::string text = edge_text(edge, graph.names());
    if (is_adjacency_forbidden(edge.from, edge.to)) {
      clashes.push_back(text + " joins two variables that may not be adjacent");
    } else if (edge.is_directed() && is_forbidden(edge.from, edge.to)) {
      clashes.push_back(text + " is forbidden");
    }
  }
  for (const auto& [from, to] : required_) {
    if (graph.has_directed_edge(from, to)) continue;
    clashes.push_back(graph.name(from) + " -> " + graph.name(to) + " is required but not in the graph");
  }
  return clashes;
}

}  // namespace causal
