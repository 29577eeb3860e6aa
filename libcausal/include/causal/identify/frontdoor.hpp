#pragma once
// Front-door sets: mediators Z that carry the whole effect of X on Y and give it although X and Y are confounded.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causal/graph/separation.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// Whether a set is a front-door set and, when it is not, why.
struct FrontdoorReport {
  bool valid = false;
  Walk witness;        ///< The path or walk that breaks the first condition broken; empty when valid.
  std::string reason;  ///< Empty when valid; else a sentence.
};

/// Pearl's front-door criterion for sets: (1) z intercepts every directed path from x to y, (2) no back-door walk from
/// x to z is open, (3) x blocks every back-door walk from z to y. Then
///   P(y | do x) = sum_z P(z | x) sum_x' P(y | x', z) P(x').
///
/// Takes a Dag, of which z and its allowed nodes are measured, or an Admg. The empty set is valid exactly when no
/// directed path leads from x to y: then there is no effect. O(n + m). Errors: InvalidArgument for an unknown node,
/// empty x or y, or sets that overlap. Source: Pearl, "Causal diagrams for empirical research", Biometrika 82, 1995.
[[nodiscard]] FrontdoorReport check_frontdoor(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                              const NodeSet& z);

/// A front-door set, or why there is none. "No set" is never written as the empty set.
struct FrontdoorResult {
  std::optional<NodeSet> set;
  Walk witness;        ///< Without a set: a directed path no allowed node intercepts, or what bars a node of `include`.
  std::string reason;  ///< Without a set: a sentence; else empty.
};

/// The largest front-door set within the bounds; every other one is a subset of it. Found whenever one exists.
/// O(n + m). Errors: as check_frontdoor; InvalidArgument when `include` is not within `allowed`.
/// Source: Wienoebst, van der Zander and Liskiewicz, "Linear-time algorithms for front-door adjustment in causal
/// graphs", AAAI 2024.
[[nodiscard]] FrontdoorResult maximal_frontdoor(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                                const SeparatorBounds& bounds = {});
/// A front-door set of which no proper subset that holds `bounds.include` is one. O(n + m). Errors and source: as
/// maximal_frontdoor.
[[nodiscard]] FrontdoorResult minimal_frontdoor(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                                const SeparatorBounds& bounds = {});

/// Where to look for front-door sets, and when to stop.
struct AllFrontdoorsOptions {
  SeparatorBounds bounds = {};
  std::int64_t max_results = 100'000;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_results", "stop after this many sets", at_least(1)}, self.max_results);
    RunOptions::visit(self.run, visitor);
  }
};

struct FrontdoorSets {
  std::vector<NodeSet> sets;
  /// Ok: these are all. BudgetExceeded (max_results or memory), TimeLimit, Cancelled: there may be more.
  Status status = Status::Ok;
  Walk witness;        ///< As in FrontdoorResult, when there is no set.
  std::string reason;  ///< The same.
};

/// All front-door sets within the bounds, each once, in an order that depends on the graph alone. The time between two
/// is O(n (n + m)). Errors: as maximal_frontdoor.
[[nodiscard]] FrontdoorSets all_frontdoors(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                           const AllFrontdoorsOptions& options = {});

}  // namespace causal
