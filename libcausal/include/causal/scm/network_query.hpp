#pragma once
// Exact answers from a Bayesian network: conditional, interventional, all marginals; samples from it.

#include <cstdint>
#include <optional>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/diagram/contraction.hpp"
#include "causal/scm/bayesian_network.hpp"
#include "causal/scm/scm.hpp"

namespace causal {

/// P(target | evidence, do(interventions)): the indices are nodes, the values codes of their levels. An intervened node
/// has its value whatever its parents say; the evidence is seen in the intervened network.
struct NetworkQuery {
  std::vector<NodeId> target = {};
  Evidence evidence = {};
  Evidence interventions = {};
};

/// A distribution, or why there is none.
struct NetworkAnswer {
  Status status = Status::Ok;  ///< BudgetExceeded, TimeLimit or Cancelled: no distribution.
  /// Over the target nodes in the order of the query; nothing when the evidence has probability 0 or status is not Ok.
  std::optional<Factor> distribution = {};
  double evidence_probability = 0;  ///< P(evidence | do(interventions)), 1 without evidence; 0 also when below 1e-308.
  ContractionPlan plan = {};        ///< Its indices are nodes.
};

/// Only the tables of ancestors of target and evidence in the intervened network are contracted.
/// Errors: InvalidArgument for an unknown node or value, a node that is named twice in one list, or stands in more than
/// one of them. Cost: as `plan` says, which holds also when the answer is refused.
[[nodiscard]] NetworkAnswer query(const BayesianNetwork& network, const NetworkQuery& asked,
                                  const ContractionOptions& options = {});

/// The distribution of every node, or why there is none.
struct NetworkMarginals {
  Status status = Status::Ok;
  std::vector<Factor> marginals = {};  ///< One per node; none when the evidence has probability 0 or status is not Ok.
  double evidence_probability = 0;
  ContractionPlan plan = {};
};

/// P(v | evidence, do(interventions)) of every node v, by one junction tree. Errors: as `query`.
[[nodiscard]] NetworkMarginals marginals(const BayesianNetwork& network, const Evidence& evidence = {},
                                         const Evidence& interventions = {}, const ContractionOptions& options = {});

/// The network as a structural model, whose noise picks a level by inverting the distribution function: a coupling of
/// the levels under different parents that the tables do not determine. Interventions and samples do not depend on it,
/// counterfactuals do.
[[nodiscard]] Scm to_scm(const BayesianNetwork& network);

/// The tables of a discrete model. Errors: InvalidArgument naming a node that has none, or whose noise is correlated.
[[nodiscard]] BayesianNetwork to_bayesian_network(const Scm& model);

/// n independent rows of the observed nodes; as Scm::sample.
[[nodiscard]] Dataset sample(const BayesianNetwork& network, std::int64_t n, const RunOptions& run = {});

}  // namespace causal
