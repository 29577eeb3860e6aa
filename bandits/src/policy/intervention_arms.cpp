#include "causal/bandits/policy/intervention_arms.hpp"

#include <algorithm>

#include "causal/bandits/pomis.hpp"
#include "causal/graph/latent_projection.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

constexpr const char* kName = "intervention_arms";

void check(const Admg& graph, NodeId y, const std::vector<int>& cardinalities, const NodeSet& not_settable) {
  if (y < 0 || y >= graph.n()) throw InvalidArgument(kName, "y", std::to_string(y), "be a node");
  if (cardinalities.size() != static_cast<std::size_t>(graph.n())) {
    throw InvalidArgument(kName, "cardinalities", std::to_string(cardinalities.size()) + " of them",
                          "be one for each of " + std::to_string(graph.n()) + " nodes");
  }
  for (std::size_t v = 0; v < cardinalities.size(); ++v) {
    if (cardinalities[v] >= 1 && cardinalities[v] <= 254) continue;
    throw InvalidArgument(kName, "cardinality of node " + std::to_string(v), std::to_string(cardinalities[v]),
                          "lie in [1, 254]");
  }
  for (const NodeId v : not_settable) {
    if (v < 0 || v >= graph.n() || v == y) {
      throw InvalidArgument(kName, "not_settable", std::to_string(v), "be a node other than y");
    }
  }
}

bool shorter_then_less(const NodeSet& a, const NodeSet& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

InterventionSets subsets(const NodeSet& nodes, const InterventionSetOptions& options) {
  InterventionSets found;
  if (nodes.size() > 62 || std::int64_t{1} << nodes.size() > options.max_sets) {
    found.status = Status::BudgetExceeded;
    return found;
  }
  for (std::uint64_t mask = 0; mask < std::uint64_t{1} << nodes.size(); ++mask) {
    NodeSet set;
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      if ((mask >> k & 1) != 0) set.push_back(nodes[k]);
    }
    found.sets.push_back(std::move(set));
  }
  std::sort(found.sets.begin(), found.sets.end(), shorter_then_less);
  return found;
}

// Sets of the graph without the nodes that cannot be set, under the numbers of the whole graph.
InterventionSets sets_of(const Admg& graph, NodeId y, const NodeSet& settable, const NodeSet& not_settable,
                         const InterventionArmOptions& options) {
  const InterventionSetOptions limit{.max_sets = options.max_arms};  // every set has an arm at least
  if (options.sets == ArmSets::All) return subsets(settable, limit);
  if (options.sets == ArmSets::AllAtOnce) return {.sets = {settable}, .reason = {}};
  const Admg projected = latent_projection(graph, not_settable);
  const NodeId target = projected.graph().id(graph.graph().name(y));
  InterventionSets found = options.sets == ArmSets::Minimal ? minimal_intervention_sets(projected, target, limit)
                                                            : possibly_optimal_sets(projected, target, limit);
  for (NodeSet& set : found.sets) {
    for (NodeId& v : set) v = graph.graph().id(projected.graph().name(v));
    std::sort(set.begin(), set.end());
  }
  std::sort(found.sets.begin(), found.sets.end(), shorter_then_less);
  return found;
}

void add_arms(const NodeSet& set, const std::vector<int>& cardinalities, std::vector<Action>& arms) {
  Action action(cardinalities.size(), 0);
  for (const NodeId v : set) action[slot(v)] = 1;
  for (;;) {
    arms.push_back(action);
    auto v = set.rbegin();
    for (; v != set.rend(); ++v) {
      if (action[slot(*v)] < cardinalities[slot(*v)]) break;
      action[slot(*v)] = 1;
    }
    if (v == set.rend()) return;
    ++action[slot(*v)];
  }
}

}  // namespace

InterventionArms intervention_arms(const Admg& graph, NodeId y, const std::vector<int>& cardinalities,
                                   const InterventionArmOptions& options) {
  validate(options, kName);
  check(graph, y, cardinalities, options.not_settable);
  NodeSet not_settable = options.not_settable;
  std::sort(not_settable.begin(), not_settable.end());
  not_settable.erase(std::unique(not_settable.begin(), not_settable.end()), not_settable.end());
  NodeSet settable;
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (v != y && !std::binary_search(not_settable.begin(), not_settable.end(), v)) settable.push_back(v);
  }
  InterventionSets found = sets_of(graph, y, settable, not_settable, options);
  InterventionArms result{.arms = {}, .sets = std::move(found.sets), .status = found.status, .reason = {}};
  if (result.status == Status::Ok && count_arms(result.sets, cardinalities) > static_cast<double>(options.max_arms)) {
    result.status = Status::BudgetExceeded;
  }
  if (result.status != Status::Ok) {
    result.reason = "there are more than max_arms = " + std::to_string(options.max_arms) + " arms";
    return result;
  }
  for (const NodeSet& set : result.sets) add_arms(set, cardinalities, result.arms);
  return result;
}

InterventionArms intervention_arms(const DiscreteEnvironment& environment, const InterventionArmOptions& options) {
  InterventionArmOptions all = options;
  for (const NodeId v : environment.not_settable()) all.not_settable.push_back(v);
  return intervention_arms(environment.graph(), environment.reward(), environment.cardinalities(), all);
}

}  // namespace causal::bandits
