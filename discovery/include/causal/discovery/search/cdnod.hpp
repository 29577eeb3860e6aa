#pragma once
// Causal discovery from data whose mechanisms change over time or between domains.

#include <functional>
#include <memory>
#include <string>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/node_table.hpp"
#include "causal/discovery/search/changing_modules.hpp"
#include "causal/discovery/search/driving_force.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/graph/knowledge.hpp"
#include "causal/graph/learned_graph.hpp"

namespace causal::discovery {

struct CdnodOptions {
  double alpha = 0.05;
  int max_cond_size = -1;
  ColliderRule collider_rule = ColliderRule::Sepset;
  ConflictRule conflict = ConflictRule::KeepFirst;
  int max_lag = 0;
  bool directions = true;
  SinkOptions sinks = {};
  ModuleOptions direction = {};
  bool forces = true;
  DrivingForceOptions force = {};
  int bootstrap = 0;
  int block_length = 0;
  std::string groups = {};
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"alpha", "significance level of each independence test", open_interval(0, 1)}, self.alpha);
    visitor(Field{"max_cond_size", "largest conditioning set; -1 means no limit", at_least(-1)}, self.max_cond_size);
    visitor(Field{"collider_rule", "which separating sets decide that a triple is a collider"}, self.collider_rule);
    visitor(Field{"conflict", "what to do when two colliders demand opposite directions"}, self.conflict);
    visitor(Field{"max_lag", "earlier rows that may be causes, for rows in order of time", closed_interval(0, 20)},
            self.max_lag);
    visitor(Field{"directions", "direct edges between changing variables by independent change"}, self.directions);
    visitor(Field{"min_margin", "leave an edge open when the scores of its directions are closer than this",
                  closed_interval(0, 1)},
            self.sinks.min_margin);
    visitor(Field{"direction_width", "kernel width on standardised variables, for directions", at_least(1e-3)},
            self.direction.width_x);
    visitor(Field{"direction_width_c", "kernel width on time in steps, for directions", at_least(1e-3)},
            self.direction.width_c);
    visitor(Field{"direction_lambda", "ridge of the mechanisms, for directions", at_least(1e-6)},
            self.direction.lambda);
    visitor(Field{"dependence", "measure of the dependence of two mechanisms"}, self.direction.dependence);
    visitor(Field{"forces", "estimate the force that drives each changing mechanism"}, self.forces);
    visitor(Field{"force_width", "kernel width on standardised variables, for forces", at_least(1e-3)},
            self.force.module.width_x);
    visitor(Field{"force_width_c", "kernel width on standardised time, for forces", at_least(1e-3)},
            self.force.module.width_c);
    visitor(Field{"components", "components of each driving force", closed_interval(1, 100)}, self.force.components);
    visitor(Field{"bootstrap", "resamples behind the frequency of each edge; 0 for none", closed_interval(0, 100000)},
            self.bootstrap);
    visitor(Field{"block_length", "rows resampled together; 0: 1 over domains, else about n^(1/3)", at_least(0)},
            self.block_length);
    visitor(Field{"groups", "columns that make up one node: x2=a,b;x3=c,d"}, self.groups);
  }
};

/// Makes the independence test over a table: kci, rcot, or whatever takes nodes.
using NodeTestFactory = std::function<std::unique_ptr<CiTest>(const NodeTable& nodes, const RunOptions& run)>;

/// The first two phases: skeleton and changing mechanisms by tests among the variables and the surrogate `c`, then
/// every direction that follows when c causes its neighbours and nothing causes it: colliders, the invariance of
/// mechanisms across c, and Meek's rules.
///
/// `c` is a node of `test`. The sets that separate two variables may hold c, which removes dependence that comes from
/// both changing. Result as that of pc with this knowledge: kind Mpdag, or Pdag with the reason. Also usable with an
/// OracleTest. Errors: as pc; InvalidArgument for c out of range; GraphError when knowledge lets something cause c.
[[nodiscard]] LearnedGraph cdnod_invariance(const CiTest& test, NodeId c, const CdnodOptions& options = {},
                                            const Knowledge& knowledge = {});

/// CD-NOD: learns which mechanisms change with the surrogate of `nodes` (time index, domain, or both), the causal graph
/// of the variables with the surrogate as a node that causes those whose mechanism changes, the directions that
/// independent changes give away, and the force that drives each changing mechanism.
///
/// The result's `changes` holds changing mechanisms, the rounds of the direction search and the forces. With `max_lag`
/// L > 0 the rows must be in order of time; each row is tested together with the L before it, whose variables are
/// nodes "x[t-1]" that nothing causes. With `bootstrap` B > 0 each edge carries the share of B resamples of the rows
/// (blocks of consecutive rows over time, rows within each domain) whose graph joins its nodes.
///
/// Assumes: hidden common causes, if any, are functions of the surrogate; faithfulness; a graph that stays the same
/// over rows; rows independent given the surrogate (a warning names variables whose residuals are not); for directions
/// between changing variables, mechanisms that change independently of each other. With a constant population use pc.
///
/// Rows with missing cells are left out test by test, and of directions and forces mechanism by mechanism; the
/// surrogate must be complete. Stops early, with what was found, on cancellation or at the time limit. Same result at
/// any thread count. Cost: that of the tests, and for directions and forces that of mechanism_gram for each candidate.
/// Errors: InvalidArgument for options out of range or `nodes` without surrogate; DataError for a domain with fewer
/// than 3 rows, a variable that is a linear function of the surrogate, or fewer than 30 rows; those of `make_test`.
/// Source: Huang, Zhang, Zhang, Ramsey, Sanchez-Romero, Glymour and Schoelkopf, "Causal discovery from
/// heterogeneous/nonstationary data", JMLR 21(89), 2020.
[[nodiscard]] LearnedGraph cdnod(const NodeTable& nodes, const NodeTestFactory& make_test,
                                 const CdnodOptions& options = {}, const Knowledge& knowledge = {});

}  // namespace causal::discovery
