#pragma once
// IDA: the effects that a class of DAGs leaves possible, from a CPDAG and a covariance matrix.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "causal/graph/pdag.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// What is adjusted for in each graph.
enum class IdaAdjustment { Parents, Optimal };

template <>
struct EnumNames<IdaAdjustment> {
  static constexpr std::array<std::pair<IdaAdjustment, std::string_view>, 2> names{
      {{IdaAdjustment::Parents, "parents"}, {IdaAdjustment::Optimal, "optimal"}}};
};

struct IdaOptions {
  /// Parents needs the neighbourhood of x alone; Optimal orients the rest of the graph for each parent set (n^2 bytes)
  /// and adjusts for the set of smallest variance.
  IdaAdjustment adjustment = IdaAdjustment::Parents;
  std::int64_t max_results = 100'000;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"adjustment", "what is adjusted for in each graph"}, self.adjustment);
    visitor(Field{"max_results", "stop after this many parent sets", at_least(1)}, self.max_results);
    RunOptions::visit(self.run, visitor);
  }
};

/// The effect of x on y in the DAGs of the class in which `parents` are the parents of x.
struct PossibleEffect {
  NodeSet parents;
  NodeSet adjusted;  ///< What the regression of y on x also held; empty when y is a parent of x, or not below it.
  double effect = 0;
};

/// The possible effects, one for each possible set of parents of x: a multiset, equal values are kept.
struct IdaResult {
  std::vector<PossibleEffect> effects;
  std::vector<NodeSet> singular;  ///< Parent sets whose regression is singular: no effect is given for them.
  /// Ok: all are given. Degenerate: some are singular. BudgetExceeded, TimeLimit, Cancelled: there may be more.
  Status status = Status::Ok;
};

/// The total effect of x on y in each DAG of the class, assuming a linear model with independent noise.
///
/// `covariance` is n x n in the order of the nodes. One of these effects is the true one if the CPDAG is; their
/// smallest absolute value bounds the true one from below. In the order of the parent sets found, which depends on the
/// graph alone. Cost a regression for each clique among the undirected neighbours of x. Errors: InvalidArgument for an
/// unknown node, x = y, a covariance of another size or with values that are not finite. Sources: Maathuis, Kalisch and
/// Buehlmann, "Estimating high-dimensional intervention effects from observational data", Annals of Statistics 37,
/// 2009; for Optimal Witte, Henckel, Maathuis and Didelez, JMLR 21, 2020.
[[nodiscard]] IdaResult ida(const Cpdag& cpdag, const Eigen::Ref<const Eigen::MatrixXd>& covariance, NodeId x, NodeId y,
                            const IdaOptions& options = {});

/// The joint effects in the DAGs of the class with these parents.
struct PossibleJointEffect {
  std::vector<NodeSet> parents;  ///< Of each node of x, in order.
  std::vector<double> effects;   ///< Of each node of x on y while the others are held fixed.
};

struct JointIdaResult {
  std::vector<PossibleJointEffect> effects;
  std::vector<std::vector<NodeSet>> singular;
  Status status = Status::Ok;
};

/// The effects of setting all nodes of x at once, for each combination of parent sets that some DAG of the class has.
/// `options.adjustment` must be Parents. Memory n^2 bytes; cost a run of meek_closure and |x|^2 regressions for each
/// combination. Errors: as ida; InvalidArgument for empty x.
/// Source: Nandy, Maathuis and Richardson, "Estimating the effect of joint interventions from observational data in
/// sparse high-dimensional settings", Annals of Statistics 45, 2017 (recursive regressions, solved at once).
[[nodiscard]] JointIdaResult joint_ida(const Cpdag& cpdag, const Eigen::Ref<const Eigen::MatrixXd>& covariance,
                                       const NodeSet& x, NodeId y, const IdaOptions& options = {});

}  // namespace causal
