#include "causal/scm/intervention.hpp"

#include <algorithm>

#include "causal/run/error.hpp"

namespace causal {
namespace {

constexpr const char* kFunction = "intervene";

NodeSet parents_of(const Scm& model, NodeId v) {
  return {model.dag().parents(v).begin(), model.dag().parents(v).end()};
}

void require_node(const Scm& model, NodeId v) {
  if (v < 0 || v >= model.n()) throw InvalidArgument(kFunction, "node", std::to_string(v), "be a node of the model");
}

void require_continuous(const Scm& model, NodeId v, const char* what) {
  require_node(model, v);
  if (!model.is_discrete(v)) return;
  throw InvalidArgument(std::string("a discrete variable cannot be ") + what, "variable '" + model.name(v) + "'");
}

NodeSet sorted(NodeSet nodes) {
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

Scm apply(const Scm& model, const Hard& hard) {
  model.require_value(kFunction, hard.node, hard.value);
  return model.with_mechanism(hard.node, {}, std::make_shared<ConstantMechanism>(hard.value), true);
}

Scm apply(const Scm& model, const HardSet& set) {
  Scm result = model;
  for (const Hard& hard : set.settings) result = apply(result, hard);
  return result;
}

Scm apply(const Scm& model, const Stochastic& stochastic) {
  require_node(model, stochastic.node);
  const Noise& law = stochastic.law;
  if (!model.is_discrete(stochastic.node)) {
    return model.with_mechanism(stochastic.node, {}, std::make_shared<LinearMechanism>(std::vector<double>{}, 0.0, law),
                                true);
  }
  auto table =
      std::make_shared<DiscreteCpt>(std::vector<int>{}, model.cardinality(stochastic.node), law.probabilities());
  return model.with_mechanism(stochastic.node, {}, std::move(table), true);
}

Scm apply(const Scm& model, const Soft& soft) {
  require_node(model, soft.node);
  for (const NodeId u : soft.parents) require_node(model, u);
  if (soft.mechanism == nullptr) throw InvalidArgument("intervene: the soft intervention has no mechanism");
  return model.with_mechanism(soft.node, sorted(soft.parents), soft.mechanism, true);
}

Scm apply(const Scm& model, const Shift& shift) {
  require_continuous(model, shift.node, "shifted");
  return model.with_mechanism(shift.node, parents_of(model, shift.node),
                              shifted(model.mechanism_ptr(shift.node), shift.delta), false);
}

Scm apply(const Scm& model, const Scale& scale) {
  require_continuous(model, scale.node, "scaled");
  return model.with_mechanism(scale.node, parents_of(model, scale.node),
                              scaled(model.mechanism_ptr(scale.node), scale.factor), false);
}

Scm apply(const Scm& model, const Conditional& conditional) {
  require_node(model, conditional.node);
  std::vector<bool> below(slot(model.n()), false);
  std::vector<NodeId> stack{conditional.node};
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (below[slot(v)]) continue;
    below[slot(v)] = true;
    for (const NodeId w : model.dag().children(v)) stack.push_back(w);
  }
  for (const NodeId u : conditional.context) {
    require_node(model, u);
    if (!below[slot(u)]) continue;
    throw InvalidArgument(
        "the policy of '" + model.name(conditional.node) + "' reads '" + model.name(u) + "', which depends on it", "",
        "A policy may read non-descendants only.");
  }
  return model.with_mechanism(conditional.node, sorted(conditional.context),
                              deterministic(static_cast<int>(conditional.context.size()), conditional.policy, "policy"),
                              true);
}

Scm apply(const Scm& model, const EdgeIntervention& edge) {
  model.require_value(kFunction, edge.from, edge.value);
  require_node(model, edge.to);
  NodeSet parents = parents_of(model, edge.to);
  const auto found = std::find(parents.begin(), parents.end(), edge.from);
  if (found == parents.end()) {
    throw InvalidArgument("there is no edge " + model.name(edge.from) + " -> " + model.name(edge.to) + " to act on");
  }
  const auto position = static_cast<int>(found - parents.begin());
  parents.erase(found);
  return model.with_mechanism(edge.to, parents, with_parent_fixed(model.mechanism_ptr(edge.to), position, edge.value),
                              false);
}

}  // namespace

Scm intervene(const Scm& model, const std::vector<Intervention>& interventions) {
  Scm result = model;
  for (const Intervention& intervention : interventions) {
    result = std::visit([&](const auto& one) { return apply(result, one); }, intervention);
  }
  return result;
}

}  // namespace causal
