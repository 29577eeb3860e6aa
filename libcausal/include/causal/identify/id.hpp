#pragma once
// Is an effect a function of the observed distribution, and of which form? The complete algorithms ID and IDC.

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/identify/expression.hpp"
#include "causal/identify/hedge.hpp"

namespace causal {

/// P(y | do(x), z). Sets pairwise disjoint; y not empty.
struct EffectQuery {
  NodeSet y;
  NodeSet x = {};
  NodeSet z = {};
};

/// One step of a derivation: which line of the algorithm was applied to P(y | do(x)) in the subgraph of `nodes`.
struct DerivationStep {
  int depth = 0;  ///< How many districts the step lies inside of.
  /// 1..7: a line of ID. 0: IDC turned the observation of `moved` into an action, by rule 2 of do-calculus.
  int line = 0;
  NodeSet y, x, nodes;
  NodeSet moved = {};                ///< Line 0, 3: what is set by do() in addition. Line 7: the district gone into.
  std::vector<NodeSet> districts{};  ///< Lines 4 to 7: the districts found.
};

/// The effect is identified.
struct Identified {
  /// Free symbols: those of y, x, z and of `free_context`. Every bound or free symbol is a plain copy.
  Expression expression;
  /// Variables that stand free in the formula though the query does not name them: in every model of the graph the
  /// value is the same whatever they are set to. With data the spread over their values tests the graph.
  NodeSet free_context;
  std::vector<DerivationStep> derivation;
};

/// Two models of the graph agree on everything observed and differ in the effect.
struct NotIdentifiable {
  Hedge hedge;   ///< A hedge for the effect of `x` on `y`.
  NodeSet y, x;  ///< The query; where z was given, after observations became actions and the rest joined y.
  std::vector<DerivationStep> derivation;
};

using IdResult = std::variant<Identified, NotIdentifiable>;

struct IdOptions {
  bool derivation = true;  ///< Record the steps.
};

/// Identifies P(y | do(x), z) from P(all nodes) by ID, with z by IDC. Sound and complete.
///
/// Conditional distributions inside a subproblem are taken of its current distribution, never of P where the two
/// differ. Subgraphs are walked as bits: a call costs O(n^2 / 64) for each of at most n^2 subproblems, a millisecond on
/// 50 nodes. Deterministic. Errors: InvalidArgument for unknown nodes, overlapping sets, empty y.
/// Source: Shpitser and Pearl, AAAI 2006 (ID), UAI 2006 (IDC).
[[nodiscard]] IdResult identify(const Admg& admg, const EffectQuery& query, const IdOptions& options = {});
/// The same, with expressions made in a pool of the caller's.
[[nodiscard]] IdResult identify(const Admg& admg, const EffectQuery& query, ExpressionPool& pool,
                                const IdOptions& options = {});

/// One line a step, e.g. "line 4: P(Y, Z | do(X)) splits into the districts {Y} {Z}".
[[nodiscard]] std::vector<std::string> derivation_text(std::span<const DerivationStep> steps,
                                                       std::span<const std::string> names);

}  // namespace causal
