#pragma once
// Adjustment sets: covariates Z with P(y | do x) = sum_z P(y | x, z) P(z).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causal/graph/adjustment_criterion.hpp"
#include "causal/graph/separation.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// An adjustment set, or why there is none. "No set" is never written as the empty set, which is often valid.
struct AdjustmentResult {
  std::optional<NodeSet> set;
  /// Without a set: the walk that makes the query not amenable, or one that no set within the bounds blocks.
  Walk witness;
  std::string reason;  ///< Without a set: a sentence; else empty.
  NodeSet unaffected;  ///< Nodes of y on which x has no effect at all.
};

/// The largest set that the nodes upstream allow: the (possible) ancestors of x, y and `bounds.include` within
/// `bounds.allowed` that are not forbidden. Valid whenever any set within the bounds is.
///
/// `bounds.allowed` should leave out what was not measured; forbidden nodes and nodes of x and y in it are passed over.
/// Cost of this and the next: O(n + m) beside causal_region. Errors of all: InvalidArgument for an unknown node, empty
/// x or y, sets that overlap, an `include` that is not within `allowed`. Source: van der Zander, Liskiewicz and Textor,
/// "Separators and adjustment sets in causal graphs: complete criteria and an algorithmic framework", Artificial
/// Intelligence 270, 2019.
[[nodiscard]] AdjustmentResult canonical_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                                    const SeparatorBounds& bounds = {});

/// A set of which no proper subset that holds `bounds.include` is valid. Fewest variables to measure; not in general
/// the fewest possible, nor the smallest variance. Cost, errors and source: as canonical_adjustment.
[[nodiscard]] AdjustmentResult minimal_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                                  const SeparatorBounds& bounds = {});

/// The valid set with the smallest asymptotic variance of the estimated effect: the parents of the causal nodes that
/// are neither causal, forbidden nor in x, and `bounds.include`.
///
/// Optimal among the valid sets that hold `include`, in linear models and non-parametrically. There may be none though
/// a valid set exists: when a parent that it needs is not allowed (a latent one, say); `reason` says so. Not for Admgs,
/// where no such set need exist: take minimal or canonical. Nodes of y that x does not affect play no part, so the set
/// is valid for the others; when all are unaffected there is no variance to speak of and no set.
/// Source: Henckel, Perkovic and Maathuis, "Graphical criteria for efficient total effect estimation via adjustment in
/// causal linear models", JRSS-B 84, 2022; Rotnitzky and Smucler, JMLR 21, 2020.
/// Errors: as canonical_adjustment; InvalidArgument for a graph with a bidirected edge.
[[nodiscard]] AdjustmentResult optimal_adjustment(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                                  const SeparatorBounds& bounds = {});

/// A minimal set for the direct effect of x on y, the one along the edge x -> y alone: in a linear model the
/// coefficient of x in the regression of y on x and the set is the coefficient of the edge (0 when there is none). The
/// set separates x and y in the graph without that edge and holds nothing below y; mediators belong to it.
///
/// On a Dag or an Admg; complete under these conditions. O(n + m). Errors: as canonical_adjustment.
/// Source: Pearl, "Graphs, causality, and structural equation models", Sociological Methods & Research 27, 1998
/// (the single-door criterion).
[[nodiscard]] AdjustmentResult direct_effect_adjustment(SeparationGraph graph, NodeId x, NodeId y,
                                                        const SeparatorBounds& bounds = {});

/// Which adjustment sets to list, and when to stop.
struct AllAdjustmentsOptions {
  SeparatorBounds bounds = {};
  bool minimal = false;  ///< Only sets of which no proper subset that holds bounds.include is valid.
  std::int64_t max_results = 100'000;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"minimal", "list only sets without a smaller valid set inside"}, self.minimal);
    visitor(Field{"max_results", "stop after this many sets", at_least(1)}, self.max_results);
    RunOptions::visit(self.run, visitor);
  }
};

/// The sets in the order found, which depends on the graph alone.
struct AdjustmentSets {
  std::vector<NodeSet> sets;
  /// Ok: these are all. BudgetExceeded (max_results or memory), TimeLimit, Cancelled: there may be more.
  Status status = Status::Ok;
  Walk witness;        ///< As in AdjustmentResult, when there is no set.
  std::string reason;  ///< The same.
  NodeSet unaffected;  ///< As in AdjustmentResult.
};

/// All valid sets within the bounds, or all minimal ones, each once. There may be exponentially many; the time between
/// two is O(n (n + m)).
/// Source: include-exclude branching over canonical sets; for minimal ones Takata, "Space-optimal, backtracking
/// algorithms to list the minimal vertex separators of a graph", Discrete Applied Mathematics 158, 2010.
/// Errors: as canonical_adjustment.
[[nodiscard]] AdjustmentSets all_adjustments(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y,
                                             const AllAdjustmentsOptions& options = {});

}  // namespace causal
