#pragma once
// The three rules of do-calculus as checks on the graph.

#include "causal/graph/admg.hpp"
#include "causal/graph/separation.hpp"

namespace causal {

/// The graph without the edges that have an arrowhead at a node of `cut_into` (bidirected ones too) and without the
/// directed edges out of a node of `cut_out_of`. O(n + m log m).
[[nodiscard]] Admg mutilated(const Admg& admg, const NodeSet& cut_into, const NodeSet& cut_out_of = {});

/// Sets for a rule, pairwise disjoint; y and z not empty.
struct RuleSets {
  NodeSet y;       ///< What is asked.
  NodeSet z;       ///< What the rule acts on.
  NodeSet x = {};  ///< Set by do() throughout.
  NodeSet w = {};  ///< Conditioned on throughout.
};

/// Rule 1, P(y | do x, z, w) = P(y | do x, w): may the observation of z be deleted? A negative answer carries the open
/// walk in the mutilated graph. O(n + m log m). Errors: as `separated`.
/// Source for the three: Pearl, "Causality", 2nd ed. 2009, Theorem 3.4.1. The rules are sound for every model of the
/// graph; a rule that fails says nothing about equality in one model.
[[nodiscard]] SeparationResult may_delete_observation(const Admg& admg, const RuleSets& sets);
/// Rule 2, P(y | do x, do z, w) = P(y | do x, z, w): may action and observation of z be exchanged?
[[nodiscard]] SeparationResult may_exchange_action(const Admg& admg, const RuleSets& sets);
/// Rule 3, P(y | do x, do z, w) = P(y | do x, w): may the action on z be deleted?
[[nodiscard]] SeparationResult may_delete_action(const Admg& admg, const RuleSets& sets);

}  // namespace causal
