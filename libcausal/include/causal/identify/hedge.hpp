#pragma once
// Hedges: why an effect is not a function of the observed distribution.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "causal/graph/admg.hpp"

namespace causal {

/// Two node sets, inner within outer, that together prove an effect of x on y not identifiable.
struct Hedge {
  NodeSet outer;  ///< F: meets x.
  NodeSet inner;  ///< F': does not.
  friend bool operator==(const Hedge&, const Hedge&) = default;
};

/// The few edges that make the two sets a hedge.
struct HedgeCertificate {
  NodeSet roots;                                       ///< Common roots of both forests, ancestors of y without x.
  std::vector<std::pair<NodeId, NodeId>> child;        ///< (v, its one child) for every node of F that is no root.
  std::vector<std::pair<NodeId, NodeId>> inner_tree;   ///< Bidirected edges that span F'.
  std::vector<std::pair<NodeId, NodeId>> outer_edges;  ///< Bidirected edges that join the rest of F to them.
};

/// The certificate, or nothing when (outer, inner) is no hedge for the effect of x on y: inner within outer, outer
/// meets x and inner does not, each joined by bidirected edges inside itself, each a forest of directed edges towards
/// the same roots, and the roots ancestors of y in the graph without edges into x. O(n + m).
/// Errors: InvalidArgument for an unknown node.
/// Source: Shpitser and Pearl, "Identification of joint interventional distributions in recursive semi-Markovian causal
/// models", AAAI 2006, Definition 6 and Theorem 4.
[[nodiscard]] std::optional<HedgeCertificate> hedge_certificate(const Admg& admg, const NodeSet& x, const NodeSet& y,
                                                                const Hedge& hedge);

[[nodiscard]] inline bool is_hedge(const Admg& admg, const NodeSet& x, const NodeSet& y, const Hedge& hedge) {
  return hedge_certificate(admg, x, y, hedge).has_value();
}

}  // namespace causal
