#pragma once
// Background knowledge: what is known of the edges before any data is seen.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// Tiers, forbidden and required directed edges over named variables.
///
/// Tier t cannot be caused by a later tier. A tier marked `forbid_within` has no edges among its members. Variables in
/// no tier are unconstrained by tiers. Forbidden and required are directed: forbidding both directions forbids
/// adjacency.
struct Knowledge {
  struct Tier {
    std::vector<std::string> variables = {};
    bool forbid_within = false;
  };
  struct DirectedPair {
    std::string from;
    std::string to;
    friend bool operator==(const DirectedPair&, const DirectedPair&) = default;
  };
  std::vector<Tier> tiers = {};
  std::vector<DirectedPair> forbidden = {};
  std::vector<DirectedPair> required = {};

  [[nodiscard]] bool empty() const { return tiers.empty() && forbidden.empty() && required.empty(); }
};

/// Knowledge compiled against a list of variables: constant-time answers by node id.
class KnowledgeIndex {
 public:
  KnowledgeIndex() = default;
  /// Errors: InvalidArgument for a name that is not among `names` (with the nearest one) or stands in two tiers;
  /// GraphError when a required edge is also forbidden (by pair or by tier) or the required edges form a cycle (named).
  KnowledgeIndex(const Knowledge& knowledge, const std::vector<std::string>& names);

  [[nodiscard]] bool empty() const { return n_ == 0; }
  /// from -> to must not be in the graph: forbidden by pair, by tier, or the reverse of a required edge.
  [[nodiscard]] bool is_forbidden(NodeId from, NodeId to) const;
  /// from -> to must be in the graph.
  [[nodiscard]] bool is_required(NodeId from, NodeId to) const;
  /// Neither direction may be in the graph.
  [[nodiscard]] bool is_adjacency_forbidden(NodeId a, NodeId b) const {
    return is_forbidden(a, b) && is_forbidden(b, a);
  }
  /// Some direction must be in the graph.
  [[nodiscard]] bool is_adjacency_required(NodeId a, NodeId b) const { return is_required(a, b) || is_required(b, a); }
  [[nodiscard]] const std::vector<std::pair<NodeId, NodeId>>& required() const { return required_; }

  /// Every clash between a graph and the knowledge, as sentences; empty when the graph respects it.
  [[nodiscard]] std::vector<std::string> violations(const MixedGraph& graph) const;

 private:
  int n_ = 0;
  std::vector<int> tier_;  ///< -1: none.
  std::vector<bool> tier_forbids_within_;
  std::vector<std::pair<NodeId, NodeId>> forbidden_;  ///< Sorted.
  std::vector<std::pair<NodeId, NodeId>> required_;   ///< Sorted.
};

}  // namespace causal
