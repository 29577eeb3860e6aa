#include "causal/scm/network_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "causal/diagram/junction_tree.hpp"
#include "causal/run/error.hpp"

namespace causal {

namespace {

void check_lists(const BayesianNetwork& network, const NetworkQuery& asked) {
  std::vector<const char*> role(slot(network.n()), nullptr);
  const auto claim = [&](NodeId v, const char* as) {
    if (v < 0 || v >= network.n()) {
      throw InvalidArgument("query", fmt::format("node of the {}", as), std::to_string(v),
                            fmt::format("one of the {} nodes", network.n()));
    }
    if (role[slot(v)] != nullptr) {
      throw InvalidArgument(
          fmt::format("query: '{}' stands in the {} and again in the {}", network.variable(v).name, role[slot(v)], as));
    }
    role[slot(v)] = as;
  };
  const auto claim_values = [&](const Evidence& list, const char* as) {
    for (const auto& [v, value] : list) {
      claim(v, as);
      if (value < 0 || value >= network.variable(v).cardinality()) {
        throw InvalidArgument("query", fmt::format("value of '{}'", network.variable(v).name), std::to_string(value),
                              fmt::format("a code in 0..{}", network.variable(v).cardinality() - 1));
      }
    }
  };
  for (const NodeId v : asked.target) claim(v, "target");
  claim_values(asked.evidence, "evidence");
  claim_values(asked.interventions, "interventions");
}

// The tensors that matter for a query. Index i of the network is node nodes[i].
struct Relevant {
  TensorNetwork network;
  Evidence evidence;
  std::vector<NodeId> nodes;

  // Names the indices of a plan by their nodes.
  void translate(ContractionPlan& plan) const {
    for (VariableId& v : plan.order) v = nodes[slot(v)];
    for (VariableId& v : plan.slices) v = nodes[slot(v)];
  }
};

Relevant relevant_part(const BayesianNetwork& network, const std::vector<NodeId>& target, const Evidence& evidence,
                       const Evidence& interventions) {
  std::vector<std::uint8_t> is_set(slot(network.n()), 0);
  std::vector<std::uint8_t> seen(slot(network.n()), 0);
  for (const auto& [v, value] : interventions) is_set[slot(v)] = 1;
  std::vector<NodeId> stack(target);
  for (const auto& [v, value] : evidence) stack.push_back(v);
  Relevant part;
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (seen[slot(v)] != 0) continue;
    seen[slot(v)] = 1;
    part.nodes.push_back(v);
    if (is_set[slot(v)] != 0) continue;
    for (const NodeId u : network.dag().parents(v)) stack.push_back(u);
  }
  std::sort(part.nodes.begin(), part.nodes.end());
  std::vector<VariableId> index(slot(network.n()), -1);
  for (std::size_t i = 0; i < part.nodes.size(); ++i) index[slot(part.nodes[i])] = static_cast<VariableId>(i);
  for (const NodeId v : part.nodes) {
    part.network.cardinalities.push_back(network.variable(v).cardinality());
    if (is_set[slot(v)] != 0) continue;
    std::vector<VariableId> scope;
    for (const NodeId u : network.table(v).scope()) scope.push_back(index[slot(u)]);
    part.network.tensors.push_back(network.table(v).renamed(std::move(scope)));
  }
  for (const NodeId v : target) part.network.open.push_back(index[slot(v)]);
  for (const Evidence* list : {&evidence, &interventions}) {
    for (const auto& [v, value] : *list) {
      if (index[slot(v)] >= 0) part.evidence.push_back({index[slot(v)], value});
    }
  }
  return part;
}

}  // namespace

NetworkAnswer query(const BayesianNetwork& network, const NetworkQuery& asked, const ContractionOptions& options) {
  check_lists(network, asked);
  const Relevant part = relevant_part(network, asked.target, asked.evidence, asked.interventions);
  Contraction contraction = contract(part.network, part.evidence, options);
  NetworkAnswer answer;
  answer.status = contraction.status;
  answer.plan = std::move(contraction.plan);
  part.translate(answer.plan);
  if (!contraction.value) return answer;
  const double total = contraction.value->total();
  answer.evidence_probability =
      std::ldexp(total, static_cast<int>(std::max<std::int64_t>(contraction.exponent, -4000)));
  if (total > 0) answer.distribution = contraction.value->scaled(1 / total).renamed(asked.target);
  return answer;
}

NetworkMarginals marginals(const BayesianNetwork& network, const Evidence& evidence, const Evidence& interventions,
                           const ContractionOptions& options) {
  check_lists(network, {{}, evidence, interventions});
  std::vector<NodeId> all;
  for (NodeId v = 0; v < network.n(); ++v) all.push_back(v);
  const Relevant part = relevant_part(network, all, evidence, interventions);
  CalibratedTree calibrated = calibrate(part.network, part.evidence, options);
  NetworkMarginals result;
  result.status = calibrated.status;
  result.plan = std::move(calibrated.plan);
  if (!calibrated.tree) return result;
  result.evidence_probability = calibrated.tree->mass();
  for (const NodeId v : all) {
    std::optional<Factor> marginal = calibrated.tree->marginal(v);
    if (!marginal) return result;
    result.marginals.push_back(std::move(*marginal));
  }
  return result;
}

Scm to_scm(const BayesianNetwork& network) {
  std::vector<MechanismPtr> mechanisms;
  ScmParts parts;
  parts.latent = network.latents();
  for (NodeId v = 0; v < network.n(); ++v) {
    std::vector<int> parents = network.table(v).cardinalities();
    parents.pop_back();
    mechanisms.push_back(std::make_shared<DiscreteCpt>(std::move(parents), network.variable(v).cardinality(),
                                                       network.table(v).values()));
    parts.levels.push_back(network.variable(v).levels);
  }
  return Scm(network.dag(), std::move(mechanisms), std::move(parts));
}

BayesianNetwork to_bayesian_network(const Scm& model) {
  if (!model.blocks().empty()) {
    throw InvalidArgument("to_bayesian_network: the noise of '" + model.name(model.blocks()[0].nodes.at(0)) +
                          "' is correlated with that of another node");
  }
  std::vector<DiscreteVariable> variables;
  std::vector<Factor> tables;
  for (NodeId v = 0; v < model.n(); ++v) {
    variables.push_back({model.name(v), model.levels(v)});
    tables.push_back(model.table(v));
  }
  return BayesianNetwork(model.dag(), std::move(variables), std::move(tables), model.latent());
}

Dataset sample(const BayesianNetwork& network, std::int64_t n, const RunOptions& run) {
  return to_scm(network).sample(n, run);
}

}  // namespace causal
